package queue

import (
	"context"
	"errors"
	"fmt"

	"crema/store"
)

// holds reads the job and tells whether it is this run's still.
func (r *run) holds(tx *store.Tx) (bool, error) {
	if r.leaseLost() {
		return false, nil
	}
	s, ok, err := jobsBucket.Get(tx, r.id)
	return ok && s.Home == homeRun && s.Lease == r.stored.Lease, err
}

func (r *run) step(ctx context.Context, fn func(*store.Tx) error) error {
	return r.q.store.Update(ctx, func(tx *store.Tx) error {
		if err := r.placeEarly(tx); err != nil {
			return err
		}
		held, err := r.holds(tx)
		if err != nil {
			return err
		}
		if !held {
			return fmt.Errorf("job %s: %w", r.id, ErrLeaseLost)
		}
		if err := fn(tx); err != nil {
			return err
		}
		if _, err := r.written().write(tx); err != nil {
			return err
		}
		return r.endRow(tx)
	})
}

// survive ends the row of interruptions of a job that has run long enough not to be what brings the board down.
func (r *run) survive() {
	r.session.start(func() {
		err := r.q.store.Update(context.Background(), func(tx *store.Tx) error {
			held, err := r.holds(tx)
			if err != nil || !held {
				return err
			}
			return r.endRow(tx)
		})
		if err != nil && !errors.Is(err, store.ErrClosed) {
			r.log().Warn("interruptions in a row can't be ended", "error", err)
		}
	})
}

// endRow writes only when there is a row to end.
func (r *run) endRow(tx *store.Tx) error {
	r.mu.Lock()
	inRow := r.inRow
	r.mu.Unlock()
	if !inRow {
		return nil
	}
	e := r.q.edit(tx)
	rec, err := e.load(r.id)
	if err != nil || rec == nil || rec.Home != homeRun || rec.Row == 0 && !rec.Alone {
		return err
	}
	if err := e.leave(rec); err != nil {
		return err
	}
	rec.Row, rec.Alone = 0, false
	if err := e.enter(rec, homeRun); err != nil {
		return err
	}
	tx.OnCommit(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.inRow = false
	})
	if err := e.claim(); err != nil { // it ran alone: the others may come now
		return err
	}
	return e.end()
}
