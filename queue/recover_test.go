package queue_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

func TestInterruptedJobRunsAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		work := func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) { return nil, g.pass(ctx, j.Args) }
		b := newBench(t, work, channels("root:2"))
		b.Start(t)
		x, y := b.add(t, "x", queue.Options{IdentityKey: "k"}), b.add(t, "y", queue.Options{})
		z := b.add(t, "z", queue.Options{})
		<-g.entered
		<-g.entered
		again := benchOn(t, powerCut(t, b.Store), b.Clock, nil, channels("root:2"))
		if got := again.Counts(); got[queue.StateStarted] != 2 || got[queue.StatePending] != 1 {
			t.Errorf("Counts() = %v", got)
		}
		again.drain(t)
		for _, id := range []queue.ID{x, y} {
			if i := again.want(t, id, queue.StateDone); i.Interruptions != 1 || i.Attempt != 1 {
				t.Errorf("job %v: interruptions %d, attempt %d; want 1, 1", id, i.Interruptions, i.Attempt)
			}
		}
		if i := again.want(t, z, queue.StateDone); i.Interruptions != 0 {
			t.Errorf("a job that had not started was interrupted %d times", i.Interruptions)
		}
	})
}

func TestJobEndedByHandIsNoOrphan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		release := make(chan struct{})
		b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) { <-release; return nil, nil }, channels("root:1"))
		b.Start(t)
		id := b.add(t, "x", queue.Options{})
		next := b.add(t, "next", queue.Options{})
		synctest.Wait()
		if err := b.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		again := benchOn(t, powerCut(t, b.Store), b.Clock, nil, channels("root:1"))
		again.drain(t)
		if i := again.want(t, id, queue.StateCancelled); i.Interruptions != 0 {
			t.Errorf("interruptions = %d", i.Interruptions)
		}
		again.want(t, next, queue.StateDone)
		close(release)
	})
}

// A wrecker cuts the power while its job runs, again and again.
type wrecker struct {
	t      *testing.T
	s      *store.Store
	clock  *queuetest.Clock
	parked []queue.Info
	before time.Duration // the power goes so long after the start
	steps  bool          // the job commits a step first
}

// cut runs the queue until the job with this name runs, and cuts. It gives the time that passed until the start.
func (w *wrecker) cut(name string) time.Duration {
	w.t.Helper()
	entered := make(chan struct{}, 10)
	b := benchOn(w.t, w.s, w.clock, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args != name {
			return nil, nil
		}
		if w.steps {
			if err := j.Step(ctx, func(*store.Tx) error { return nil }); err != nil {
				return nil, err
			}
		}
		entered <- struct{}{}
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}, w.options)
	start := w.clock.Board()
	stop := b.Start(w.t)
	<-entered
	passed := w.clock.Board() - start
	time.Sleep(w.before)
	synctest.Wait()
	w.s = powerCut(w.t, w.s)
	stop()
	return passed
}

func (w *wrecker) options(c *queue.Config) {
	c.OnParked = func(_ *store.Tx, i queue.Info) error {
		w.parked = append(w.parked, i)
		return errors.New("a hook's error parks all the same")
	}
}

func TestJobThatBringsTheBoardDownIsParked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wrecker{t: t, s: storetest.Open(t), clock: queuetest.NewClock(noon)}
		id := benchOn(t, w.s, w.clock, nil).add(t, "x", queue.Options{})
		s := time.Second
		for n, want := range []time.Duration{0, 0, 0, 0, 0, 15 * s, 30 * s, 60 * s, 120 * s, 240 * s, 480 * s, 900 * s, 900 * s} {
			if got := w.cut("x"); got != want {
				t.Fatalf("start %d came after %v, want %v", n+1, got, want)
			}
			if n == 4 && len(w.parked) != 0 {
				t.Error("parked before five interruptions were found")
			}
		}
		if len(w.parked) != 8 || w.parked[0].ID != id || w.parked[0].Interruptions != 5 || w.parked[0].State != queue.StatePending {
			t.Errorf("parked %d times, first %+v", len(w.parked), w.parked[0])
		}
		b := benchOn(t, w.s, w.clock, nil)
		b.drain(t)
		if i := b.want(t, id, queue.StatePending); i.Attempt != 0 || i.Interruptions != 13 || i.ETA.Sub(b.Clock.Now()) != 900*s {
			t.Errorf("info = %+v", i)
		}
		// A start by hand ends the parking.
		if err := b.Requeue(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		b.drain(t)
		b.want(t, id, queue.StateDone)
	})
}

