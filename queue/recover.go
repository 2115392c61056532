package queue

import (
	"context"
	"fmt"
	"time"

	"crema/store"
)

// recover puts the store in order before the first job starts. Where the store takes nothing for now, it waits until it does.
func (q *Queue) recover(ctx context.Context) error {
	for {
		err := q.putInOrder(ctx)
		if !q.refused(err) || q.once() {
			return err
		}
		select {
		case <-time.After(refusedRetry):
		case <-ctx.Done():
			return nil
		}
	}
}

// putInOrder puts back what the last process left running, loads the counters, and then has jobs start, those among them whose kind was not
// known. The file belongs to one process, so whatever has a place from another Run, and no handler here, is an orphan.
func (q *Queue) putInOrder(ctx context.Context) error {
	if err := q.meet(ctx); ended(ctx, err) != nil {
		return fmt.Errorf("queue: recover: %w", err)
	}
	var cut []RunInfo
	err := q.store.Update(ctx, func(tx *store.Tx) (err error) {
		if cut, err = q.orphans(tx); err != nil {
			return err
		}
		counts, err := loadTally(tx)
		if err != nil {
			return err
		}
		set, err := q.settings(tx)
		if err != nil {
			return err
		}
		if err := mendOrders(tx, set.channels, counts); err != nil {
			return err
		}
		if err := tidyThrottles(tx, set.channels, int64(q.clock.Board())); err != nil {
			return err
		}
		tx.OnCommit(func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.tally = counts
		})
		return nil
	})
	if err == nil {
		q.takeUp()
		for _, i := range cut {
			q.observe(i)
		}
	}
	if err == nil && q.works() {
		if err = q.recall(ctx); err == nil {
			err = q.store.Update(ctx, q.fill)
		}
	}
	if err = ended(ctx, err); err != nil {
		return fmt.Errorf("queue: recover: %w", err)
	}
	return nil
}

// fill is the first dispatch. It comes after all have been brought back, so that they start in their order.
func (q *Queue) fill(tx *store.Tx) error {
	e := q.edit(tx)
	if err := e.claim(); err != nil {
		return err
	}
	return e.end()
}

func (q *Queue) orphans(tx *store.Tx) (cut []RunInfo, err error) {
	e := q.edit(tx)
	var parked []*record
	for id, raw := range runBucket.All(tx) {
		o, err := decodeOccupant(raw)
		if err == nil && o.epoch == q.epoch.Load() || q.alive(id) {
			continue
		}
		r, err := e.load(id)
		if err != nil {
			return nil, err
		}
		if r == nil || r.Home != homeRun {
			// Ended by hand while it ran; its handler ended with the process.
			if err := q.vacate(tx, id); err != nil {
				return nil, err
			}
			continue
		}
		cut = append(cut, RunInfo{Kind: r.Kind, Channel: r.Channel, Outcome: RunInterrupted, Wait: r.waited(), Attempt: r.Attempt})
		if err := e.interrupted(r); err != nil {
			return nil, err
		}
		if r.parked() {
			parked = append(parked, r)
		}
	}
	if err := e.end(); err != nil {
		return nil, err
	}
	for _, r := range parked { // last, as the hook may enqueue
		q.tellParked(tx, r)
	}
	return cut, nil
}

// recall gives the jobs that were held back to the line if this program can run them.
func (q *Queue) recall(ctx context.Context) error {
	var from heldKey
	for more := true; more; {
		var next heldKey
		err := q.store.View(func(tx *store.Tx) error {
			more = false
			for k := range heldBucket.From(tx, from) {
				if _, known := q.kinds.get(k.A); known {
					more, next = true, k
					break
				}
			}
			return nil
		})
		if err != nil || !more {
			return err
		}
		err = q.store.Update(ctx, func(tx *store.Tx) error {
			from = heldKey{}
			return q.recallFrom(tx, next, &from)
		})
		if err != nil {
			return err
		}
		more = from.A != ""
	}
	return nil
}

// recallFrom looks at up to a piece of the held jobs, and leaves in rest where to go on.
func (q *Queue) recallFrom(tx *store.Tx, first heldKey, rest *heldKey) error {
	e := q.edit(tx)
	seen := 0
	for k := range heldBucket.From(tx, first) {
		if seen++; seen > piece {
			*rest = k
			break
		}
		r, err := e.load(k.B)
		if err != nil {
			return err
		}
		if r == nil || e.heldBack(r) != "" {
			continue
		}
		r.Error, r.Class = "", ""
		if r.Alone {
			r.State = StateEnqueued // it was parked before it was held back
		}
		if err := e.move(r, homeReady); err != nil {
			return err
		}
	}
	if err := e.claim(); err != nil {
		return err
	}
	return e.end()
}
