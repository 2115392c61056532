package queue_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/store"
)

// TestScheduleLooks is a schedule that has something to do at one hour of a day: at the others nothing is written.
func TestScheduleLooks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		var looks atomic.Int32
		var what atomic.Pointer[func(context.Context) (bool, error)]
		nothing := func(context.Context) (bool, error) { return false, nil }
		what.Store(&nothing)
		err := b.Schedule("nightly", "0 * * * *", nil, func(tx *store.Tx) (queue.ID, error) {
			return queue.Enqueue(tx, b.Queue.Queue, b.kind, b.Clock.Now().Format(time.DateTime), queue.Options{})
		}, queue.ScheduleOptions{Look: func(ctx context.Context) (bool, error) {
			looks.Add(1)
			return (*what.Load())(ctx)
		}})
		if err != nil {
			t.Fatal(err)
		}
		b.Start(t)
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		commits := b.Store.Stats().Commits
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := b.Store.Stats().Commits - commits; n != 0 || looks.Load() != 24 || len(b.runs()) != 0 {
			t.Errorf("a day with nothing to do: %d commits, %d looks, runs %q; want 0, 24, none", n, looks.Load(), b.runs())
		}
		err = b.Store.View(func(tx *store.Tx) error {
			list, err := b.Schedules(tx)
			if len(list) != 1 || list[0].Next != noon.Add(25*time.Hour) || !list[0].Last.IsZero() {
				t.Errorf("Schedules() = %+v", list)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}

		runs := 0
		for what2, look := range map[string]func(context.Context) (bool, error){
			"something to do": func(context.Context) (bool, error) { return true, nil },
			"an error":        func(context.Context) (bool, error) { return false, errors.New("no answer") },
			"a panic":         func(context.Context) (bool, error) { panic("oops") },
			"one that hangs":  func(ctx context.Context) (bool, error) { <-ctx.Done(); return false, ctx.Err() },
		} {
			what.Store(&look)
			time.Sleep(time.Hour)
			synctest.Wait()
			what.Store(&nothing)
			time.Sleep(time.Hour)
			synctest.Wait()
			if runs++; len(b.runs()) != runs {
				t.Errorf("%s: runs %q, want %d", what2, b.runs(), runs)
			}
		}

		// The clock goes back by a day and on again: each hour that comes is looked at, none in a burst.
		before := looks.Load()
		b.Clock.Jump(-24 * time.Hour)
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if n := looks.Load() - before; n < 2 || n > 4 {
			t.Errorf("in three hours after a jump back it looked %d times", n)
		}
		before = looks.Load()
		b.Clock.Jump(30 * 24 * time.Hour)
		synctest.Wait()
		if n := looks.Load() - before; n != 1 {
			t.Errorf("after a jump by a month it looked %d times, want once", n)
		}
	})
}
