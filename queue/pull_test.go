package queue_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/store"
)

// What waits for its retry is brought to now with the transaction that says so, and not
// without; a job in any other state is left as it is.
func TestPullForward(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) { return nil, g.pass(ctx, j.Args) })
		b.Start(t)
		id := b.add(t, "away", queue.Options{})
		<-g.entered
		pull := func(id queue.ID, also error) error {
			return b.Store.Update(t.Context(), func(tx *store.Tx) error { return errors.Join(b.PullForward(tx, id), also) })
		}
		if err := pull(id, nil); err != nil { // it runs
			t.Fatal(err)
		}
		g.leave <- queue.Snooze(errors.New("away"), time.Hour)
		synctest.Wait()
		if i := b.want(t, id, queue.StatePending); i.Attempt != 0 {
			t.Errorf("attempt %d", i.Attempt)
		}
		if err := pull(id, errors.New("no")); err == nil {
			t.Fatal("the transaction was committed")
		}
		synctest.Wait()
		b.want(t, id, queue.StatePending)
		if err := pull(id, nil); err != nil {
			t.Fatal(err)
		}
		<-g.entered
		g.leave <- nil
		synctest.Wait()
		b.want(t, id, queue.StateDone)
		if err := pull(id, nil); err != nil {
			t.Errorf("of a job that is done: %v", err)
		}
		b.want(t, id, queue.StateDone)
		if err := pull(id+100, nil); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("of a job that is not there: %v", err)
		}
	})
}
