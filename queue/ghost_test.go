package queue

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"crema/store"
	"crema/store/storetest"
)

// TestGhostInTheTimers: entries of the timers that no job waits under are taken out. Otherwise the loop would come back to them for ever, or
// take the place of a job that runs.
func TestGhostInTheTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := storetest.Open(t)
		q, err := New(s, walkingClock{since: time.Now()}, Config{})
		if err != nil {
			t.Fatal(err)
		}
		k := Kind[string]{Name: "x"}
		runs := 0
		leave := make(chan struct{})
		Register(q, k, func(context.Context, *Job[string]) (Done, error) {
			runs++
			<-leave
			return nil, nil
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- q.Run(ctx) }()
		synctest.Wait()
		var id ID
		err = s.Update(t.Context(), func(tx *store.Tx) (err error) {
			id, err = Enqueue(tx, q, k, "x", Options{})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // it runs
		before := s.Stats().Ops
		err = s.Update(t.Context(), func(tx *store.Tx) error {
			for _, ghost := range []ID{id, id + 100} {
				if err := timerBucket.Put(tx, dueKey{A: 1, B: ghost}, struct{}{}); err != nil {
					return err
				}
				if err := wallBucket.Put(tx, dueKey{A: 1, B: ghost}, struct{}{}); err != nil {
					return err
				}
			}
			tx.OnCommit(q.poke)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := s.Stats().Ops - before; n > 3 {
			t.Errorf("%d commits to see to four ghosts", n)
		}
		close(leave)
		if err := q.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if i, err := q.Wait(t.Context(), id); err != nil || i.State != StateDone || runs != 1 {
			t.Errorf("job %s: %v, %v, ran %d times", id, i.State, err, runs)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.View(Check); err != nil {
			t.Error(err)
		}
	})
}
