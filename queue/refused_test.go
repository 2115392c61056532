package queue_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// A moody store refuses its commits while refuses holds an error.
func moodyStore(t *testing.T) (s *store.Store, refuses *atomic.Value) {
	t.Helper()
	refuses = new(atomic.Value)
	refuses.Store(refusal{})
	s, err := store.Open(filepath.Join(t.TempDir(), "moody.db"), store.Options{Stamp: func(*store.Tx) error { return refuses.Load().(refusal).err }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, refuses
}

type refusal struct{ err error }

// A disk that is full, or refuses to write, for a while does not end Run: what was due starts when there is room.
func TestStoreThatRefusesForAWhile(t *testing.T) {
	for _, why := range []error{store.ErrFull, store.ErrReadOnly, store.ErrDisk} {
		t.Run(why.Error(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, refuses := moodyStore(t)
				b := benchOn(t, s, queuetest.NewClock(noon), nil)
				b.Start(t)
				id := b.add(t, "later", queue.Options{Delay: time.Minute})
				synctest.Wait()
				refuses.Store(refusal{why})
				time.Sleep(10 * time.Minute)
				b.want(t, id, queue.StatePending)
				refuses.Store(refusal{})
				time.Sleep(time.Minute)
				b.want(t, id, queue.StateDone)
			})
		})
	}
}

// It does not keep a program from starting either: a page can say why, and what is put back is put back later.
func TestStoreThatRefusesAtTheStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, refuses := moodyStore(t)
		clock := queuetest.NewClock(noon)
		b := benchOn(t, s, clock, nil)
		id := b.add(t, "x", queue.Options{})
		refuses.Store(refusal{store.ErrFull})
		stop := b.Start(t)
		time.Sleep(10 * time.Minute)
		b.want(t, id, queue.StatePending)
		refuses.Store(refusal{})
		time.Sleep(time.Minute)
		b.want(t, id, queue.StateDone)
		refuses.Store(refusal{store.ErrFull})
		stop() // without an error: the tally is counted at the next start
		refuses.Store(refusal{})
		again := benchOn(t, s, clock, nil)
		again.drain(t)
		if n := again.Counts()[queue.StateDone]; n != 1 {
			t.Errorf("%d jobs are done, want 1", n)
		}
	})
}

// A commit that was on its way to the disk when Run began to end, and started a job, leaves no job without a handler.
func TestStartOnItsWayAtTheStopIsPutBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		synctest.Wait()
		var id queue.ID
		release := make(chan struct{})
		go b.Update(t, func(tx *store.Tx) (err error) {
			id, err = queue.Enqueue(tx, b.Queue.Queue, b.kind, "x", queue.Options{})
			<-release // the disk is slow
			return err
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(release)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if i := b.want(t, id, queue.StatePending); i.Attempt != 0 || i.Interruptions != 0 {
			t.Errorf("after a stop in good order: attempt %d, interruptions %d", i.Attempt, i.Interruptions)
		}
		b.drain(t)
		if i := b.want(t, id, queue.StateDone); i.Interruptions != 0 {
			t.Errorf("interruptions = %d", i.Interruptions)
		}
	})
}

// What is enqueued while Run recovers starts nothing before all is put back that the last process left running.
func TestRecoveryComesBeforeTheFirstStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		first := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) { return nil, g.pass(ctx, j.Args) },
			channels("root:2"))
		first.Start(t)
		orphan := first.add(t, "orphan", queue.Options{})
		synctest.Wait()
		b := benchOn(t, powerCut(t, first.Store), first.Clock, nil, channels("root:2"))
		b.want(t, orphan, queue.StateStarted)
		release := make(chan struct{})
		go b.Update(t, func(tx *store.Tx) error {
			<-release
			id, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "new", queue.Options{})
			if err != nil {
				return err
			}
			i, err := b.Get(tx, id)
			if i.State != queue.StatePending {
				t.Errorf("job %s is %s before job %s was put back", id, i.State, orphan)
			}
			return err
		})
		synctest.Wait()
		b.Start(t)
		synctest.Wait() // Run waits for its first commit
		close(release)
		if err := b.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if i := b.want(t, orphan, queue.StateDone); i.Interruptions != 1 {
			t.Errorf("interruptions = %d", i.Interruptions)
		}
	})
}
