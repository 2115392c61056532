package queue

import (
	"fmt"

	"crema/store"
)

// A home is the one index that holds an open job; Check proves that it is one.
type home string

const (
	homeNone  home = ""      // terminal
	homeReady home = "ready" // waits for a place
	homeTimer home = "timer" // waits for an hour of board time
	homeWall  home = "wall"  // waits for an hour of the trusted wall clock
	homeRun   home = "run"   // holds a place
	homeWait  home = "wait"  // waits for its children
	homeHeld  home = "held"  // waits for a program that knows its kind, or its version
	homeAfter home = "after" // waits for those it comes after: its edges are its entries
)

var (
	// readyBucket is in the order of starting: the next of a channel is one Seek. Jobs to be tried alone are under no channel.
	readyBucket = store.NewBucket[readyKey, struct{}]("queue.ready",
		store.TripleKey(store.StringKey(), store.Int64Key(), store.Uint64KeyOf[ID]()))
	timerBucket = store.NewBucket[dueKey, struct{}]("queue.timer", store.PairKey(store.Int64Key(), store.Uint64KeyOf[ID]()))
	wallBucket  = store.NewBucket[dueKey, struct{}]("queue.wall", store.PairKey(store.Int64Key(), store.Uint64KeyOf[ID]()))
	runBucket   = store.NewBucket[ID, []byte]("queue.run", store.Uint64KeyOf[ID]())
	waitBucket  = store.NewBucket[ID, struct{}]("queue.wait", store.Uint64KeyOf[ID]())
	heldBucket  = store.NewBucket[heldKey, struct{}]("queue.held", store.PairKey(store.StringKey(), store.Uint64KeyOf[ID]()))
)

type (
	readyKey = store.Triple[string, int64, ID]
	dueKey   = store.Pair[int64, ID]
	heldKey  = store.Pair[string, ID]
)

// line is the part of ready that the job stands in.
func (r *record) line() string {
	if r.Alone {
		return ""
	}
	return r.Channel
}

func (r *record) readyKey() readyKey { return readyKey{A: r.line(), B: r.Order, C: r.id} }

// move takes the job out of its home and puts it into another. Due is set before a timer is entered; Alone and the other parts of
// a key are changed only between leave and enter.
func (e *edit) move(r *record, to home) error {
	if err := e.leave(r); err != nil {
		return err
	}
	return e.enter(r, to)
}

func (e *edit) leave(r *record) (err error) {
	switch r.Home {
	case homeNone, homeAfter:
	case homeReady:
		err = readyBucket.Delete(e.tx, r.readyKey())
	case homeTimer:
		err = timerBucket.Delete(e.tx, dueKey{A: r.Due, B: r.id})
	case homeWall:
		err = wallBucket.Delete(e.tx, dueKey{A: r.Due, B: r.id})
		r.Due = int64(e.q.clock.Board())
	case homeRun:
		err = e.q.vacate(e.tx, r.id)
		r.Due = 0
	case homeWait:
		err = waitBucket.Delete(e.tx, r.id)
	case homeHeld:
		err = heldBucket.Delete(e.tx, heldKey{A: r.Kind, B: r.id})
	default:
		err = fmt.Errorf("job %s: unknown home %q", r.id, r.Home)
	}
	r.Home = homeNone
	r.dirty = true
	return err
}

func (e *edit) enter(r *record, to home) (err error) {
	if to != homeNone {
		if err := e.list(r); err != nil {
			return err
		}
	}
	switch to {
	case homeNone, homeAfter:
	case homeReady:
		if err = readyBucket.Put(e.tx, r.readyKey(), struct{}{}); err == nil {
			err = e.awaitThrottle(r)
		}
	case homeTimer:
		err = timerBucket.Put(e.tx, dueKey{A: r.Due, B: r.id}, struct{}{})
		e.timer = min(e.timer, r.Due)
	case homeWall:
		err = wallBucket.Put(e.tx, dueKey{A: r.Due, B: r.id}, struct{}{})
		e.wall = min(e.wall, r.Due)
	case homeRun:
		o := occupant{epoch: e.q.epoch.Load(), alone: r.Alone, channel: r.Channel, identity: r.Identity}
		err = runBucket.Put(e.tx, r.id, o.encode())
	case homeWait:
		err = waitBucket.Put(e.tx, r.id, struct{}{})
	case homeHeld:
		err = heldBucket.Put(e.tx, heldKey{A: r.Kind, B: r.id}, struct{}{})
	}
	switch to {
	case homeTimer, homeWall:
	case homeReady, homeRun:
		e.noteReady(r, to)
	default:
		r.Due = 0
	}
	r.Home = to
	r.dirty = true
	return err
}
