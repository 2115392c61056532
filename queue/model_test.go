package queue_test

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"crema/queue"
)

// The model is the queue in plain memory: a list of jobs and the rules of the package's comment, written down a second time.
type model struct {
	board   time.Duration
	wall    time.Time
	trusted bool
	jobs    []*mjob // by id, from 1
	paused  map[string]bool
	config  int                      // of modelConfigs
	last    map[string]time.Duration // start of a throttled channel
}

// mrule is what a configuration says of a channel.
type mrule struct {
	capacity   int
	sequential bool
	throttle   time.Duration
}

// modelConfigs are written twice: as the queue reads them, and as the model does.
var modelConfigs = []struct {
	text  string
	rules map[string]mrule
}{
	{"root:3,root.a:2,root.a.b:1,root.c:1", map[string]mrule{"root": {capacity: 3}, "root.a": {capacity: 2}, "root.a.b": {capacity: 1}, "root.c": {capacity: 1}}},
	{"root:3,root.a:1:sequential,root.a.b:1:sequential,root.c:0", map[string]mrule{"root": {capacity: 3}, "root.a": {capacity: 1, sequential: true},
		"root.a.b": {capacity: 1, sequential: true}, "root.c": {}}},
	{"root:4,root.a:3:throttle=20,root.a.b:1:sequential,root.c:2:throttle=45", map[string]mrule{"root": {capacity: 4}, "root.a": {capacity: 3, throttle: 20 * time.Second},
		"root.a.b": {capacity: 1, sequential: true}, "root.c": {capacity: 2, throttle: 45 * time.Second}}},
	{"root:2:throttle=7,root.c:1:sequential:throttle=10", map[string]mrule{"root": {capacity: 2, throttle: 7 * time.Second},
		"root.c": {capacity: 1, sequential: true, throttle: 10 * time.Second}}},
	{"root:1:sequential", map[string]mrule{"root": {capacity: 1, sequential: true}}},
}

func (m *model) rule(channel string) mrule {
	if r, ok := modelConfigs[m.config].rules[channel]; ok {
		return r
	}
	return mrule{capacity: 1 << 30}
}

func (m *model) known(channel string) bool {
	_, ok := modelConfigs[m.config].rules[channel]
	return ok
}

// reload takes another configuration.
func (m *model) reload(config int) {
	m.config = config
	for c := range m.last {
		if m.rule(c).throttle == 0 {
			delete(m.last, c)
		}
	}
}

// turn is the job whose turn it is in the topmost sequential channel that c is in; false if there is no such channel.
func (m *model) turn(c string) (*mjob, bool) {
	top := ""
	for _, name := range above(c) {
		if m.rule(name).sequential {
			top = name
		}
	}
	if top == "" {
		return nil, false
	}
	var head *mjob
	for _, j := range m.jobs {
		ended := j.state == queue.StateDone || j.state == queue.StateCancelled
		if !ended && slices.Contains(above(j.channel), top) && (head == nil || head.waiting && m.waitsFor(head, j)) {
			head = j
		}
	}
	return head, true
}

type mjob struct {
	id       queue.ID
	channel  string
	order    time.Duration
	prio     int
	identity string
	state    queue.State
	attempt  int
	max      int
	ints     int // interruptions
	row      int
	alone    bool
	due      time.Duration // board time; 0: none
	at       time.Time     // wall time; zero: none
	waiting  bool          // for its children
	ghost    bool          // ended by hand; its handler goes on
	runAlone bool          // it was alone when it started
	parents  []queue.ID
	open     map[queue.ID]bool
	broken   bool
}

func above(channel string) []string {
	list := []string{channel}
	for strings.Contains(channel, ".") {
		channel = channel[:strings.LastIndexByte(channel, '.')]
		list = append(list, channel)
	}
	return list
}

func (m *model) job(id queue.ID) *mjob {
	if id == 0 || int(id) > len(m.jobs) {
		return nil
	}
	return m.jobs[id-1]
}

func (j *mjob) holdsPlace() bool { return j.ghost || j.state == queue.StateStarted && !j.waiting }

func (j *mjob) waitsToStart() bool {
	return j.state == queue.StatePending || j.state == queue.StateEnqueued
}

func (j *mjob) ready() bool { return j.waitsToStart() && j.due == 0 && j.at.IsZero() }

// start fills the free places.
func (m *model) start() {
	for {
		used, busy, total, alone := map[string]int{}, map[string]bool{}, 0, false
		for _, j := range m.jobs {
			if !j.holdsPlace() {
				continue
			}
			for _, c := range above(j.channel) {
				used[c]++
			}
			busy[j.identity] = j.identity != ""
			total++
			alone = alone || j.runAlone
		}
		var best *mjob
		var wanted bool
		for _, j := range m.jobs {
			open, free := true, true
			if head, ordered := m.turn(j.channel); ordered && head != j {
				continue
			}
			for _, c := range above(j.channel) {
				r := m.rule(c)
				last, started := m.last[c]
				open = open && !m.paused[c] && r.capacity > 0 && !(started && m.board < last+r.throttle)
				free = free && used[c] < r.capacity
			}
			switch {
			case !j.ready() || !open:
			case j.alone:
				wanted = true
				if total == 0 && (best == nil || !best.alone || j.before(best)) {
					best = j
				}
			case free && !alone && !busy[j.identity] && (best == nil || !best.alone && j.before(best)):
				best = j
			}
		}
		if best == nil || wanted && !best.alone {
			return
		}
		best.state, best.runAlone = queue.StateStarted, best.alone
		best.attempt++
		for _, c := range above(best.channel) {
			if m.rule(c).throttle > 0 {
				m.last[c] = m.board
			}
		}
	}
}

