package queue

import (
	"errors"
	"time"

	"crema/store"
)

// refusedRetry is how long the loop waits after the store refused a commit.
const refusedRetry = 10 * time.Second

// refused tells whether an error says only that the store takes no writes for now: the disk is full, or read-only, or did not answer. That is
// no reason to end, as jobs are in the store as they were. It is logged when it begins and when it is over.
func (q *Queue) refused(err error) bool {
	refused := q.store.Err() == nil &&
		(errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrReadOnly) || errors.Is(err, store.ErrDisk))
	switch was := q.refusal; {
	case refused && !was:
		q.log.Error("the store takes nothing for now, trying again until it does", "error", err, "every", refusedRetry)
	case err == nil && was:
		q.log.Info("the store takes what the queue writes again")
	}
	q.refusal = refused
	return refused
}

// once tells whether Run is that of Drain or Perform, which wait for nothing.
func (q *Queue) once() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.current != nil && q.current.once
}