func TestPullForwardEndsTheParking(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wrecker{t: t, s: storetest.Open(t), clock: queuetest.NewClock(noon)}
		o := queue.Options{IdentityKey: "k"}
		id := benchOn(t, w.s, w.clock, nil).add(t, "x", o)
		for range 5 {
			w.cut("x")
		}
		b := benchOn(t, w.s, w.clock, nil)
		b.drain(t)
		b.want(t, id, queue.StatePending)
		o.PullForward = true
		if found := b.add(t, "x", o); found != id {
			t.Fatalf("found %v, want %v", found, id)
		}
		b.drain(t)
		b.want(t, id, queue.StateDone)
	})
}

// What is to be found also while it runs is not started a second time by the wish to have it soon.
func TestPullForwardLeavesAParkedJobThatRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wrecker{t: t, s: storetest.Open(t), clock: queuetest.NewClock(noon)}
		o := queue.Options{IdentityKey: "k", SkipRunning: true, PullForward: true}
		id := benchOn(t, w.s, w.clock, nil).add(t, "x", o)
		for range 5 {
			w.cut("x")
		}
		g := newGate()
		b := benchOn(t, w.s, w.clock, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) { return nil, g.pass(ctx, j.Args) })
		b.Start(t)
		<-g.entered
		if found := b.add(t, "x", o); found != id {
			t.Fatalf("found %v, want %v", found, id)
		}
		synctest.Wait()
		if i := b.want(t, id, queue.StateStarted); len(g.entered) > 0 || i.Attempt != 1 {
			t.Errorf("it was started again: attempt %d", i.Attempt)
		}
		g.leave <- nil
	})
}

func TestStepEndsTheRow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wrecker{t: t, s: storetest.Open(t), clock: queuetest.NewClock(noon), steps: true}
		benchOn(t, w.s, w.clock, nil).add(t, "x", queue.Options{})
		for n := range 12 {
			if got := w.cut("x"); got != 0 {
				t.Fatalf("start %d came after %v", n+1, got)
			}
		}
		if len(w.parked) != 0 {
			t.Errorf("parked %v", w.parked)
		}
	})
}

func TestAMinuteEndsTheRow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wrecker{t: t, s: storetest.Open(t), clock: queuetest.NewClock(noon), before: 61 * time.Second}
		benchOn(t, w.s, w.clock, nil).add(t, "x", queue.Options{})
		for n := range 12 {
			if got := w.cut("x"); got != 0 {
				t.Fatalf("start %d came after %v", n+1, got)
			}
		}
		w.before = 59 * time.Second
		for range 4 { // the cut before, of a long run, is the first of the row: see edit.interrupted
			w.cut("x")
		}
		if got := w.cut("x"); got != 15*time.Second {
			t.Errorf("after runs of 59 s the next start came after %v, want 15 s", got)
		}
	})
}

func TestParkedJobIsTriedAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wrecker{t: t, s: storetest.Open(t), clock: queuetest.NewClock(noon)}
		id := benchOn(t, w.s, w.clock, nil).add(t, "x", queue.Options{})
		for range 5 {
			w.cut("x")
		}
		var now atomic.Int32
		g := newGate()
		b := benchOn(t, w.s, w.clock, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			n := now.Add(1)
			defer now.Add(-1)
			if j.Args == "x" && n != 1 {
				t.Errorf("tried with %d others", n-1)
			}
			if j.Args == "x" || j.Args == "long" {
				return nil, g.pass(ctx, j.Args)
			}
			return nil, nil
		})
		b.Start(t)
		long := b.add(t, "long", queue.Options{})
		<-g.entered
		time.Sleep(15 * time.Second)
		synctest.Wait()
		b.want(t, id, queue.StateEnqueued) // taken, waits for the others to end
		if got := b.Counts(); got[queue.StateEnqueued] != 1 || got[queue.StateStarted] != 1 {
			t.Errorf("Counts() = %v", got)
		}
		queuetest.Check(t, b.Store)
		behind := b.add(t, "behind", queue.Options{Priority: ptr(0)})
		b.want(t, behind, queue.StatePending)
		g.leave <- nil // long
		if got := <-g.entered; got != "x" {
			t.Fatalf("%s started", got)
		}
		b.want(t, long, queue.StateDone)
		b.want(t, behind, queue.StatePending)
		time.Sleep(61 * time.Second) // it has proved itself: the others may come
		synctest.Wait()
		b.want(t, behind, queue.StateDone)
		b.want(t, id, queue.StateStarted)
		g.leave <- nil
		synctest.Wait()
		b.want(t, id, queue.StateDone)
	})
}

