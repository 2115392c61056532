package queue

import (
	"fmt"

	"crema/store"
)

// GraphInfo says what EnqueueGraph has enqueued.
type GraphInfo struct {
	ID    ID   // of the graph: its first job's; 0 for a single job and for none
	Jobs  []ID // one for each node, in the order in which they are written down
	Found []ID // those of them that were there before
}

// EnqueueGraph adds all the jobs of a part in a transaction, as Enqueue adds one. A job with others to come after is in
// StateWaitDependencies until the last of them has ended as its edge wants; that commit sends it to the line, or has it wait for its hour,
// which counts from the enqueue. If one ends otherwise, it is cancelled in that commit, and with it those after it: nothing waits for ever.
//
// A node whose identity key finds a job that waits to start is that job. It keeps its place and gets nothing to come after; others come
// after it as if it were new. Two nodes of a graph with one key are one job, that of the first in order.
//
// It errs as Enqueue does, with ErrCycle, naming the jobs, when they would wait for each other, and with ErrInvalid for a node that was
// enqueued before and for a graph of more than 100,000 jobs or 200,000 edges. Then the transaction must not be committed.
func EnqueueGraph(tx *store.Tx, q *Queue, p Part) (GraphInfo, error) {
	l, err := planOf(p)
	if err != nil {
		return GraphInfo{}, fmt.Errorf("enqueue graph: %w", err)
	}
	for _, n := range l.nodes {
		if n.err != nil {
			return GraphInfo{}, fmt.Errorf("enqueue graph: %w", n.err)
		}
		if n.kept || n.tx == tx {
			return GraphInfo{}, fmt.Errorf("enqueue graph: %w: %s was enqueued before, as job %s: make a new node", ErrInvalid, n.name(), n.id)
		}
	}
	info, err := q.edit(tx).graph(l)
	if err != nil {
		return GraphInfo{}, fmt.Errorf("enqueue graph: %w", err)
	}
	tx.OnCommit(func() {
		for _, n := range l.nodes {
			n.tx, n.kept = nil, true
		}
	})
	return info, nil
}

// graph enqueues a plan. Where a job is to start is decided when all are there: which of two it is must not hang on free places.
func (e *edit) graph(l *plan) (info GraphInfo, err error) {
	records, isNew := make([]*record, len(l.nodes)), make([]bool, len(l.nodes))
	keyed := map[string]*record{}
	for _, i := range l.order {
		n := l.nodes[i]
		r := keyed[n.s.Identity]
		if r == nil {
			if r, err = e.identical(n.s.Identity, n.o.SkipRunning); err != nil {
				return info, err
			}
		}
		if r == nil {
			if err = e.acceptable(n.s); err == nil {
				r, err = e.create(n.s, n.o)
			}
			if err != nil {
				return info, fmt.Errorf("%s: %w", n.name(), err)
			}
			isNew[i] = true
			if n.s.Identity != "" {
				keyed[n.s.Identity] = r
			}
			if info.ID == 0 && len(l.nodes) > 1 {
				info.ID = r.id
			}
		}
		records[i] = r
	}
	for _, i := range l.order {
		if err := e.join(l, i, records, isNew[i], info.ID); err != nil {
			return info, fmt.Errorf("%s: %w", l.nodes[i].name(), err)
		}
	}
	for i, n := range l.nodes {
		r := records[i]
		if err := e.relate(r, n.o); err != nil {
			return info, fmt.Errorf("%s: %w", n.name(), err)
		}
		if !isNew[i] && n.o.PullForward {
			if waited, err := e.wakeUp(r); err != nil {
				return info, err
			} else if waited {
				if err := e.enter(r, homeReady); err != nil {
					return info, err
				}
			}
		}
		n.id, n.tx = r.id, e.tx
		info.Jobs = append(info.Jobs, r.id)
		if r.was != stateNone {
			info.Found = append(info.Found, r.id)
		}
	}
	if len(l.nodes) > 1 && info.ID == 0 {
		info.ID = records[l.order[0]].Graph // all were there
	}
	if err := e.claim(); err != nil {
		return info, err
	}
	return info, e.end()
}

// join puts a new job behind those that it comes after.
func (e *edit) join(l *plan, i int, records []*record, isNew bool, graph ID) error {
	if !isNew {
		return nil
	}
	var list []incoming
	at := map[ID]int{}
	for _, from := range l.in[i] {
		on, bits := records[from], l.bits[[2]int{from, i}]
		if n, twice := at[on.id]; twice {
			list[n].bits |= bits
			continue
		}
		at[on.id] = len(list)
		list = append(list, incoming{on, bits})
	}
	r, o := records[i], l.nodes[i].o
	r.Graph = graph
	for _, id := range o.After {
		if n, twice := at[id]; twice {
			list[n].bits |= onDone
			continue
		}
		on, err := e.existing(id)
		if err != nil {
			return err
		}
		at[id] = len(list)
		list = append(list, incoming{on, onDone})
	}
	return e.comeAfter(r, o, list)
}

// placeAfter is join for a job that is enqueued by itself.
func (e *edit) placeAfter(r *record, o Options) error {
	var list []incoming
	seen := map[ID]bool{}
	for _, id := range o.After {
		if seen[id] {
			continue
		}
		seen[id] = true
		on, err := e.existing(id)
		if err != nil {
			return err
		}
		list = append(list, incoming{on, onDone})
	}
	return e.comeAfter(r, o, list)
}

// existing loads a job to come after. One that is gone can't be told to have been done; nor can one that is being enqueued, whose number
// somebody guessed: it would come after itself.
func (e *edit) existing(id ID) (*record, error) {
	r, err := e.load(id)
	if err == nil && (r == nil || r.was == stateNone) {
		err = fmt.Errorf("job %s, which it is to come after: %w", id, ErrNotFound)
	}
	return r, err
}

// comeAfter puts a new job behind others, wherever that is now.
func (e *edit) comeAfter(r *record, o Options, list []incoming) error {
	switch {
	case o.Delay > 0:
		r.Hold = r.Born + int64(o.Delay)
	case !o.At.IsZero():
		r.Hold, r.HoldWall = o.At.UnixNano(), true
	}
	var forbidding incoming
	for _, in := range list {
		if r.Graph == 0 {
			r.Graph = in.on.Graph
		}
		if r.Graph == 0 {
			r.Graph = in.on.id
		}
		if in.on.Graph == 0 {
			in.on.Graph, in.on.dirty = r.Graph, true
		}
		if err := putEdge(e.tx, in.on.id, r.id, in.bits); err != nil {
			return err
		}
		switch {
		case in.bits.holds(in.on.State):
			r.Waits++
		case in.bits.forbids(in.on.State) && forbidding.on == nil:
			forbidding = in
		}
	}
	switch {
	case forbidding.on != nil:
		return e.blame(r, forbidding)
	case r.Waits > 0:
		r.State = StateWaitDependencies
		return e.enter(r, homeAfter)
	}
	return e.letGo(r)
}