func (j *mjob) before(o *mjob) bool {
	return cmp.Or(cmp.Compare(j.order, o.order), cmp.Compare(j.id, o.id)) < 0
}

// tick wakes what is due, and starts.
func (m *model) tick() {
	for _, j := range m.jobs {
		if !j.waitsToStart() {
			continue
		}
		if j.due != 0 && j.due <= m.board || !j.at.IsZero() && m.trusted && !j.at.After(m.wall) {
			j.due, j.at = 0, time.Time{}
			if j.alone {
				j.state = queue.StateEnqueued
			}
		}
	}
	m.start()
}

func (m *model) enqueue(channel string, prio, max int, o queue.Options) queue.ID {
	var found *mjob
	for _, j := range m.jobs {
		if o.IdentityKey != "" && j.identity == o.IdentityKey && j.waitsToStart() {
			found = j
		}
	}
	if found == nil {
		found = &mjob{id: queue.ID(len(m.jobs) + 1), channel: channel, prio: prio, identity: o.IdentityKey, max: max, state: queue.StatePending,
			order: m.board + time.Duration(prio)*30*time.Second, open: map[queue.ID]bool{}}
		m.jobs = append(m.jobs, found)
		switch {
		case o.Delay > 0:
			found.due = m.board + o.Delay
		case !o.At.IsZero() && !(m.trusted && !o.At.After(m.wall)):
			found.at = o.At
		}
	} else if o.PullForward {
		found.pull()
	}
	m.start()
	if p := m.job(o.Parent); p != nil && !p.state.Terminal() && !p.open[found.id] && !m.waitsFor(found, p) {
		p.open[found.id] = true
		found.parents = append(found.parents, p.id)
		m.start()
	}
	return found.id
}

func (j *mjob) pull() {
	if j.due != 0 || !j.at.IsZero() || j.alone {
		j.due, j.at, j.row, j.alone, j.state = 0, time.Time{}, 0, false, queue.StatePending
	}
}

// waitsFor tells whether j is p, or waits for it at any distance.
func (m *model) waitsFor(j, p *mjob) bool {
	if j == p {
		return true
	}
	for id := range j.open {
		if m.waitsFor(m.job(id), p) {
			return true
		}
	}
	return false
}

func (m *model) terminate(j *mjob, s queue.State) {
	j.state, j.waiting, j.due, j.at, j.row, j.alone = s, false, 0, time.Time{}, 0, false
	for _, id := range j.parents {
		p := m.job(id)
		if !p.open[j.id] {
			continue
		}
		delete(p.open, j.id)
		if p.state.Terminal() {
			continue
		}
		p.broken = p.broken || s != queue.StateDone
		if p.waiting && len(p.open) == 0 {
			m.complete(p)
		}
	}
}

func (m *model) complete(j *mjob) {
	switch {
	case len(j.open) > 0:
		j.waiting = true
	case j.broken:
		m.terminate(j, queue.StateFailed)
	default:
		m.terminate(j, queue.StateDone)
	}
}

// returned applies what the handler of j came back with.
func (m *model) returned(j *mjob, how string) {
	defer m.start()
	if j.ghost {
		j.ghost = false
		return
	}
	j.runAlone = false
	j.row, j.alone = 0, false
	back := func(wait time.Duration) { j.state, j.due = queue.StatePending, m.board+wait }
	switch how {
	case "done":
		m.complete(j)
	case "permanent":
		m.terminate(j, queue.StateFailed)
	case "snooze":
		j.attempt--
		back(time.Minute)
	default: // "retry" by the pattern, "later" after a minute
		if j.max > 0 && j.attempt >= j.max {
			m.terminate(j, queue.StateFailed)
			return
		}
		if how == "later" {
			back(time.Minute)
		} else {
			back(time.Duration(min(j.attempt, 3)) * 10 * time.Second)
		}
	}
}

// stopped is a soft stop: what runs goes back.
func (m *model) stopped() {
	for _, j := range m.jobs {
		if j.holdsPlace() && !j.ghost {
			j.state = queue.StatePending
			if j.alone {
				j.state = queue.StateEnqueued
			}
			j.attempt--
		}
		j.ghost, j.runAlone = false, false
	}
}

// cut is a power cut, and the recovery after it.
func (m *model) cut() {
	for _, j := range m.jobs {
		if j.holdsPlace() && !j.ghost {
			j.state = queue.StatePending
			j.attempt--
			j.ints++
			j.row++
			j.alone = j.alone || j.row >= 5
			if j.row >= 5 {
				j.due = m.board + min(15*time.Second<<min(j.row-5, 10), 15*time.Minute)
			}
		}
		j.ghost, j.runAlone = false, false
	}
}

func (m *model) byHand(j *mjob, op string) (refused bool) {
	defer m.start()
	switch op {
	case "requeue":
		switch {
		case (j.state == queue.StateFailed || j.state == queue.StateCancelled) && !j.ghost:
			j.state, j.attempt, j.broken = queue.StatePending, 0, false
			j.order = m.board + time.Duration(j.prio)*30*time.Second
		case j.waitsToStart():
			j.pull()
		default:
			return true
		}
	case "cancel", "set done":
		if j.state == queue.StateDone || op == "cancel" && j.state == queue.StateCancelled {
			return true
		}
		j.ghost = j.ghost || j.holdsPlace()
		m.terminate(j, map[string]queue.State{"cancel": queue.StateCancelled, "set done": queue.StateDone}[op])
	}
	return false
}

func (m *model) running() []queue.ID {
	var ids []queue.ID
	for _, j := range m.jobs {
		if j.holdsPlace() {
			ids = append(ids, j.id)
		}
	}
	slices.Sort(ids)
	return ids
}
