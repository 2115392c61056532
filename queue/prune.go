package queue

import (
	"context"
	"math"

	"crema/store"
)

// leaveBytes is what is left of the finished jobs even where the store is nearly full: there is no room to be had from them.
const leaveBytes = 1 << 20

// prune removes finished jobs that are more, or older, than Config.Keep allows: a piece a commit, so that nobody waits long. Only the loop of
// Run calls it.
func (q *Queue) prune(ctx context.Context) error {
	for _, s := range q.overfull() {
		if err := q.cut(ctx, s); err != nil {
			return err
		}
	}
	total := q.keeper.all.Total
	if held := q.held(); total >= 0 && held > total+byteSlack(total) {
		if err := q.shrink(ctx, total); err != nil {
			return err
		}
	}
	if err := q.relieve(ctx); err != nil {
		return err
	}
	if board := q.clock.Board(); q.aged == 0 || board-q.aged >= housekeeping {
		q.aged = max(board, 1)
		if err := q.pruneOld(ctx); err != nil {
			return err
		}
		if err := q.pruneNotices(ctx); err != nil {
			return err
		}
		return q.pruneBatches(ctx)
	}
	return nil
}

// cut removes what a shelf has too much by number or bytes.
func (q *Queue) cut(ctx context.Context, s shelf) error {
	for {
		jobs, bytes := q.excess(s)
		if jobs == 0 && bytes == 0 {
			return nil
		}
		removed, err := q.removeFrom(ctx, s, jobs, bytes, math.MinInt64)
		if err != nil || removed == 0 {
			return err
		}
	}
}

// shrink removes jobs until all the shelves together hold no more than so many bytes; those that hold most give what they have above the
// others.
func (q *Queue) shrink(ctx context.Context, goal int64) error {
	stuck := map[shelf]bool{} // what is left there can't be removed
	for {
		held := q.held()
		s, above, found := q.largest(goal, stuck)
		if held <= goal || !found {
			return nil
		}
		removed, err := q.removeFrom(ctx, s, 0, above, math.MinInt64)
		if err != nil {
			return err
		}
		stuck[s] = removed == 0
	}
}

// relieve makes room in a store that is nearly full.
func (q *Queue) relieve(ctx context.Context) error {
	for q.full.Load() {
		if q.store.Stats().Fill() < fullAt {
			q.full.Store(false)
			return nil
		}
		held := q.held()
		if held <= leaveBytes {
			return nil
		}
		q.log.Warn("the store is nearly full: half of the finished jobs are removed", "bytes", held)
		if err := q.shrink(ctx, max(held/2, leaveBytes)); err != nil {
			return err
		}
		if q.held() >= held {
			return nil
		}
	}
	return nil
}

// pruneOld removes what has ended longer ago than its channel's bounds allow.
func (q *Queue) pruneOld(ctx context.Context) error {
	board := q.clock.Board()
	for _, s := range q.shelves() {
		age := q.bound(s).age
		if age < 0 {
			continue
		}
		for {
			removed, err := q.removeFrom(ctx, s, 0, 0, int64(board-age))
			if err != nil {
				return err
			}
			if removed == 0 {
				break
			}
		}
	}
	return nil
}

// removeFrom removes up to a piece of a shelf's jobs, the one that ended first before the others: until so many jobs and so many bytes are
// gone, and all that ended before an hour of board time. It tells how many there were.
func (q *Queue) removeFrom(ctx context.Context, s shelf, jobs int, bytes, before int64) (int, error) {
	var keys []shelfKey
	err := q.store.View(func(tx *store.Tx) error {
		for k, v := range shelfBucket.Prefix(tx, store.Leading(store.StringKey(), string(s))) {
			if jobs <= 0 && bytes <= 0 && k.B >= before || len(keys) == piece {
				break
			}
			if !q.removable(tx, k.C) || s.sort() == 1 && blocks(tx, k.C, s.channel()) {
				continue
			}
			keys = append(keys, k)
			jobs--
			bytes -= v.Size
		}
		return nil
	})
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	q.config.Alive(workWithin) // there may be hundreds of pieces
	return len(keys), q.store.Update(ctx, func(tx *store.Tx) error { return q.remove(tx, keys) })
}

// removable tells whether a finished job may go. One whose handler has not returned keeps its place until it has.
func (q *Queue) removable(tx *store.Tx, id ID) bool {
	return !runBucket.Has(tx, id)
}

// remove takes finished jobs out of the store, and all that belongs to them.
func (q *Queue) remove(tx *store.Tx, keys []shelfKey) error {
	numbers := tally{}
	tied := !edgeBucket.Empty(tx)
	for _, k := range keys {
		v, ok, err := shelfBucket.Get(tx, k)
		if err != nil {
			return err
		}
		if !ok || v.State == StateFailed && blocks(tx, k.C, shelf(k.A).channel()) {
			continue // started anew by hand meanwhile, or its channel became sequential
		}
		if err := q.forget(tx, k.C, v.State); err != nil {
			return err
		}
		if tied {
			if err := forgetEdges(tx, k.C); err != nil {
				return err
			}
		}
		if err := shelfBucket.Delete(tx, k); err != nil {
			return err
		}
		numbers.add(shelf(k.A).channel(), v.State, -1)
		numbers.addBytes(shelf(k.A), -v.Size)
	}
	return q.adjust(tx, numbers)
}

// forget removes a finished job's record, arguments and log, and, of one that was ended by hand, which children it would wait for. It reads none of them: what can't be read any more goes too.
func (q *Queue) forget(tx *store.Tx, id ID, s State) error {
	if err := bucketOf(s).Delete(tx, id); err != nil {
		return err
	}
	if err := logBucket.Delete(tx, id); err != nil {
		return err
	}
	for k := range depBucket.Prefix(tx, store.Leading(store.Uint64KeyOf[ID](), id)) {
		if err := depBucket.Delete(tx, k); err != nil {
			return err
		}
	}
	return argsBucket.Delete(tx, id)
}
