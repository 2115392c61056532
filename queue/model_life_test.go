package queue_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"crema/queue"
)

// set is each change of a job's state.
func (m *model) set(j *mjob, s queue.State) {
	if j.state != s && !slices.Contains(strings.Fields(modelTransitions[j.state]), string(s)) {
		m.faults = append(m.faults, fmt.Sprintf("job %v goes from %q to %q", j.id, j.state, s))
	}
	j.state = s
}

func (m *model) enqueue(kind string, o queue.Options) queue.ID {
	found := m.twin(o)
	if found == nil {
		found = m.add(kind, o)
		m.start()
	} else if o.PullForward {
		m.pull(found)
		m.start()
	}
	m.link(m.job(o.Parent), found)
	if first := m.job(o.Follows); first != nil {
		if !first.kid {
			m.link(first, found)
		}
		for _, p := range first.parents {
			if p := m.job(p); p != nil && p.open[first.id] {
				m.link(p, found)
			}
		}
	}
	m.start()
	return found.id
}

// twin is the job that the identity key finds.
func (m *model) twin(o queue.Options) (found *mjob) {
	for _, j := range m.kept() {
		if o.IdentityKey == "" || j.identity != o.IdentityKey {
			continue
		}
		if j.waitsToStart() || o.SkipRunning && j.state == queue.StateStarted && (found == nil || !found.waitsToStart()) {
			found = j
		}
	}
	return found
}

func (m *model) add(kind string, o queue.Options) *mjob {
	j := &mjob{id: queue.ID(len(m.jobs) + 1), kind: kind, channel: o.Channel, prio: *o.Priority, identity: o.IdentityKey, max: *o.MaxRetries,
		maxAge: o.MaxAge, timeout: o.Timeout, since: m.board, order: m.board + time.Duration(*o.Priority)*30*time.Second,
		open: map[queue.ID]bool{}, kid: o.Parent != 0 || o.Follows != 0, stubborn: o.Description == "stubborn"}
	m.jobs = append(m.jobs, j)
	m.set(j, queue.StatePending)
	switch {
	case o.Delay > 0:
		j.due = m.board + o.Delay
	case !o.At.IsZero() && !(m.trusted && !o.At.After(m.wall)):
		j.at = o.At
	}
	return j
}

// link makes p wait for j.
func (m *model) link(p, j *mjob) {
	if p == nil || p.state.Terminal() || j.state.Terminal() || p.open[j.id] || m.waitsFor(j, p) {
		return
	}
	p.open[j.id] = true
	j.parents = append(j.parents, p.id)
}

// pull has a job wait for its hour, its retry or its parking no longer.
func (m *model) pull(j *mjob) {
	if j.state != queue.StateWaitDependencies && (j.due != 0 || !j.at.IsZero() || j.alone) {
		j.due, j.at, j.row, j.alone = 0, time.Time{}, 0, false
		m.set(j, queue.StatePending)
	}
}

func (m *model) terminate(j *mjob, s queue.State) {
	m.set(j, s)
	j.waiting, j.due, j.at, j.row, j.alone = false, 0, time.Time{}, 0, false
	j.finished, j.ended = m.wall, m.board
	for _, id := range j.parents {
		p := m.job(id)
		if p == nil || !p.open[j.id] {
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

// complete ends a job whose handler returned without an error.
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
		j.ghost, j.runAlone = false, false
		return
	}
	if j.over && (how == "done" || how == "later") {
		how = "retry" // it comes too late: what counts is that its time was over
	}
	j.runAlone, j.over = false, false
	j.row, j.alone = 0, false
	back := func(wait time.Duration) {
		m.set(j, queue.StatePending)
		j.due = m.board + wait
	}
	old := j.maxAge > 0 && m.board-j.since >= j.maxAge
	switch {
	case how == "done":
		m.complete(j)
	case how == "permanent":
		m.terminate(j, queue.StateFailed)
	case how == "cancel":
		m.terminate(j, queue.StateCancelled)
	case how == "snooze" && !old:
		j.attempt--
		back(time.Minute)
	case how == "snooze", j.max > 0 && j.attempt >= j.max, old:
		m.terminate(j, queue.StateFailed)
	case how == "later":
		back(time.Minute)
	default:
		back(time.Duration(min(j.attempt, 3)) * 10 * time.Second)
	}
}

// proved ends the row of interruptions of a job that runs: it committed a step, or ran for long enough.
func (m *model) proved(j *mjob) {
	if j.rowRun && !j.ghost && !j.over {
		j.row, j.alone, j.runAlone, j.rowRun = 0, false, false, false
		m.start()
	}
}

// byHand does to one job what a person asks for, and tells whether that is refused. Nothing starts yet, but for what is started by hand.
func (m *model) byHand(j *mjob, op string) (refused bool) {
	switch op {
	case "requeue":
		switch {
		case (j.state == queue.StateFailed || j.state == queue.StateCancelled) && !j.ghost:
			m.anew(j)
		case j.state == queue.StatePending || j.state == queue.StateEnqueued:
			m.pull(j)
		default:
			return true
		}
		m.start()
	case "cancel", "set done":
		if j.state == queue.StateDone || op == "cancel" && j.state == queue.StateCancelled {
			return true
		}
		j.ghost = j.ghost || j.holdsPlace()
		m.terminate(j, map[string]queue.State{"cancel": queue.StateCancelled, "set done": queue.StateDone}[op])
	}
	return false
}

func (m *model) anew(j *mjob) {
	m.set(j, queue.StatePending)
	j.attempt, j.broken, j.began, j.finished = 0, false, time.Time{}, time.Time{}
	j.since = m.board
	j.order = m.board + time.Duration(j.prio)*30*time.Second
}
