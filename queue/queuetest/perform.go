package queuetest

import (
	"testing"

	"crema/queue"
)

// Perform runs jobs and what they lead to, now and nothing else (queue.Queue.Perform), whatever hour they wait for; the test fails if one of
// them does not end. That one has failed is no error here: look at its Info.
func Perform(t testing.TB, q *Queue, ids ...queue.ID) {
	t.Helper()
	if err := q.Perform(t.Context(), ids...); err != nil {
		t.Error(err)
	}
}

// EnqueueNow is queue_job's "no delay": it enqueues a job, performs it and what it leads to, and gives how it ended. The outcome is that of a
// queue that runs.
func EnqueueNow[A any](t testing.TB, q *Queue, k queue.Kind[A], args A, o queue.Options) queue.Info {
	t.Helper()
	id := Enqueue(t, q, k, args, o)
	Perform(t, q, id)
	return q.Info(t, id)
}
