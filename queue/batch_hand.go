package queue

import (
	"context"
	"fmt"
	"time"

	"crema/store"
)

const maxBatchName = 256

// NewBatch opens a batch, in a transaction, for jobs that name it in Options.Batch. A job that an identity key finds counts in the batch that
// it was enqueued for, not in a second one. It returns ErrFull as Enqueue does.
func (q *Queue) NewBatch(tx *store.Tx, name string) (BatchID, error) {
	if q.full.Load() {
		return 0, ErrFull
	}
	n, err := batchBucket.Next(tx)
	if err != nil {
		return 0, err
	}
	b := storedBatch{Name: shortenTo(name, maxBatchName), Created: q.clock.Now().UTC()}
	_, err = q.putBatch(tx, BatchID(n), &b)
	return BatchID(n), err
}

// SealBatch says that no more jobs come: to add one is ErrInvalid then, and the batch is finished as soon as all its jobs have ended, at
// once if they have. To seal it again changes nothing. It returns ErrNoBatch.
func (q *Queue) SealBatch(tx *store.Tx, id BatchID) error {
	b, err := getBatch(tx, id)
	if err != nil || b.Sealed {
		return err
	}
	b.Sealed = true
	ended, err := q.putBatch(tx, id, &b)
	if err == nil && ended != nil {
		q.tellBatch(tx, *ended)
	}
	return err
}

func getBatch(tx *store.Tx, id BatchID) (storedBatch, error) {
	b, ok, err := batchBucket.Get(tx, id)
	if err == nil && !ok {
		err = ErrNoBatch
	}
	if err != nil {
		return storedBatch{}, fmt.Errorf("batch %s: %w", id, err)
	}
	return b, nil
}

// Batch gives one, or ErrNoBatch. Its jobs are List's with Filter.Batch.
func (q *Queue) Batch(tx *store.Tx, id BatchID) (Batch, error) {
	b, err := getBatch(tx, id)
	if err != nil {
		return Batch{}, err
	}
	return b.info(id), nil
}

// Batches lists batches with a greater id than after, the oldest first, and gives the id to go on after; 0 says that there are no more.
// A limit of 0 is 100, the most is 1,000.
func (q *Queue) Batches(tx *store.Tx, after BatchID, limit int) (list []Batch, next BatchID, err error) {
	if limit <= 0 {
		limit = listDefault
	}
	limit = min(limit, listMost)
	list = []Batch{}
	for id, b := range batchBucket.From(tx, after+1) {
		if len(list) == limit {
			return list, list[limit-1].ID, nil
		}
		list = append(list, b.info(id))
	}
	return list, 0, nil
}

// MarkBatchRead says that a person has seen how a batch ended; one that goes on is left as it is. It returns ErrNoBatch.
func (q *Queue) MarkBatchRead(ctx context.Context, id BatchID) error {
	return q.store.Update(ctx, func(tx *store.Tx) error {
		b, err := getBatch(tx, id)
		if err != nil || b.Finished.IsZero() || b.Read {
			return err
		}
		b.Read = true
		i := b.info(id)
		tx.OnCommit(func() { q.batchWatchers.send(i) })
		return batchBucket.Put(tx, id, b)
	})
}

// OnBatchFinished has hook called in the transaction in which a batch ends, also when it ends anew. What OnNotice says of its hooks holds.
func (q *Queue) OnBatchFinished(hook func(tx *store.Tx, b Batch) error) (stop func()) {
	return q.batchHooks.add(hook)
}

// WatchBatches gives every change of every batch after its commit; see Watch for readers that lag.
func (q *Queue) WatchBatches() (changes <-chan Batch, stop func()) { return q.batchWatchers.add() }

// batchMost is how many batches without open jobs are kept, however young.
const batchMost = 10_000

// pruneBatches removes those in which nothing has changed for longer than jobs are kept.
func (q *Queue) pruneBatches(ctx context.Context) error {
	q.mu.Lock()
	b := q.keeper.of(rootChannel)
	q.mu.Unlock()
	before := int64(q.clock.Board() - max(b[0].age, b[1].age))
	if b[0].age < 0 || b[1].age < 0 {
		before = int64(q.clock.Board() - 100*365*24*time.Hour)
	}
	var old []BatchID
	err := q.store.View(func(tx *store.Tx) error {
		var rest []BatchID
		for id, b := range batchBucket.All(tx) {
			switch {
			case b.open() > 0:
			case b.Board < before:
				old = append(old, id)
			default:
				rest = append(rest, id)
			}
		}
		old = append(old, rest[:max(len(rest)-batchMost, 0)]...)
		return nil
	})
	for err == nil && len(old) > 0 {
		n := min(len(old), piece)
		err = q.store.Update(ctx, func(tx *store.Tx) error {
			for _, id := range old[:n] {
				b, ok, err := batchBucket.Get(tx, id)
				if err != nil || !ok || b.open() > 0 {
					continue
				}
				if err := batchBucket.Delete(tx, id); err != nil {
					return err
				}
			}
			return nil
		})
		old = old[n:]
	}
	return err
}
