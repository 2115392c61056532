package queue

import (
	"fmt"
	"maps"
	"slices"

	"crema/store"
)

// joinable refuses a batch that takes no jobs.
func (e *edit) joinable(id BatchID) error {
	b, ok, err := batchBucket.Get(e.tx, id)
	switch {
	case err != nil:
		return fmt.Errorf("batch %s: %w", id, err)
	case !ok:
		return fmt.Errorf("%w: batch %s: %w", ErrInvalid, id, ErrNoBatch)
	case b.Sealed:
		return fmt.Errorf("%w: batch %s is sealed: make a new one", ErrInvalid, id)
	}
	return nil
}

// countBatches brings the numbers of batches up to what changed in their jobs, and gives those that have ended by it.
func (e *edit) countBatches(changed []*record) (ended []Batch, err error) {
	var changes map[BatchID]*[7]int
	for _, r := range changed {
		if r.Batch == 0 || r.was == r.State {
			continue
		}
		if changes == nil {
			changes = map[BatchID]*[7]int{}
		}
		c := changes[r.Batch]
		if c == nil {
			c = new([7]int)
			changes[r.Batch] = c
		}
		if r.was != stateNone {
			c[r.was.place()]--
		}
		c[r.State.place()]++
	}
	for _, id := range slices.Sorted(maps.Keys(changes)) {
		b, ok, err := batchBucket.Get(e.tx, id)
		if err != nil {
			return nil, fmt.Errorf("batch %s: %w", id, err)
		}
		if !ok {
			continue // pruned; one of its jobs was started anew
		}
		b.count(*changes[id])
		now, err := e.q.putBatch(e.tx, id, &b)
		if err != nil {
			return nil, err
		}
		if now != nil {
			ended = append(ended, *now)
		}
	}
	return ended, nil
}

// putBatch judges a batch that changed and writes it. It gives the batch if it has ended just now: the hooks are to be told.
func (q *Queue) putBatch(tx *store.Tx, id BatchID, b *storedBatch) (ended *Batch, err error) {
	over := b.judge(q.clock.Now(), q.clock.Board())
	if err := batchBucket.Put(tx, id, *b); err != nil {
		return nil, fmt.Errorf("batch %s: %w", id, err)
	}
	i := b.info(id)
	tx.OnCommit(func() { q.batchWatchers.send(i) })
	if over {
		return &i, nil
	}
	return nil, nil
}

func (q *Queue) tellBatch(tx *store.Tx, b Batch) {
	for _, h := range q.batchHooks.list() {
		q.guard("hook for batches", func() error { return (*h)(tx, b) })
	}
}

// batches checks that the numbers of batches are those of their jobs. Jobs that have ended may be pruned.
func (c *checker) batches(tx *store.Tx) {
	for id, b := range batchBucket.All(tx) {
		for i, n := range b.Jobs {
			has := c.inBatch[id][i]
			if n < has || n > has && !states[i].Terminal() {
				c.fault("batch %s counts %d jobs that are %s, but has %d", id, n, states[i], has)
			}
		}
		if over := b.Sealed && b.open() == 0; over == b.Finished.IsZero() {
			c.fault("batch %s has %d open jobs, sealed is %v, and ended at %v", id, b.open(), b.Sealed, b.Finished)
		}
	}
}
