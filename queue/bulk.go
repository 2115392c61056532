package queue

import (
	"context"
	"errors"
	"fmt"

	"crema/store"
)

// RequeueAll, CancelAll and SetDoneAll do to each job that f chooses what Requeue, Cancel and SetDone do to one, in commits of a few
// hundred jobs, the oldest first. Jobs that can't be treated so in the state they are in are passed over. They return how many were
// treated, also beside an error of the store or ctx, at which they stop. f.Limit bounds how many are looked at; 0 is all.
func (q *Queue) RequeueAll(ctx context.Context, f Filter) (int, error) {
	return q.allByHand(ctx, f, (*edit).requeue)
}

// CancelAll: see RequeueAll.
func (q *Queue) CancelAll(ctx context.Context, f Filter) (int, error) {
	return q.allByHand(ctx, f, func(e *edit, r *record) error { return e.cancel(r, "cancelled by hand") })
}

// SetDoneAll: see RequeueAll.
func (q *Queue) SetDoneAll(ctx context.Context, f Filter) (int, error) {
	return q.allByHand(ctx, f, (*edit).setDone)
}

// CancelOpen cancels the open jobs that f chooses, with a reason, in the caller's transaction, and returns how many. It is for those who
// change what jobs stand on, before Run: jobs that run are cancelled as by Cancel. f.Limit and f.After are not looked at.
func (q *Queue) CancelOpen(tx *store.Tx, f Filter, reason string) (int, error) {
	f, err := f.whole()
	if err != nil {
		return 0, err
	}
	var chosen []ID
	for id, s := range jobsBucket.All(tx) {
		if f.chooses(&s) {
			chosen = append(chosen, id)
		}
	}
	e := q.edit(tx)
	n, err := e.each(chosen, f, func(e *edit, r *record) error { return e.cancel(r, reason) })
	if err != nil {
		return 0, err
	}
	if err := e.claim(); err != nil {
		return 0, err
	}
	return n, e.end()
}

func (q *Queue) allByHand(ctx context.Context, f Filter, do func(*edit, *record) error) (int, error) {
	f, err := f.whole()
	if err != nil {
		return 0, err
	}
	treated, left := 0, f.Limit
	for {
		page := f
		page.Limit = piece
		if f.Limit > 0 {
			page.Limit = min(piece, left)
		}
		chosen, next, err := q.choose(page)
		if err != nil {
			return treated, err
		}
		n := 0
		if len(chosen) > 0 {
			err = q.store.Update(ctx, func(tx *store.Tx) (err error) {
				e := q.edit(tx)
				if n, err = e.each(chosen, f, do); err != nil {
					return err
				}
				if err := e.claim(); err != nil {
					return err
				}
				return e.end()
			})
			if err != nil {
				return treated, err
			}
		}
		treated += n
		if left -= len(chosen); next == 0 || f.Limit > 0 && left <= 0 {
			return treated, nil
		}
		f.After = next
	}
}

// choose gives a page of ids and where to go on.
func (q *Queue) choose(f Filter) (chosen []ID, next ID, err error) {
	err = q.store.View(func(tx *store.Tx) error {
		list, last, err := q.List(tx, f)
		for _, i := range list {
			chosen = append(chosen, i.ID)
		}
		next = last
		return err
	})
	return chosen, next, err
}

// each does something to those of the jobs that f still chooses, and counts those that could be treated so.
func (e *edit) each(chosen []ID, f Filter, do func(*edit, *record) error) (n int, err error) {
	for _, id := range chosen {
		r, err := e.load(id)
		if err != nil {
			return 0, err
		}
		if r == nil || !f.chooses(&r.stored) {
			continue
		}
		var state *StateError
		switch err := do(e, r); {
		case err == nil:
			n++
		case !errors.As(err, &state):
			return 0, fmt.Errorf("job %s: %w", id, err)
		}
	}
	return n, nil
}
