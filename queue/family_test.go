package queue_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// family is a bench whose jobs enqueue those named in children, as theirs, and fail if their name is in bad.
func family(t *testing.T, children map[string][]string, bad ...string) *bench {
	t.Helper()
	var b *bench
	b = newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		if slices.Contains(bad, j.Args) {
			return nil, queue.Permanent(errors.New("spilt"))
		}
		return func(tx *store.Tx) error {
			for _, name := range children[j.Args] {
				o := queue.Options{Parent: j.Root(), Description: name, IdentityKey: "one " + name}
				if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, name, o); err != nil {
					return err
				}
			}
			return nil
		}, nil
	}, channels("root:1"))
	return b
}

func (b *bench) named(t testing.TB, name string) queue.Info {
	t.Helper()
	for _, i := range b.Jobs(t, queue.Filter{}) {
		if i.Description == name {
			return i
		}
	}
	t.Fatalf("no job %q", name)
	return queue.Info{}
}

func TestParentIsDoneWithItsLastChild(t *testing.T) {
	b := family(t, map[string][]string{"parent": {"a", "b"}, "a": {"grandchild"}})
	id := b.add(t, "parent", queue.Options{})
	changes, stop := b.Watch()
	defer stop()
	b.drain(t)
	b.want(t, id, queue.StateDone)
	if i := b.named(t, "grandchild"); i.Parent != id || i.State != queue.StateDone {
		t.Errorf("grandchild = %+v, want it linked to the root parent", i)
	}
	var parent, last []queue.State
	waited := false
	for len(changes) > 0 {
		i := <-changes
		if i.ID == id {
			parent = append(parent, i.State)
			waited = waited || i.Waiting && i.State == queue.StateStarted && i.ChildrenOpen == 2
		} else {
			last = append(last, i.State)
		}
	}
	if !waited {
		t.Error("the parent was never seen waiting for two children")
	}
	if parent[len(parent)-1] != queue.StateDone || last[len(last)-1] != queue.StateDone {
		t.Errorf("parent %v, children %v", parent, last)
	}
}

func TestParentEndsInTheCommitOfItsLastChild(t *testing.T) {
	g := newGate()
	var b *bench
	b = newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args == "child" {
			return nil, g.pass(ctx, j.Args)
		}
		return func(tx *store.Tx) error {
			_, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "child", queue.Options{Parent: j.ID})
			return err
		}, nil
	}, channels("root:1"))
	b.Start(t)
	id := b.add(t, "parent", queue.Options{})
	<-g.entered // root has one place: a waiting parent doesn't hold it
	if i := b.want(t, id, queue.StateStarted); !i.Waiting || i.ChildrenOpen != 1 {
		t.Errorf("parent = %+v", i)
	}
	before := b.Store.Stats().Commits
	g.leave <- nil
	if _, err := b.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := b.Store.Stats().Commits - before; got != 1 {
		t.Errorf("%d commits, want 1", got)
	}
	b.want(t, id, queue.StateDone)
}

func TestParentFailsForTheFirstChildThatFailed(t *testing.T) {
	b := family(t, map[string][]string{"parent": {"a", "bad", "worse", "z"}}, "bad", "worse")
	id := b.add(t, "parent", queue.Options{})
	b.drain(t)
	i := b.want(t, id, queue.StateFailed)
	if want := "job " + b.named(t, "bad").ID.String() + " failed: spilt"; i.Error != want {
		t.Errorf("error = %q, want %q", i.Error, want)
	}
	if z := b.named(t, "z"); z.State != queue.StateDone {
		t.Errorf("the last child is %s", z.State)
	}
}

func TestWaitingParentIsNoOrphan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var b *bench
		work := func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Args == "child" && j.Attempt == 1 {
				return nil, queue.RetryLater(errors.New("away"), time.Hour)
			}
			return func(tx *store.Tx) error {
				if j.Args == "child" {
					return nil
				}
				_, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "child", queue.Options{Parent: j.ID})
				return err
			}, nil
		}
		b = newBench(t, work)
		id := b.add(t, "parent", queue.Options{})
		b.drain(t)
		again := benchOn(t, powerCut(t, b.Store), b.Clock, work)
		again.drain(t)
		if i := again.want(t, id, queue.StateStarted); !i.Waiting || i.Interruptions != 0 {
			t.Errorf("parent = %+v", i)
		}
		if got := again.Counts(); got[queue.StateStarted] != 1 || got[queue.StatePending] != 1 {
			t.Errorf("Counts() = %v", got)
		}
		again.Clock.Advance(time.Hour)
		again.drain(t)
		again.want(t, id, queue.StateDone)
		if got := again.runs(); !slices.Equal(got, []string{"child"}) {
			t.Errorf("ran %q", got)
		}
	})
}

