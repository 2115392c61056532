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

// enqueue adds a job; an error leaves the model in no state at all: see try.
func (m *model) enqueue(kind string, o queue.Options) (queue.ID, error) {
	found := m.twin(o)
	isNew := found == nil
	if isNew {
		var err error
		if found, err = m.add(kind, o, nil, nil); err != nil {
			return 0, err
		}
		if len(o.After) == 0 {
			m.start()
		}
	} else if o.PullForward {
		m.pull(found)
		m.start()
	}
	err := m.relate(found, o, isNew)
	m.start()
	return found.id, err
}

// try does something to the model if that comes to no error.
func (m *model) try(f func(m *model) error) error {
	c := m.clone()
	err := f(c)
	if err == nil {
		*m = *c
	}
	return err
}

// relate links a job to those who wait for it.
func (m *model) relate(j *mjob, o queue.Options, isNew bool) error {
	if err := m.link(m.job(o.Parent), j, isNew); err != nil {
		return err
	}
	first := m.job(o.Follows)
	if first == nil {
		return nil
	}
	if !first.kid {
		if err := m.link(first, j, isNew); err != nil {
			return err
		}
	}
	for _, p := range first.parents {
		if p := m.job(p); p != nil && p.open[first.id] {
			if err := m.link(p, j, isNew); err != nil {
				return err
			}
		}
	}
	return nil
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

// add makes a job that comes after those of the options and of before.
func (m *model) add(kind string, o queue.Options, before map[queue.ID]*medge, order []queue.ID) (*mjob, error) {
	if b := m.batches[o.Batch]; o.Batch != 0 && (b == nil || b.sealed) {
		return nil, queue.ErrInvalid
	}
	j := &mjob{id: queue.ID(len(m.jobs) + 1), kind: kind, channel: o.Channel, prio: *o.Priority, identity: o.IdentityKey, max: *o.MaxRetries,
		maxAge: o.MaxAge, timeout: o.Timeout, since: m.board, order: m.board + time.Duration(*o.Priority)*30*time.Second,
		open: map[queue.ID]bool{}, kid: o.Parent != 0 || o.Follows != 0, stubborn: o.Description == "stubborn", batch: o.Batch,
		edges: map[queue.ID]*medge{}}
	m.jobs = append(m.jobs, j)
	if before != nil || len(o.After) > 0 {
		return j, m.comeAfter(j, o, before, order)
	}
	m.set(j, queue.StatePending)
	if o.Delay > 0 {
		j.due = m.board + o.Delay
	} else if !o.At.IsZero() && !m.struck(o.At) {
		j.at = o.At
	}
	return j, nil
}

// struck tells whether an hour of the wall clock has come.
func (m *model) struck(at time.Time) bool { return m.trusted && !at.After(m.wall) }

// link makes p wait for j.
func (m *model) link(p, j *mjob, isNew bool) error {
	switch {
	case p == nil || p.state.Terminal() || p == j || p.open[j.id]:
	case j.state.Terminal(): // from the beginning
		p.broken = p.broken || !j.skipped
	case m.mightWaitFor(j, p):
		if isNew {
			return queue.ErrCycle
		}
	default:
		p.open[j.id] = true
		j.parents = append(j.parents, p.id)
	}
	return nil
}

// pull has a job wait for its hour, its retry or its parking no longer.
func (m *model) pull(j *mjob) {
	switch {
	case !j.waitsToStart():
	case j.state == queue.StateWaitDependencies:
		j.hold, j.holdAt = 0, time.Time{}
	case j.due != 0 || !j.at.IsZero() || j.alone:
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
		p.broken = p.broken || s != queue.StateDone && !j.skipped
		if p.waiting && len(p.open) == 0 {
			m.complete(p)
		}
	}
	m.tell(j)
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
		back(modelSnooze)
	case how == "snooze", j.max > 0 && j.attempt >= j.max, old:
		m.terminate(j, queue.StateFailed)
	case how == "later":
		back(modelLater)
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
		if j.state.Terminal() {
			m.reopen(j)
		}
		if j.holdsPlace() && !j.ghost && !j.over {
			j.parted = m.mono
		}
		j.ghost = j.ghost || j.holdsPlace()
		m.terminate(j, map[string]queue.State{"cancel": queue.StateCancelled, "set done": queue.StateDone}[op])
	}
	return false
}

// anew starts a failed or cancelled job over. A cancelled one does without those that ended otherwise than it wanted.
func (m *model) anew(j *mjob) {
	cancelled := j.state == queue.StateCancelled
	m.reopen(j)
	m.renew(j)
	m.set(j, queue.StatePending)
	if !cancelled {
		return
	}
	for id, e := range j.edges {
		if e.forbids(m.job(id)) {
			e.waived = true
		}
	}
	if m.waits(j) > 0 {
		j.state = queue.StateWaitDependencies
	}
}

// renew makes a job as if it had just been enqueued.
func (m *model) renew(j *mjob) {
	j.attempt, j.broken, j.began, j.finished, j.blame, j.skipped = 0, false, time.Time{}, time.Time{}, 0, false
	j.since = m.board
	j.order = m.board + time.Duration(j.prio)*30*time.Second
}
