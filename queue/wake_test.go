package queue

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"crema/store"
	"crema/store/storetest"
)

// walkingClock goes with the bubble's time.
type walkingClock struct {
	plainClock
	since time.Time
}

func (c walkingClock) Board() time.Duration { return time.Since(c.since) }
func (c walkingClock) Now() time.Time       { return time.Now() }

// TestLostWakeUps is the row "notify lost": with every wake-up of the loop dropped, jobs that wait for nothing start all the same, since the
// commit that brings them starts them, and those that wait for an hour are a minute late at most.
func TestLostWakeUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := storetest.Open(t)
		q, err := New(s, walkingClock{since: time.Now()}, Config{})
		if err != nil {
			t.Fatal(err)
		}
		q.wake = nil // poke finds nobody
		k := Kind[string]{Name: "x"}
		began := make(chan time.Time, 10)
		Register(q, k, func(context.Context, *Job[string]) (Done, error) {
			began <- time.Now()
			return nil, nil
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- q.Run(ctx) }()
		synctest.Wait() // the loop sleeps
		add := func(o Options) {
			t.Helper()
			err := s.Update(t.Context(), func(tx *store.Tx) error {
				_, err := Enqueue(tx, q, k, "x", o)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		at := time.Now()
		add(Options{})
		if got := <-began; !got.Equal(at) {
			t.Errorf("a job without a wait began after %v", got.Sub(at))
		}
		for _, wait := range []time.Duration{time.Second, 90 * time.Second, time.Hour} {
			at = time.Now()
			add(Options{Delay: wait})
			if late := (<-began).Sub(at) - wait; late < 0 || late > time.Minute {
				t.Errorf("a job that waits for %v began %v late", wait, late)
			}
		}
		at = time.Now()
		add(Options{At: at.Add(10 * time.Second)})
		if late := (<-began).Sub(at) - 10*time.Second; late < 0 || late > time.Minute {
			t.Errorf("a job that waits for an hour of the clock began %v late", late)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
