package queue_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// TestDeadJobDetection is the row "dead job detection": a handler that vanishes costs its attempt at once, not after a time of silence, and
// the last attempt fails the job.
func TestDeadJobDetection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) {
			runtime.Goexit()
			return nil, nil
		}, channels("root:1"))
		b.Start(t)
		id := b.add(t, "x", queue.Options{MaxRetries: ptr(2)})
		synctest.Wait() // no time passes in here
		if i := b.want(t, id, queue.StatePending); i.Attempt != 1 || !strings.Contains(i.Error, "ended its goroutine") || i.ETA.IsZero() {
			t.Errorf("after the first: attempt %d, eta %v, error %q", i.Attempt, i.ETA, i.Error)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if i := b.want(t, id, queue.StateFailed); i.Attempt != 2 || !strings.Contains(i.Error, "max retries (2)") {
			t.Errorf("after the second: attempt %d, error %q", i.Attempt, i.Error)
		}
		if n := len(b.runs()); n != 2 {
			t.Errorf("it ran %d times, want 2", n)
		}
	})
}

// TestHeartbeatLease is the row "heartbeat/lease": a worker that comes back after its job was given to another can write nothing.
func TestHeartbeatLease(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, clock := storetest.Open(t), queuetest.NewClock(noon)
		wake, woken := make(chan struct{}), make(chan error, 1)
		stale := benchOn(t, s, clock, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			<-wake // whatever its context says
			woken <- j.Step(context.Background(), func(tx *store.Tx) error { return notes.Put(tx, "step", "stale") })
			return func(tx *store.Tx) error { return notes.Put(tx, "done", "stale") }, nil
		}, func(c *queue.Config) { c.Grace = time.Second })
		id := stale.add(t, "x", queue.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- stale.Run(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "did not return") {
			t.Fatalf("Run() = %v, want an error that names the handler", err)
		}

		fresh := benchOn(t, s, clock, func(context.Context, *queue.Job[string]) (queue.Done, error) {
			return func(tx *store.Tx) error { return notes.Put(tx, "done", "fresh") }, nil
		})
		fresh.drain(t)
		close(wake)
		if err := <-woken; !errors.Is(err, queue.ErrLeaseLost) {
			t.Errorf("Step() = %v, want ErrLeaseLost", err)
		}
		synctest.Wait()
		fresh.want(t, id, queue.StateDone)
		if step, done := note(t, s, "step"), note(t, s, "done"); step != "" || done != "fresh" {
			t.Errorf("the stale worker wrote: step %q, done %q", step, done)
		}
	})
}
