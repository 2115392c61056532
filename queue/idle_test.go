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

// A heldClock calls a function when it is next asked for the board time, as it is in the middle of a look whether there is something to do.
type heldClock struct {
	*queuetest.Clock
	next atomic.Pointer[func()]
}

func (c *heldClock) Board() time.Duration {
	if f := c.next.Swap(nil); f != nil {
		(*f)()
	}
	return c.Clock.Board()
}

// idleWorld is a running queue that has nothing to do.
type idleWorld struct {
	*testing.T
	*queue.Queue
	clock *heldClock
	store *store.Store
	kind  queue.Kind[string]
}

func newIdleWorld(t *testing.T, config queue.Config) *idleWorld {
	t.Helper()
	w := &idleWorld{T: t, clock: &heldClock{Clock: queuetest.NewClock(noon)}, store: storetest.Open(t), kind: queue.Kind[string]{Name: "test"}}
	q, err := queue.New(w.store, w.clock, config)
	if err != nil {
		t.Fatal(err)
	}
	w.Queue = q
	queue.Register(q, w.kind, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- q.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	return w
}

func (w *idleWorld) add() {
	w.Helper()
	err := w.store.Update(w.Context(), func(tx *store.Tx) error {
		_, err := queue.Enqueue(tx, w.Queue, w.kind, "x", queue.Options{})
		return err
	})
	if err != nil {
		w.Error(err)
	}
}

// idle begins to wait for Idle, and tells whether that has returned.
func (w *idleWorld) idle() (returned func() bool) {
	done := new(atomic.Bool)
	go func() {
		if err := w.Idle(w.Context()); err != nil {
			w.Error(err)
		}
		done.Store(true)
	}()
	return func() bool {
		synctest.Wait()
		return done.Load()
	}
}

// TestIdleIsOneLook: a job that starts after Idle has looked for handlers, and whose end is in the store by the time that it looks there, has
// not ended for those who are told of it yet.
func TestIdleIsOneLook(t *testing.T) {
	bubble(t, func(t *testing.T) {
		stored, told := make(chan struct{}), make(chan struct{})
		w := newIdleWorld(t, queue.Config{Observe: func(i queue.RunInfo) {
			if i.Outcome == queue.RunDone {
				close(stored)
				<-told
			}
		}})
		between := func() {
			go w.add()
			<-stored
		}
		w.clock.next.Store(&between)
		returned := w.idle()
		if returned() {
			t.Error("Idle returned before the run's end was told")
		}
		close(told)
		if !returned() {
			t.Error("Idle goes on though nothing does")
		}
	})
}

// TestIdleWaitsForTheLoop: what the loop was woken for is something to do before it has begun.
func TestIdleWaitsForTheLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var hold atomic.Bool
		woken := make(chan struct{})
		w := newIdleWorld(t, queue.Config{Keep: queue.Retention{Count: 1}, Alive: func(within time.Duration) {
			if hold.Load() && within > 0 {
				<-woken
			}
		}})
		hold.Store(true)
		for range 10 {
			w.add()
		}
		returned := w.idle()
		if returned() {
			t.Errorf("Idle returned while the loop was about to remove finished jobs: %v", w.Counts())
		}
		hold.Store(false)
		close(woken)
		if !returned() {
			t.Error("Idle goes on though nothing does")
		}
	})
}