func TestParentWaitsForAJobThatWasFound(t *testing.T) {
	b := family(t, map[string][]string{"one": {"shared"}, "two": {"shared"}})
	shared := b.add(t, "shared", queue.Options{IdentityKey: "one shared", Delay: time.Hour})
	one := b.add(t, "one", queue.Options{})
	two := b.add(t, "two", queue.Options{})
	b.drain(t)
	b.want(t, one, queue.StateStarted)
	b.want(t, two, queue.StateStarted)
	var children []queue.Info
	if err := b.Store.View(func(tx *store.Tx) (err error) {
		children, err = b.Children(tx, two)
		return err
	}); err != nil || len(children) != 1 || children[0].ID != shared {
		t.Errorf("Children() = %v, %v", children, err)
	}
	b.Clock.Advance(time.Hour)
	b.drain(t)
	b.want(t, one, queue.StateDone)
	b.want(t, two, queue.StateDone)
	if got := len(b.Jobs(t, queue.Filter{})); got != 3 {
		t.Errorf("%d jobs, want 3", got)
	}
}

func TestLinksThatNobodyCouldEnd(t *testing.T) {
	b := newBench(t, nil)
	a := b.add(t, "a", queue.Options{Delay: time.Hour, IdentityKey: "a"})
	c := b.add(t, "c", queue.Options{Delay: time.Hour, IdentityKey: "c", Parent: a})
	b.add(t, "x", queue.Options{IdentityKey: "a", Parent: c}) // a waits for c already
	b.add(t, "x", queue.Options{IdentityKey: "a", Parent: a}) // itself
	b.add(t, "x", queue.Options{IdentityKey: "c", Parent: a}) // twice
	b.add(t, "orphan", queue.Options{Parent: 4711})           // nobody
	if i := b.Info(t, a); i.ChildrenOpen != 1 {
		t.Errorf("a waits for %d, want 1", i.ChildrenOpen)
	}
	queuetest.Check(t, b.Store)
	b.Clock.Advance(time.Hour)
	b.drain(t)
	b.want(t, a, queue.StateDone)
	b.want(t, c, queue.StateDone)
}

func TestParentEndedByHandLetsItsChildrenGoOn(t *testing.T) {
	b := family(t, map[string][]string{"child": {"grandchild"}})
	parent := b.add(t, "parent", queue.Options{Delay: 10 * time.Hour})
	child := b.add(t, "child", queue.Options{Parent: parent, Delay: time.Hour})
	if err := b.Cancel(t.Context(), parent); err != nil {
		t.Fatal(err)
	}
	b.Clock.Advance(time.Hour)
	b.drain(t) // its grandchild asks for a parent that has ended
	b.want(t, child, queue.StateDone)
	if i := b.named(t, "grandchild"); i.State != queue.StateDone || i.Parent != 0 {
		t.Errorf("grandchild = %+v", i)
	}
	if i := b.want(t, parent, queue.StateCancelled); i.ChildrenOpen != 0 {
		t.Errorf("parent = %+v", i)
	}
	if err := b.Requeue(t.Context(), parent); err != nil {
		t.Fatal(err)
	}
	b.drain(t)
	b.want(t, parent, queue.StateDone)
}

