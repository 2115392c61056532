package queue

import (
	"context"

	"crema/store"
)

// Idle blocks until Run has nothing to do: no handler goes on, and every job that is left waits for an hour that has not come, for its
// children, for a paused channel, or for a program that knows it. It is for tests and orderly ends; it returns ctx's error.
func (q *Queue) Idle(ctx context.Context) error {
	for {
		changed := q.idle.next()
		idle, err := q.isIdle()
		if err != nil {
			return err
		}
		if idle {
			select {
			case <-changed: // while this looked: what memory said may be older than what the store said
				continue
			default:
				return nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// isIdle looks at memory, and then at the store once.
func (q *Queue) isIdle() (idle bool, err error) {
	q.mu.Lock()
	busy := len(q.live) > 0 || q.tally == nil || !q.running
	q.mu.Unlock()
	if busy || q.asked.Load() != q.answered.Load() {
		return false, nil
	}
	if !q.works() {
		return true, nil
	}
	err = q.store.View(func(tx *store.Tx) error {
		a, err := q.agenda(tx)
		if err != nil || a.due || !runBucket.Empty(tx) {
			return err
		}
		for _, s := range q.scheduled() {
			last, known, err := s.last(tx)
			if err != nil {
				return err
			}
			if q.chosen.Load() == nil && q.clock.Trusted() && (!known || s.due(last, q.clock.Now(), q.clock.Board())) {
				return nil
			}
		}
		idle = true
		return nil
	})
	return idle, err
}
