package queue_test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"crema/queue"
)

// holds tells whether the job that comes after has to wait for o, which is nil when it was pruned.
func (e *medge) holds(o *mjob) bool { return o != nil && !e.waived && !o.state.Terminal() }

// forbids tells whether o has ended otherwise than the edge wants.
func (e *medge) forbids(o *mjob) bool {
	if o == nil || e.waived || !o.state.Terminal() {
		return false
	}
	return !(o.state == queue.StateDone && e.done || o.state == queue.StateFailed && e.failed)
}

// waits counts what j has to wait for.
func (m *model) waits(j *mjob) (n int) {
	for id, e := range j.edges {
		if e.holds(m.job(id)) {
			n++
		}
	}
	return n
}

// comeAfter puts a new job behind others. Of several that forbid it, the first in order is the reason.
func (m *model) comeAfter(j *mjob, o queue.Options, before map[queue.ID]*medge, order []queue.ID) error {
	if o.Delay > 0 {
		j.hold = m.board + o.Delay
	}
	j.holdAt = o.At
	maps.Copy(j.edges, before)
	for _, id := range o.After {
		if m.job(id) == nil || id == j.id {
			return queue.ErrNotFound
		}
		if j.edges[id] == nil {
			j.edges[id] = &medge{}
			order = append(order, id)
		}
		j.edges[id].done = true
	}
	for _, id := range order {
		if j.edges[id].forbids(m.job(id)) {
			m.blame(j, m.job(id))
			return nil
		}
	}
	if m.waits(j) > 0 {
		m.set(j, queue.StateWaitDependencies)
	} else {
		m.letGo(j)
	}
	return nil
}

// letGo has a job wait for nothing but its hour.
func (m *model) letGo(j *mjob) {
	m.set(j, queue.StatePending)
	j.since = m.board
	if j.hold > m.board {
		j.due = j.hold
	}
	if !j.holdAt.IsZero() && !m.struck(j.holdAt) {
		j.at = j.holdAt
	}
}

// blame cancels j, since o has ended otherwise than it wanted.
func (m *model) blame(j, o *mjob) {
	j.blame, j.skipped = o.id, o.state == queue.StateDone || o.state == queue.StateCancelled && o.skipped
	m.terminate(j, queue.StateCancelled)
}

// after lists those that come after j, the oldest first, if they mind how it ends.
func (m *model) after(j *mjob) []*mjob {
	return slices.DeleteFunc(m.kept(), func(d *mjob) bool { return d.edges[j.id] == nil || d.edges[j.id].waived })
}

// tell tells those that come after an ended job. Of several that end in one commit the first one's are told first.
func (m *model) tell(j *mjob) {
	m.ended = append(m.ended, j)
	if m.telling {
		return
	}
	m.telling = true
	for len(m.ended) > 0 {
		o := m.ended[0]
		m.ended = m.ended[1:]
		for _, d := range m.after(o) {
			switch {
			case d.state != queue.StateWaitDependencies:
			case d.edges[o.id].forbids(o):
				m.blame(d, o)
			case m.waits(d) == 0 && m.forbidding(d) == nil:
				m.letGo(d)
			}
		}
	}
	m.telling = false
}

// reopen takes back what the end of j did to those that come after it. From here on it counts as open.
func (m *model) reopen(j *mjob) {
	j.state, j.blame, j.skipped = queue.StatePending, 0, false
	blamed := func(o *mjob) []*mjob {
		return slices.DeleteFunc(m.after(o), func(d *mjob) bool { return d.state != queue.StateCancelled || d.blame != o.id })
	}
	again := blamed(j)
	for len(again) > 0 {
		slices.SortFunc(again, func(a, b *mjob) int { return cmp.Compare(a.id, b.id) })
		d := again[0]
		again = again[1:]
		if by := m.forbidding(d); by != nil {
			d.blame, d.skipped = by.id, by.state == queue.StateDone || by.state == queue.StateCancelled && by.skipped
		} else {
			m.renew(d)
			m.set(d, queue.StateWaitDependencies)
		}
		again = append(again, blamed(d)...)
	}
}

// forbidding is the first job whose end keeps d from running.
func (m *model) forbidding(d *mjob) *mjob {
	for _, id := range slices.Sorted(maps.Keys(d.edges)) {
		if o := m.job(id); d.edges[id].forbids(o) {
			return o
		}
	}
	return nil
}

// A mnode is a job of a graph that is enqueued as a whole.
type mnode struct {
	kind   string
	o      queue.Options
	before map[*mnode]*medge
	id     queue.ID // as the queue gave it
}

// graph enqueues nodes, in the order of their ids, and links them in the order in which they are written down.
func (m *model) graph(nodes []*mnode, written []*mnode) error {
	jobs, isNew, was := map[*mnode]*mjob{}, map[*mnode]bool{}, queue.ID(len(m.jobs))
	for _, n := range nodes {
		if jobs[n] = m.twin(n.o); jobs[n] == nil {
			isNew[n] = true
		}
	}
	for _, n := range nodes {
		if !isNew[n] {
			continue
		}
		before := map[queue.ID]*medge{}
		var first []queue.ID
		for _, from := range written {
			e := n.before[from]
			if e == nil {
				continue
			}
			id := jobs[from].id
			if before[id] == nil {
				before[id] = &medge{}
				first = append(first, id)
			}
			before[id].done, before[id].failed = before[id].done || e.done, before[id].failed || e.failed
		}
		if slices.ContainsFunc(n.o.After, func(id queue.ID) bool { return id > was && before[id] == nil }) {
			return queue.ErrNotFound
		}
		var err error
		if jobs[n], err = m.add(n.kind, n.o, before, first); err != nil {
			return err
		}
	}
	for _, n := range written {
		if err := m.relate(jobs[n], n.o, isNew[n]); err != nil {
			return err
		}
		if !isNew[n] && n.o.PullForward {
			m.pull(jobs[n])
		}
		n.id = jobs[n].id
	}
	m.start()
	return nil
}

// A mbatch is what is known of a batch beside its jobs.
type mbatch struct {
	sealed, begun bool
	finished      time.Time
}

// judge notes which batches have ended. It comes after each commit.
func (m *model) judge() {
	open := map[queue.BatchID]int{}
	for _, j := range m.jobs {
		if b := m.batches[j.batch]; b != nil {
			b.begun = b.begun || j.state == queue.StateStarted || j.state.Terminal()
			if !j.state.Terminal() {
				open[j.batch]++
			}
		}
	}
	for id, b := range m.batches {
		switch {
		case !b.sealed || open[id] > 0:
			b.finished = time.Time{}
		case b.finished.IsZero():
			b.finished = m.wall
		}
	}
}