func TestByHand(t *testing.T) {
	type op func(*queue.Queue, context.Context, queue.ID) error
	requeue, cancel, setDone := op((*queue.Queue).Requeue), op((*queue.Queue).Cancel), op((*queue.Queue).SetDone)
	for _, c := range []struct {
		name  string
		from  string
		op    op
		state queue.State // "": refused
	}{
		{"requeue failed", "failed", requeue, queue.StatePending},
		{"requeue pending", "delayed", requeue, queue.StatePending},
		{"requeue started", "started", requeue, ""},
		{"requeue done", "done", requeue, ""},
		{"cancel pending", "delayed", cancel, queue.StateCancelled},
		{"cancel ready", "ready", cancel, queue.StateCancelled},
		{"cancel started", "started", cancel, queue.StateCancelled},
		{"cancel waiting", "waiting", cancel, queue.StateCancelled},
		{"cancel failed", "failed", cancel, queue.StateCancelled},
		{"cancel done", "done", cancel, ""},
		{"set pending to done", "delayed", setDone, queue.StateDone},
		{"set started to done", "started", setDone, queue.StateDone},
		{"set waiting to done", "waiting", setDone, queue.StateDone},
		{"set failed to done", "failed", setDone, queue.StateDone},
		{"set done to done", "done", setDone, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var b *bench
				b = newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
					switch j.Args {
					case "failed":
						return nil, queue.Permanent(errors.New("no"))
					case "started":
						<-ctx.Done()
						return nil, ctx.Err()
					case "waiting":
						return func(tx *store.Tx) error {
							_, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "child", queue.Options{Parent: j.ID, Delay: time.Hour})
							return err
						}, nil
					}
					return nil, nil
				}, channels("root:2,root.off:0"))
				b.Start(t)
				o := queue.Options{IdentityKey: "k"}
				switch c.from {
				case "delayed":
					o.Delay = time.Hour
				case "ready":
					o.Channel = "off"
				}
				id := b.add(t, c.from, o)
				synctest.Wait()
				if c.state == queue.StatePending {
					if err := b.PauseChannel(t.Context(), "root", true); err != nil {
						t.Fatal(err)
					}
				}
				before := b.Info(t, id)
				err := c.op(b.Queue.Queue, t.Context(), id)
				queuetest.Check(t, b.Store)
				var refused *queue.StateError
				if c.state == "" {
					if !errors.As(err, &refused) {
						t.Errorf("err = %v, want a StateError", err)
					}
					if after := b.Info(t, id); after != before {
						t.Errorf("a refused operation changed %+v to %+v", before, after)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if i := b.want(t, id, c.state); c.state == queue.StatePending && (i.Attempt != 0 || !i.ETA.IsZero() || i.Error != "") {
					t.Errorf("info = %+v", i)
				}
				synctest.Wait()
				b.want(t, id, c.state)
				counts := b.Counts()
				total := 0
				for s, n := range counts {
					if n < 0 {
						t.Errorf("%d jobs are %s", n, s)
					}
					total += n
				}
				if total != len(b.Jobs(t, queue.Filter{})) {
					t.Errorf("Counts() = %v", counts)
				}
			})
		})
	}
	b := newBench(t, nil)
	if err := b.Cancel(t.Context(), 99); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Cancel() = %v, want ErrNotFound", err)
	}
	if _, err := b.Wait(t.Context(), 99); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Wait() = %v, want ErrNotFound", err)
	}
}

func TestFollowerIsWaitedForByAllWhoWaitForTheFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var b *bench
		b = newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			return func(tx *store.Tx) error {
				if j.Args != "sales" {
					return nil
				}
				_, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "more", queue.Options{Follows: j.ID, Delay: time.Hour, Description: "more"})
				return err
			}, nil
		})
		start := func(name string) queue.ID {
			id := b.add(t, name, queue.Options{Delay: time.Minute})
			b.add(t, "sales", queue.Options{Parent: id, IdentityKey: "sales", Delay: time.Minute})
			return id
		}
		one, two := start("one"), start("two") // the second finds the job of the first
		top := b.add(t, "sales", queue.Options{})
		b.Clock.Advance(time.Minute)
		b.drain(t)
		for _, id := range []queue.ID{one, two, top} {
			if i := b.want(t, id, queue.StateStarted); !i.Waiting || i.ChildrenOpen != 1 {
				t.Errorf("job %v = %+v", id, i)
			}
		}
		b.Clock.Advance(time.Hour)
		b.drain(t)
		for _, id := range []queue.ID{one, two, top} {
			b.want(t, id, queue.StateDone)
		}
	})
}
