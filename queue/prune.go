package queue

import (
	"context"

	"crema/store"
)

// prune removes finished jobs that are more, or older, than Config.Keep allows: a piece a commit, so that nobody waits long. Only the loop of
// Run calls it.
func (q *Queue) prune(ctx context.Context) error {
	keep := q.config.Keep
	for _, of := range []struct {
		state State
		limit int
	}{{StateDone, keep.Count}, {StateFailed, keep.Failed}} {
		if q.counted(of.state) <= of.limit+slack(of.limit) {
			continue
		}
		for excess := q.counted(of.state) - of.limit; excess > 0; excess = q.counted(of.state) - of.limit {
			removed, err := q.removeSome(ctx, of.state, min(excess, piece), func(*stored) (bool, bool) { return true, true })
			if err != nil {
				return err
			}
			if removed == 0 {
				break
			}
		}
	}
	if board := q.clock.Board(); q.aged == 0 || board-q.aged >= housekeeping {
		q.aged = max(board, 1)
		for {
			removed, err := q.removeSome(ctx, StateDone, piece, q.old)
			if err != nil || removed == 0 {
				return err
			}
		}
	}
	return nil
}

// slack keeps pruning from making a commit for every job that ends.
func slack(limit int) int { return min(limit/10, piece) }

func (q *Queue) counted(s State) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.tally.state(s)
}

// overfullLocked tells whether the loop has to be woken for pruning.
func (q *Queue) overfullLocked() bool {
	keep := q.config.Keep
	return q.tally.state(StateDone) > keep.Count+slack(keep.Count) || q.tally.state(StateFailed) > keep.Failed+slack(keep.Failed)
}

// old tells whether a done job has outlived its use. Ids rise with the hour of the enqueue, so the walk ends at the first young one.
func (q *Queue) old(s *stored) (remove, goOn bool) {
	before := int64(q.clock.Board() - q.config.Keep.Age)
	return s.Ended < before, s.Born < before
}

// removeSome removes up to most of the finished jobs that choose picks, the oldest first.
func (q *Queue) removeSome(ctx context.Context, state State, most int, choose func(*stored) (remove, goOn bool)) (int, error) {
	var ids []ID
	bucket := bucketOf(state)
	err := q.store.View(func(tx *store.Tx) error {
		for id, s := range bucket.All(tx) {
			remove, goOn := choose(&s)
			if remove && goOn && !runBucket.Has(tx, id) {
				ids = append(ids, id)
			}
			if !goOn || len(ids) == most {
				break
			}
		}
		return nil
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return len(ids), q.store.Update(ctx, func(tx *store.Tx) error { return q.remove(tx, state, ids) })
}

func (q *Queue) remove(tx *store.Tx, state State, ids []ID) error {
	numbers := tally{}
	bucket := bucketOf(state)
	for _, id := range ids {
		s, ok, err := bucket.Get(tx, id)
		if err != nil {
			return err
		}
		if !ok {
			continue // started anew by hand meanwhile
		}
		if err := bucket.Delete(tx, id); err != nil {
			return err
		}
		if err := argsBucket.Delete(tx, id); err != nil {
			return err
		}
		numbers.add(s.Channel, state, -1)
	}
	return q.adjust(tx, numbers)
}
