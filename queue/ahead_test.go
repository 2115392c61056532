package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// A slowDisk holds back commits while it is stopped.
type slowDisk struct {
	mu      sync.Mutex
	held    bool
	waiting chan struct{} // a commit waits
	goOn    chan struct{}
}

func newSlowDisk() *slowDisk {
	return &slowDisk{waiting: make(chan struct{}, 100), goOn: make(chan struct{})}
}

func (d *slowDisk) hold(held bool) {
	d.mu.Lock()
	d.held = held
	d.mu.Unlock()
}

// stamp is the last thing that a commit does before it is written.
func (d *slowDisk) stamp(*store.Tx) error {
	d.mu.Lock()
	held := d.held
	d.mu.Unlock()
	if held {
		d.waiting <- struct{}{}
		<-d.goOn
	}
	return nil
}

func (d *slowDisk) open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "crema.db"), store.Options{Stamp: d.stamp})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// aheadBench is a bench of a kind with Ahead, whose handlers wait at the gate, with so many jobs that wait in the line.
func aheadBench(t *testing.T, d *slowDisk, g *gate, waiting int, options ...func(*queue.Config)) (*bench, []queue.ID) {
	t.Helper()
	b := &bench{Queue: queuetest.WithClock(t, d.open(t), queuetest.NewClock(noon), options...), kind: queue.Kind[string]{Name: "test", Ahead: true}}
	queue.Register(b.Queue.Queue, b.kind, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		b.mu.Lock()
		b.ran = append(b.ran, j.Args)
		b.mu.Unlock()
		if err := g.pass(ctx, j.Args); err != nil {
			return nil, err
		}
		return func(tx *store.Tx) error { return notes.Put(tx, "done "+j.Args, "x") }, nil
	})
	var ids []queue.ID
	for i := range waiting {
		ids = append(ids, b.add(t, fmt.Sprint(i), queue.Options{}))
	}
	b.Start(t)
	return b, ids
}

// While the end of a job is being written, the next one runs already; both are committed once.
func TestAheadGoesOnDuringTheCommit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, g := newSlowDisk(), newGate()
		b, ids := aheadBench(t, d, g, 6, channels("root:2"))
		first, second := <-g.entered, <-g.entered
		g.leave <- nil // its commit finds out what is next
		third := <-g.entered
		d.hold(true)
		g.leave <- nil
		<-d.waiting
		fourth := <-g.entered // while the commit waits
		if got := []string{min(first, second), max(first, second), third, fourth}; !slices.Equal(got, []string{"0", "1", "2", "3"}) {
			t.Errorf("began in the order %v", got)
		}
		b.want(t, ids[3], queue.StatePending) // as far as the disk knows
		d.hold(false)
		d.goOn <- struct{}{}
		synctest.Wait()
		if i := b.want(t, ids[3], queue.StateStarted); i.Attempt != 1 {
			t.Errorf("info = %+v", i)
		}
		for range 6 - 2 {
			g.leave <- nil
		}
		synctest.Wait()
		for n, id := range ids {
			if i := b.want(t, id, queue.StateDone); i.Attempt != 1 || i.Interruptions != 0 || note(t, b.Store, fmt.Sprint("done ", n)) == "" {
				t.Errorf("info = %+v", i)
			}
		}
		if len(b.runs()) != 6 {
			t.Errorf("ran %v", b.runs())
		}
		queuetest.Check(t, b.Store)
	})
}

// What was begun ahead and is cut off before its commit runs again, and is not called interrupted.
func TestAheadAndThePowerIsCut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, g := newSlowDisk(), newGate()
		b, ids := aheadBench(t, d, g, 4, channels("root:2"))
		<-g.entered
		<-g.entered
		g.leave <- nil
		<-g.entered
		d.hold(true)
		g.leave <- nil
		<-d.waiting
		<-g.entered
		cut := powerCut(t, b.Store)
		again := benchOn(t, cut, queuetest.NewClock(noon), nil, channels("root:2"))
		again.drain(t)
		interruptions := 0
		for _, id := range ids {
			interruptions += again.want(t, id, queue.StateDone).Interruptions
		}
		if last := again.Info(t, ids[3]).Interruptions; interruptions != 2 || last != 0 {
			t.Errorf("%d interruptions, %d of the one that was begun ahead; want 2, 0", interruptions, last)
		}
		d.hold(false)
		d.goOn <- struct{}{}
		close(g.leave)
	})
}

// A job that is cancelled while it is begun ahead commits nothing, and keeps its place until its handler has returned.
func TestAheadOfACancelledJob(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, g := newSlowDisk(), newGate()
		b, ids := aheadBench(t, d, g, 5, channels("root:2"))
		<-g.entered
		<-g.entered
		g.leave <- nil
		<-g.entered
		cancelled := make(chan error, 1)
		d.hold(true)
		g.leave <- nil // job 1 or 2 ends: 3 is begun ahead of its commit
		<-d.waiting
		<-g.entered
		go func() { cancelled <- b.Cancel(t.Context(), ids[3]) }()
		synctest.Wait()
		d.hold(false)
		d.goOn <- struct{}{}
		if err := <-cancelled; err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		close(g.leave)
		synctest.Wait()
		b.want(t, ids[3], queue.StateCancelled)
		if note(t, b.Store, "done 3") != "" {
			t.Error("a cancelled job has committed")
		}
		for _, n := range []int{0, 1, 2, 4} {
			b.want(t, ids[n], queue.StateDone)
		}
		queuetest.Check(t, b.Store)
	})
}

