package queue_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// TestPruneIsAlive begins with many finished jobs, of which few are kept. They are removed a piece after the other, and with each of them the loop
// says that it is alive.
func TestPruneIsAlive(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const jobs = 4000
		db, clock, kind := storetest.Open(t), queuetest.NewClock(noon), queue.Kind[string]{Name: "test"}
		var said atomic.Int32
		open := func(config queue.Config) *queue.Queue {
			q, err := queue.New(db, clock, config)
			if err != nil {
				t.Fatal(err)
			}
			queue.Register(q, kind, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
			return q
		}
		before := open(queue.Config{Keep: queue.KeepAll})
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			for range jobs {
				if _, err := queue.Enqueue(tx, before, kind, "", queue.Options{}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := before.SetDoneAll(t.Context(), queue.Filter{State: queue.StatePending}); err != nil {
			t.Fatal(err)
		}
		q := open(queue.Config{Keep: queue.Retention{Count: 1}, Alive: func(time.Duration) { said.Add(1) }})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- q.Run(ctx) }()
		synctest.Wait()
		if left := q.Counts()[queue.StateDone]; left > jobs/2 || said.Load() < jobs/2/200 {
			t.Errorf("%d jobs are left, and it said %d times that it is alive", left, said.Load())
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
