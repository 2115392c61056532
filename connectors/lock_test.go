package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store/storetest"
)

// TestAdvisoryLock: one key excludes itself, whoever asks, and others don't matter.
func TestAdvisoryLock(t *testing.T) {
	e := &connectors.Environment{Locks: new(connectors.Locks)}
	kitchen, hall := connectors.NewWork(e, connectors.Backend{Name: "kitchen"}), connectors.NewWork(e, connectors.Backend{Name: "hall"})
	unlock, err := kitchen.Lock("a")
	if err != nil {
		t.Fatal(err)
	}
	var locked *connectors.LockedError
	if _, err := hall.Lock("a"); !errors.As(err, &locked) || locked.Name != "a" {
		t.Errorf("a second Lock() = %v, want a *LockedError", err)
	}
	other, err := hall.Lock("b")
	if err != nil {
		t.Errorf("Lock() of another name = %v", err)
	}
	unlock()
	next, err := hall.Lock("a")
	if err != nil {
		t.Errorf("Lock() after the unlock = %v", err)
	}
	unlock() // again: what is now another's stays locked
	if _, err := kitchen.Lock("a"); err == nil {
		t.Error("the second unlock gave away what another task has")
	}
	next()
	other()
	if _, err := connectors.NewWork(&connectors.Environment{}, connectors.Backend{}).Lock("a"); err == nil || errors.As(err, &locked) {
		t.Errorf("Lock() without Locks = %v", err)
	}
}

func TestLockAmongMany(t *testing.T) {
	var locks connectors.Locks
	var inside, most, got atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 2000 {
				unlock, ok := locks.TryLock("one")
				if !ok {
					continue
				}
				got.Add(1)
				if n := inside.Add(1); n > most.Load() {
					most.Store(n)
				}
				inside.Add(-1)
				unlock()
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 || got.Load() == 0 {
		t.Errorf("%d at a time, %d in all, want one at a time", most.Load(), got.Load())
	}
}

// TestLockOfAPanic and wait: a job whose lock another has costs no attempt, and a panic
// frees what it holds.
func TestLockOfAPanic(t *testing.T) {
	q := queuetest.New(t, storetest.Open(t))
	e := &connectors.Environment{Store: q.Store, Locks: new(connectors.Locks)}
	kind := queue.Kind[string]{Name: "lock", MaxRetries: 1}
	queue.Register(q.Queue, kind, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		unlock, err := connectors.NewWork(e, connectors.Backend{Name: "kitchen"}).Lock("the scale")
		if err != nil {
			return nil, connectors.Outcome(fmt.Errorf("weigh: %w", err))
		}
		defer unlock()
		if j.Args == "panics" {
			panic("no weight")
		}
		return nil, nil
	})
	unlock, _ := e.Locks.TryLock("the scale")
	id := queuetest.Enqueue(t, q, kind, "waits", queue.Options{})
	for range 20 {
		if err := q.RunUntilIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if i := q.Info(t, id); i.State != queue.StatePending || i.Attempt != 0 {
			t.Fatalf("while it is locked: %s, attempt %d, want pending, attempt 0", i.State, i.Attempt)
		}
		q.Clock.Advance(time.Second)
	}
	unlock()
	for _, args := range []string{"panics", "works"} {
		next := queuetest.Enqueue(t, q, kind, args, queue.Options{})
		if err := q.RunUntilIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if i := q.Info(t, next); i.State != map[string]queue.State{"panics": queue.StateFailed, "works": queue.StateDone}[args] {
			t.Errorf("%s: %s %s", args, i.State, i.Error)
		}
	}
	q.Clock.Advance(time.Second)
	if err := q.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if i := q.Info(t, id); i.State != queue.StateDone || i.Attempt > 1 {
		t.Errorf("after the unlock: %s, attempt %d", i.State, i.Attempt)
	}
}