// The kind has to ask for it, and it is not done where jobs come one after the other.
func TestAheadIsNotForEveryChannel(t *testing.T) {
	for _, c := range []string{"root:1", "root:2,root.a:1", "root:2,root.a:1:sequential", "root:2,root.a:2:throttle=1"} {
		t.Run(c, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d, g := newSlowDisk(), newGate()
				b, _ := aheadBench(t, d, g, 0, channels(c))
				for i := range 4 {
					b.add(t, fmt.Sprint(i), queue.Options{Channel: "a"})
				}
				for range 2 {
					<-g.entered
					synctest.Wait()
					before := len(g.entered)
					d.hold(true)
					g.leave <- nil
					<-d.waiting
					synctest.Wait()
					if len(g.entered) > before {
						t.Error("a job began before the commit")
					}
					d.hold(false)
					d.goOn <- struct{}{}
					b.Clock.Advance(time.Minute)
					time.Sleep(time.Minute) // false time
				}
				close(g.leave)
			})
		})
	}
}

// Perform runs the job that it was asked for and no other, also of such a kind.
func TestAheadOfNothingButTheChosen(t *testing.T) {
	b := &bench{Queue: queuetest.New(t, newSlowDisk().open(t), channels("root:2")), kind: queue.Kind[string]{Name: "test", Ahead: true}}
	queue.Register(b.Queue.Queue, b.kind, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.ran = append(b.ran, j.Args)
		return nil, nil
	})
	var ids []queue.ID
	for i := range 6 {
		ids = append(ids, b.add(t, fmt.Sprint(i), queue.Options{}))
	}
	for _, n := range []int{3, 1, 4} {
		if err := b.Queue.Queue.Perform(t.Context(), ids[n]); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.runs(); !slices.Equal(got, []string{"3", "1", "4"}) {
		t.Errorf("ran %v, want 3, 1, 4", got)
	}
	b.drain(t)
	if got := b.runs(); len(got) != 6 {
		t.Errorf("ran %v, want each of six once", got)
	}
}

// A crowd of quick jobs that fail, are tried again, cancelled, paused: never more handlers than places, each done job has committed once,
// and nothing is left over.
func TestAheadInACrowd(t *testing.T) {
	const jobs, places = 400, 3
	var handlers, most atomic.Int32
	b := &bench{Queue: queuetest.New(t, newSlowDisk().open(t), channels("root:3,root.a:2")), kind: queue.Kind[string]{Name: "test", Ahead: true,
		Retry: queue.RetryPattern{1: {}}, MaxRetries: 3}}
	queue.Register(b.Queue.Queue, b.kind, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		n := handlers.Add(1)
		defer handlers.Add(-1)
		for was := most.Load(); n > was && !most.CompareAndSwap(was, n); was = most.Load() {
		}
		switch rand.IntN(20) {
		case 0:
			return nil, queue.Permanent(errors.New("no"))
		case 1:
			return nil, errors.New("again")
		case 2:
			if err := j.Step(ctx, func(*store.Tx) error { return nil }); err != nil && !errors.Is(err, queue.ErrLeaseLost) {
				return nil, err
			}
		case 3:
			return func(*store.Tx) error { return queue.Permanent(errors.New("not now")) }, nil
		}
		return func(tx *store.Tx) error {
			said, _, err := notes.Get(tx, j.ID.String())
			if err != nil {
				return err
			}
			return notes.Put(tx, j.ID.String(), said+"x")
		}, nil
	})
	stop := b.Start(t)
	var ids []queue.ID
	for i := range jobs {
		o := queue.Options{Channel: []string{"", "a"}[i%2]}
		if i%5 == 0 {
			o.IdentityKey = fmt.Sprint("key", i%7)
		}
		ids = append(ids, b.add(t, "x", o))
		switch rand.IntN(12) {
		case 0:
			_ = b.Cancel(t.Context(), ids[rand.IntN(len(ids))]) // it may have ended
		case 1:
			if err := errors.Join(b.PauseChannel(t.Context(), "a", true), b.PauseChannel(t.Context(), "a", false)); err != nil {
				t.Fatal(err)
			}
		case 2:
			stop()
			stop = b.Start(t)
		}
	}
	if err := b.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	if most.Load() > places {
		t.Errorf("%d handlers at a time, want at most %d", most.Load(), places)
	}
	for _, id := range ids {
		i := b.Info(t, id)
		if !i.State.Terminal() {
			t.Errorf("%+v is left over", i)
		}
		if said := note(t, b.Store, id.String()); (said == "x") != (i.State == queue.StateDone) {
			t.Errorf("job %s is %s and has committed %q", id, i.State, said)
		}
	}
}
