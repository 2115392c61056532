package queue

import (
	"context"
	"fmt"

	"crema/store"
)

// Requeue starts a job by hand: one that failed or was cancelled begins anew, with all its attempts, and so do those that were cancelled
// since they come after it; one that waits for its hour, its retry or the end of its parking waits no longer. It returns ErrNotFound, or
// a *StateError for a job that runs, is done, or waits for others.
func (q *Queue) Requeue(ctx context.Context, id ID) error {
	return q.byHand(ctx, id, (*edit).requeue)
}

// Cancel ends a job that is neither done nor cancelled: "cancelled by hand". One that runs has its context cancelled with ErrCancelled, can
// commit nothing more, and keeps its place until its handler has returned. It returns ErrNotFound or a *StateError.
func (q *Queue) Cancel(ctx context.Context, id ID) error {
	return q.byHand(ctx, id, func(e *edit, r *record) error { return e.cancel(r, "cancelled by hand") })
}

// SetDone ends a job that is not done, as done. One that runs is treated as by Cancel. It returns ErrNotFound or a *StateError.
func (q *Queue) SetDone(ctx context.Context, id ID) error {
	return q.byHand(ctx, id, (*edit).setDone)
}

// PullForward brings a job that waits for its hour, its retry or the end of its parking to now, in the caller's transaction: what it waited
// for may be there again. A job in any other state is left as it is. It returns ErrNotFound.
func (q *Queue) PullForward(tx *store.Tx, id ID) error {
	e := q.edit(tx)
	r, err := e.load(id)
	if err != nil {
		return err
	}
	if r == nil {
		return fmt.Errorf("job %s: %w", id, ErrNotFound)
	}
	if err := e.pullForward(r); err != nil {
		return err
	}
	if err := e.claim(); err != nil {
		return err
	}
	return e.end()
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

func (e *edit) requeue(r *record) error {
	refuse := func(why string) error { return &StateError{ID: r.id, State: r.State, Op: "requeue", Why: why} }
	switch {
	case r.State == StateDone:
		return refuse("enqueue a new one")
	case r.State == StateStarted:
		return refuse("cancel it first")
	case r.State == StateWaitDependencies:
		return refuse("it starts when those it comes after are done")
	case !r.State.Terminal():
		return e.pullForward(r)
	case runBucket.Has(e.tx, r.id):
		return refuse("its handler has not returned yet")
	}
	return e.anew(r)
}

// anew starts a failed or cancelled job over. A cancelled one still waits for those it comes after and that have not ended.
func (e *edit) anew(r *record) error {
	cancelled := r.State == StateCancelled
	if err := e.reopen(r); err != nil {
		return err
	}
	e.renew(r)
	if cancelled && r.Graph != 0 {
		waits, err := e.waive(r)
		if err != nil {
			return err
		}
		if waits > 0 {
			r.State, r.Waits = StateWaitDependencies, waits
			return e.enter(r, homeAfter)
		}
	}
	return e.admit(r)
}

// renew makes a record as if the job had just been enqueued.
func (e *edit) renew(r *record) {
	r.Attempt, r.Broken, r.BrokenE, r.Blame, r.Skipped = 0, 0, "", 0, false
	r.Started, r.Began, r.Finished, r.Ended, r.Exec = 0, 0, 0, 0, 0
	r.State, r.Result, r.Error, r.Class, r.dirty = StatePending, "", "", "", true
	r.Since = int64(e.q.clock.Board())
	r.Order = r.Since + int64(r.Priority)*int64(ageing)
}

func (e *edit) cancel(r *record, reason string) error {
	if r.State == StateDone || r.State == StateCancelled {
		return &StateError{ID: r.id, State: r.State, Op: "cancel"}
	}
	return e.endByHand(r, StateCancelled, reason)
}

func (e *edit) setDone(r *record) error {
	if r.State == StateDone {
		return &StateError{ID: r.id, State: r.State, Op: "set to done"}
	}
	r.Result = "set to done by hand"
	return e.endByHand(r, StateDone, "")
}

// endByHand makes the job terminal. The place of one that runs stays taken by the handler, which gives it back (run.vacate).
func (e *edit) endByHand(r *record, to State, text string) error {
	if r.State.Terminal() { // those that came after may wait for another end
		if err := e.reopen(r); err != nil {
			return err
		}
	}
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