func TestPausedParkedJobHoldsUpNobody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tree := channels("root:4,root.machine:1")
		w := &wrecker{t: t, s: storetest.Open(t), clock: queuetest.NewClock(noon)}
		id := benchOn(t, w.s, w.clock, nil, tree).add(t, "x", queue.Options{Channel: "machine"})
		for range 5 {
			w.cut("x")
		}
		b := benchOn(t, w.s, w.clock, nil, tree)
		if err := b.PauseChannel(t.Context(), "machine", true); err != nil {
			t.Fatal(err)
		}
		b.drain(t) // finds the fifth interruption
		b.Clock.Advance(time.Hour)
		b.drain(t)
		b.want(t, id, queue.StateEnqueued)
		other := b.add(t, "other", queue.Options{})
		b.drain(t)
		b.want(t, other, queue.StateDone)
		if err := b.PauseChannel(t.Context(), "machine", false); err != nil {
			t.Fatal(err)
		}
		b.drain(t)
		b.want(t, id, queue.StateDone)
	})
}

func TestSoftStopKeepsTheRow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wrecker{t: t, s: storetest.Open(t), clock: queuetest.NewClock(noon)}
		id := benchOn(t, w.s, w.clock, nil).add(t, "x", queue.Options{})
		for range 5 {
			w.cut("x")
		}
		b := benchOn(t, w.s, w.clock, func(ctx context.Context, _ *queue.Job[string]) (queue.Done, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		})
		stop := b.Start(t)
		time.Sleep(16 * time.Second)
		synctest.Wait()
		b.want(t, id, queue.StateStarted)
		stop()
		b.want(t, id, queue.StateEnqueued)
		w.s = b.Store
		w.cut("x")
		if got := w.cut("x"); got != 30*time.Second {
			t.Errorf("next start after %v, want 30 s", got)
		}
	})
}

func TestPruning(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Args == "bad" {
				return nil, queue.Permanent(errors.New("bad"))
			}
			return nil, nil
		}, func(c *queue.Config) { c.Keep = queue.Retention{Age: 30 * 24 * time.Hour, Count: 300, FailedCount: 50} })
		add := func(n int, args string) {
			b.Update(t, func(tx *store.Tx) error {
				for i := range n {
					if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, args, queue.Options{Related: fmt.Sprint(i)}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		b.Start(t)
		add(1000, "good")
		add(200, "bad")
		synctest.Wait()
		c := b.Counts()
		if c[queue.StateDone] < 300 || c[queue.StateDone] > 330 || c[queue.StateFailed] < 50 || c[queue.StateFailed] > 55 {
			t.Errorf("Counts() = %v, want about 300 done and 50 failed", c)
		}
		if got := b.Jobs(t, queue.Filter{State: queue.StateDone}); len(got) != c[queue.StateDone] || got[len(got)-1].ID != 1000 {
			t.Errorf("%d done jobs kept, the last %v", len(got), got[len(got)-1].ID)
		}
		slow := b.add(t, "good", queue.Options{Delay: 29 * 24 * time.Hour})
		time.Sleep(31 * 24 * time.Hour)
		synctest.Wait()
		c = b.Counts()
		if c[queue.StateDone] != 1 || c[queue.StateFailed] < 50 {
			t.Errorf("after a month: Counts() = %v, want one done and the failed", c)
		}
		b.want(t, slow, queue.StateDone) // it was enqueued long ago, but finished lately
	})
}
