package queue

import (
	"context"
	"fmt"

	"crema/store"
)

// Requeue starts a job by hand: one that failed begins anew, with all its attempts; one that waits for its hour, its retry or the end of
// its parking waits no longer. It returns ErrNotFound, or a *StateError for a job that runs or is done.
func (q *Queue) Requeue(ctx context.Context, id ID) error {
	return q.byHand(ctx, id, func(e *edit, r *record) error {
		switch {
		case r.State == StateDone:
			return &StateError{ID: id, State: r.State, Op: "requeue", Why: "enqueue a new one"}
		case r.State == StateStarted:
			return &StateError{ID: id, State: r.State, Op: "requeue", Why: "cancel it first"}
		case r.State == StateFailed && runBucket.Has(e.tx, id):
			return &StateError{ID: id, State: r.State, Op: "requeue", Why: "its handler has not returned yet"}
		case r.State == StateFailed:
			r.Attempt, r.Broken, r.BrokenE = 0, 0, ""
			r.Started, r.Finished, r.Ended = 0, 0, 0
			r.State, r.Result, r.Error, r.dirty = StatePending, "", "", true
			r.Order = int64(e.q.clock.Board()) + int64(r.Priority)*int64(ageing)
			return e.admit(r)
		}
		return e.pullForward(r)
	})
}

// Cancel ends a job that is not terminal: it is failed, with "cancelled by hand". One that runs has its context cancelled with ErrCancelled,
// can commit nothing more, and keeps its place until its handler has returned. It returns ErrNotFound or a *StateError.
func (q *Queue) Cancel(ctx context.Context, id ID) error {
	return q.byHand(ctx, id, func(e *edit, r *record) error {
		if r.State.Terminal() {
			return &StateError{ID: id, State: r.State, Op: "cancel"}
		}
		return e.endByHand(r, StateFailed, "cancelled by hand")
	})
}

// SetDone ends a job that is not done, as done. One that runs is treated as by Cancel. It returns ErrNotFound or a *StateError.
func (q *Queue) SetDone(ctx context.Context, id ID) error {
	return q.byHand(ctx, id, func(e *edit, r *record) error {
		if r.State == StateDone {
			return &StateError{ID: id, State: r.State, Op: "set to done"}
		}
		r.Result = "set to done by hand"
		return e.endByHand(r, StateDone, "")
	})
}

func (q *Queue) byHand(ctx context.Context, id ID, do func(*edit, *record) error) error {
	return q.store.Update(ctx, func(tx *store.Tx) error {
		e := q.edit(tx)
		r, err := e.load(id)
		if err != nil {
			return err
		}
		if r == nil {
			return fmt.Errorf("job %s: %w", id, ErrNotFound)
		}
		if err := do(e, r); err != nil {
			return err
		}
		if err := e.claim(); err != nil {
			return err
		}
		return e.end()
	})
}

// endByHand makes the job terminal. The place of one that runs stays taken by the handler, which gives it back (run.vacate).
func (e *edit) endByHand(r *record, to State, text string) error {
	if r.Home == homeRun {
		r.Home = homeNone
		id, lease := r.id, r.Lease
		e.tx.OnCommit(func() { e.q.revoke(id, lease) })
	}
	return e.terminate(r, to, text)
}

// revoke cancels the handler of a job that was ended by hand. One that has no handler yet (it is about to begin in the same commit's
// hooks, which run in order, or is beginning) is found by its lease.
func (q *Queue) revoke(id ID, lease uint64) {
	q.mu.Lock()
	r := q.live[id]
	q.mu.Unlock()
	if r != nil && r.stored.Lease == lease {
		r.lose(ErrCancelled)
	}
}
