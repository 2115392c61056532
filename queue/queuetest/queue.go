package queuetest

import (
	"context"
	"testing"
	"time"

	"crema/queue"
	"crema/store"
)

// A Queue is a real queue on a real store, with the test's clock.
type Queue struct {
	*queue.Queue
	Clock *Clock
	Store *store.Store
}

// New makes a queue on s. Its clock is trusted and shows noon of 1 June 2026 UTC; it has four places, "root:4", unless an option says
// otherwise. At the test's end the queue's buckets are checked.
func New(t testing.TB, s *store.Store, options ...func(*queue.Config)) *Queue {
	t.Helper()
	return WithClock(t, s, NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)), options...)
}

// WithClock is New with a clock of the test's choice: one that goes on over a reopening of the store, say.
func WithClock(t testing.TB, s *store.Store, c *Clock, options ...func(*queue.Config)) *Queue {
	t.Helper()
	config := queue.Config{Channels: "root:4"}
	for _, o := range options {
		o(&config)
	}
	q, err := queue.New(s, c, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Check(t, s) })
	return &Queue{Queue: q, Clock: c, Store: s}
}

// RunUntilIdle is queue.Queue.Drain: it runs the queue until nothing is left that could be done now, and stops it. Jobs that wait for an hour
// stay: move the clock and call it again.
func (q *Queue) RunUntilIdle(ctx context.Context) error { return q.Drain(ctx) }

// Start runs the queue until the test ends, or stop is called; an error of Run fails the test.
func (q *Queue) Start(t testing.TB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run() = %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// Update runs fn in a transaction of the queue's store and fails the test if that fails.
func (q *Queue) Update(t testing.TB, fn func(*store.Tx) error) {
	t.Helper()
	if err := q.Store.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// Info gives what is known of a job; the test fails if it is not there.
func (q *Queue) Info(t testing.TB, id queue.ID) queue.Info {
	t.Helper()
	var i queue.Info
	err := q.Store.View(func(tx *store.Tx) (err error) {
		i, err = q.Get(tx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// Jobs lists all jobs that f chooses, the oldest first.
func (q *Queue) Jobs(t testing.TB, f queue.Filter) []queue.Info {
	t.Helper()
	var all []queue.Info
	for {
		err := q.Store.View(func(tx *store.Tx) error {
			page, next, err := q.List(tx, f)
			all = append(all, page...)
			f.After = next
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if f.After == 0 {
			return all
		}
	}
}

// Check fails the test if the queue's buckets don't agree.
func Check(t testing.TB, s *store.Store) {
	t.Helper()
	if err := s.View(queue.Check); err != nil {
		t.Errorf("Check() = %v", err)
	}
}

// Enqueue adds a job in a transaction of its own and fails the test if that fails.
func Enqueue[A any](t testing.TB, q *Queue, k queue.Kind[A], args A, o queue.Options) queue.ID {
	t.Helper()
	var id queue.ID
	q.Update(t, func(tx *store.Tx) (err error) {
		id, err = queue.Enqueue(tx, q.Queue, k, args, o)
		return err
	})
	return id
}
