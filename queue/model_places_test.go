package queue_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"crema/queue"
)

// A modelConfig is Config.Channels before it was written down.
type modelConfig map[string]modelChannel

type modelChannel struct {
	capacity   int
	sequential bool
	throttle   time.Duration
}

func (c modelConfig) String() string {
	var items []string
	for _, name := range slices.Sorted(maps.Keys(c)) {
		item := fmt.Sprintf("%s:%d", name, c[name].capacity)
		if c[name].sequential {
			item += ":sequential"
		}
		if c[name].throttle > 0 {
			item += fmt.Sprintf(":throttle=%d", c[name].throttle/time.Second)
		}
		items = append(items, item)
	}
	return strings.Join(items, ",")
}

// limit is a channel's capacity; -1 is none of its own.
func (c modelConfig) limit(name string) int {
	if l, ok := c[name]; ok {
		return l.capacity
	}
	if name == "root" {
		return 1
	}
	return -1
}

// known tells whether a channel is configured or above one that is.
func (c modelConfig) known(name string) bool {
	for declared := range c {
		if below(declared, name) {
			return true
		}
	}
	return name == "root"
}

// sequence is the topmost sequential channel that a channel is in; "" for none.
func (c modelConfig) sequence(channel string) (top string) {
	for _, name := range above(channel) {
		if c[name].sequential {
			top = name
		}
	}
	return top
}

// stopped tells whether nothing of the channel may start, whatever runs.
func (m *model) stopped(channel string) bool {
	for _, c := range above(channel) {
		last, started := m.last[c]
		if m.paused[c] || m.config.limit(c) == 0 || started && last+m.config[c].throttle > m.board {
			return true
		}
	}
	return false
}

// inTurn tells whether the order of a sequential channel lets j start.
func (m *model) inTurn(j *mjob) bool {
	sequence := m.config.sequence(j.channel)
	if sequence == "" {
		return true
	}
	var line []*mjob
	for _, o := range m.kept() {
		if below(o.channel, sequence) && o.state != queue.StateDone && o.state != queue.StateCancelled {
			line = append(line, o)
		}
	}
	for len(line) > 0 && (line[0].waiting || line[0].state == queue.StateWaitDependencies) {
		// It stands for those that it waits for.
		head := line[0]
		line = slices.DeleteFunc(line[1:], func(o *mjob) bool { return !m.waitsFor(head, o) })
	}
	return len(line) > 0 && line[0] == j
}

// ready tells whether j waits for nothing but a place.
func (m *model) ready(j *mjob) bool {
	return j.waitsToStart() && j.state != queue.StateWaitDependencies && j.due == 0 && j.at.IsZero() && m.kinds[j.kind]
}

func (j *mjob) before(o *mjob) bool {
	return cmp.Or(cmp.Compare(j.order, o.order), cmp.Compare(j.id, o.id)) < 0
}

// start fills the free places.
func (m *model) start() {
	for {
		best := m.next()
		if best == nil {
			return
		}
		m.set(best, queue.StateStarted)
		best.runAlone, best.rowRun = best.alone, best.alone || best.row > 0
		best.attempt++
		best.began, best.begun, best.over = m.wall, m.mono, false
		for _, c := range above(best.channel) {
			if m.config[c].throttle > 0 {
				m.last[c] = m.board
			}
		}
	}
}

// next is the job that starts now; nil for none.
func (m *model) next() *mjob {
	used, busy, total, alone := map[string]int{}, map[string]bool{}, 0, false
	for _, j := range m.kept() {
		if !j.holdsPlace() {
			continue
		}
		for _, c := range above(j.channel) {
			used[c]++
		}
		busy[j.identity] = j.identity != ""
		if m.stuck(j) {
			continue
		}
		total++
		alone = alone || j.runAlone
	}
	var single, best *mjob
	for _, j := range m.kept() {
		if !m.ready(j) || m.stopped(j.channel) || !m.inTurn(j) {
			continue
		}
		if j.alone {
			if single == nil || j.before(single) {
				single = j
			}
			continue
		}
		free := !alone && !busy[j.identity]
		for _, c := range above(j.channel) {
			n := m.config.limit(c)
			free = free && (n < 0 || used[c] < n)
		}
		if free && (best == nil || j.before(best)) {
			best = j
		}
	}
	switch {
	case single == nil:
		return best
	case total == 0:
		return single
	}
	return nil // it waits for the others to end
}
