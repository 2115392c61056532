package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// weave is a bench whose jobs fail if their name begins with "bad", and cancel themselves if it begins with "off".
func weave(t *testing.T, options ...func(*queue.Config)) *bench {
	t.Helper()
	return newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		switch {
		case strings.HasPrefix(j.Args, "bad"):
			return nil, queue.Permanent(errors.New("spilt"))
		case strings.HasPrefix(j.Args, "off"):
			return nil, queue.Cancel(errors.New("no cup"))
		}
		j.SetResult("did " + j.Args)
		return nil, nil
	}, append([]func(*queue.Config){channels("root:1")}, options...)...)
}

func (b *bench) node(name string) *queue.Node {
	return queue.NewNode(b.kind, name, queue.Options{Description: name})
}

func (b *bench) enqueue(t testing.TB, p queue.Part) queue.GraphInfo {
	t.Helper()
	var g queue.GraphInfo
	b.Update(t, func(tx *store.Tx) (err error) {
		g, err = queue.EnqueueGraph(tx, b.Queue.Queue, p)
		return err
	})
	return g
}

func (b *bench) refuses(t testing.TB, p queue.Part, want error, texts ...string) {
	t.Helper()
	before := len(b.Jobs(t, queue.Filter{}))
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := queue.EnqueueGraph(tx, b.Queue.Queue, p)
		return err
	})
	if !errors.Is(err, want) {
		t.Errorf("EnqueueGraph() = %v, want %v", err, want)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("EnqueueGraph() = %v, want it to say %q", err, text)
		}
	}
	if n := len(b.Jobs(t, queue.Filter{})); n != before {
		t.Errorf("%d jobs are stored of a refused graph", n-before)
	}
}

func TestChainRunsInOrder(t *testing.T) {
	b := weave(t, channels("root:4"))
	a, c := b.node("a"), b.node("c")
	g := b.enqueue(t, queue.Chain(a, queue.Group(b.node("b1"), b.node("b2")), c))
	if g.ID != a.ID() || len(g.Jobs) != 4 || len(g.Found) != 0 {
		t.Errorf("EnqueueGraph() = %+v", g)
	}
	if i := b.want(t, c.ID(), queue.StateWaitDependencies); i.DependenciesOpen != 2 || i.Graph != g.ID {
		t.Errorf("the last is %+v", i)
	}
	b.drain(t)
	runs := b.runs()
	if len(runs) != 4 || runs[0] != "a" || runs[3] != "c" {
		t.Errorf("ran %v", runs)
	}
	b.want(t, c.ID(), queue.StateDone)
	if g := b.enqueue(t, b.node("alone")); g.ID != 0 || b.Info(t, g.Jobs[0]).Graph != 0 {
		t.Errorf("a job alone is of a graph: %+v", g)
	}
	if g := b.enqueue(t, queue.Group(nil, queue.Chain())); g.ID != 0 || len(g.Jobs) != 0 {
		t.Errorf("nothing is of a graph: %+v", g)
	}
}

func TestFailedOrCancelledParent(t *testing.T) {
	for _, c := range []struct {
		first   string
		states  [4]queue.State // of first, what is after it, what is for its failure, what is for either
		reasons [4]string
		skipped [4]bool
	}{
		{"good", [4]queue.State{queue.StateDone, queue.StateDone, queue.StateCancelled, queue.StateDone},
			[4]string{"", "", "job 1 was done, this was for its failure", ""}, [4]bool{2: true}},
		{"bad", [4]queue.State{queue.StateFailed, queue.StateCancelled, queue.StateDone, queue.StateDone},
			[4]string{"spilt", "job 1 failed: spilt", "", ""}, [4]bool{}},
		{"off", [4]queue.State{queue.StateCancelled, queue.StateCancelled, queue.StateCancelled, queue.StateCancelled},
			[4]string{"no cup", "job 1 was cancelled: no cup", "job 1 was cancelled: no cup", "job 1 was cancelled: no cup"}, [4]bool{}},
	} {
		t.Run(c.first, func(t *testing.T) {
			b := weave(t)
			either := b.node("either")
			nodes := []*queue.Node{b.node(c.first), b.node("after"), b.node("failure"), either}
			nodes[0].OnDone(nodes[1], either).OnFailed(nodes[2], either)
			deep := []*queue.Node{b.node("after that"), b.node("and that")}
			nodes[1].OnDone(deep[0].OnDone(deep[1]))
			b.enqueue(t, nodes[0])
			b.drain(t)
			for n, node := range nodes {
				if i := b.want(t, node.ID(), c.states[n]); i.Error != c.reasons[n] || i.Skipped != c.skipped[n] {
					t.Errorf("%s: error %q, skipped %v, want %q, %v", i.Description, i.Error, i.Skipped, c.reasons[n], c.skipped[n])
				}
			}
			for _, node := range deep {
				if i := b.want(t, node.ID(), c.states[1]); i.Error != c.reasons[1] {
					t.Errorf("%s: error %q, want that of the first cause, %q", i.Description, i.Error, c.reasons[1])
				}
			}
		})
	}
}

func TestBranchThatWasNotTakenDoesNotBreakTheParent(t *testing.T) {
	for _, first := range []string{"good", "bad"} {
		t.Run(first, func(t *testing.T) {
			b := weave(t)
			parent := b.add(t, "parent", queue.Options{Delay: time.Second})
			child := func(name string) *queue.Node {
				return queue.NewNode(b.kind, name, queue.Options{Parent: parent, Description: name})
			}
			b.enqueue(t, child(first).OnFailed(queue.Chain(child("mend"), child("tell"))))
			b.Clock.Advance(time.Second)
			b.drain(t)
			if first == "good" {
				b.want(t, parent, queue.StateDone)
			} else if i := b.want(t, parent, queue.StateFailed); !strings.Contains(i.Error, "spilt") {
				t.Errorf("error %q", i.Error)
			}
			notices := 0
			err := b.Store.View(func(tx *store.Tx) error {
				list, err := b.Notices(tx)
				notices = len(list)
				return err
			})
			if want := map[string]int{"good": 0, "bad": 1}[first]; err != nil || notices != want {
				t.Errorf("%d notices, %v, want %d", notices, err, want)
			}
		})
	}
}

func TestCycle(t *testing.T) {
	b := weave(t)
	a, c := b.node("a"), b.node("c")
	a.OnDone(c.OnFailed(b.node("d").OnDone(a)))
	b.refuses(t, a, queue.ErrCycle, `test "a" → test "c" → test "d" → test "a"`)
	b.refuses(t, queue.Group(b.node("x"), queue.Chain(c, c)), queue.ErrCycle)
	self := b.node("self")
	b.refuses(t, self.OnDone(self), queue.ErrCycle, `test "self" → test "self"`)
	wide := func() []queue.Part {
		return queue.Split(b.kind, make([]int, 1000), 1, func([]int) string { return "" }, queue.Options{})
	}
	b.refuses(t, queue.Chain(queue.Group(wide()...), queue.Group(wide()...)), queue.ErrInvalid, "200000 edges")
	b.refuses(t, queue.Group(queue.Split(b.kind, []int{1}, 0, nil, queue.Options{})...), queue.ErrInvalid, "jobs of 0 items")
	b.refuses(t, queue.Group(queue.Split(b.kind, []int{1}, 1, nil, queue.Options{IdentityKey: "k"})...), queue.ErrInvalid, "identity")
	b.refuses(t, queue.Chain(b.node("fine"), queue.NewNode(b.kind, "", queue.Options{Delay: -1})), queue.ErrInvalid, "delay")
	b.refuses(t, queue.Chain(b.node("fine"), queue.NewNode(b.kind, "", queue.Options{After: []queue.ID{99}})), queue.ErrNotFound, "99")

	twice := b.node("twice")
	b.enqueue(t, twice)
	b.refuses(t, queue.Chain(b.node("before"), twice), queue.ErrInvalid, "job "+twice.ID().String())

	// The parent waits for the child, which is to come after the parent.
	parent := b.add(t, "parent", queue.Options{Delay: time.Hour})
	b.refuses(t, queue.NewNode(b.kind, "", queue.Options{Parent: parent, After: []queue.ID{parent}}), queue.ErrCycle)
	after := b.add(t, "after", queue.Options{After: []queue.ID{parent}})
	b.refuses(t, queue.NewNode(b.kind, "", queue.Options{Parent: parent, After: []queue.ID{after}}), queue.ErrCycle, "job "+parent.String())
}

func TestNodeOfACommitThatWasUndone(t *testing.T) {
	b := weave(t)
	p := queue.Chain(b.node("a"), b.node("b"))
	undone := errors.New("undone")
	for range 2 {
		err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
			if _, err := queue.EnqueueGraph(tx, b.Queue.Queue, p); err != nil {
				return err
			}
			if _, err := queue.EnqueueGraph(tx, b.Queue.Queue, p); !errors.Is(err, queue.ErrInvalid) {
				t.Errorf("the second time in a transaction: %v, want ErrInvalid", err)
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
	}
	b.enqueue(t, p)
	b.drain(t)
	if got := b.runs(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("ran %v", got)
	}
}

func TestSplit(t *testing.T) {
	for _, serial := range []bool{false, true} {
		b := weave(t)
		var items []int
		for n := range 105 {
			items = append(items, n)
		}
		parts := queue.Split(b.kind, items, 10, func(some []int) string { return fmt.Sprint(some[0], "-", some[len(some)-1]) },
			queue.Options{Description: "stock"})
		last := b.node("last")
		p := queue.Group(parts...)
		if serial {
			p = queue.Chain(parts...)
		}
		g := b.enqueue(t, queue.Chain(p, last))
		if len(g.Jobs) != 12 {
			t.Fatalf("%d jobs, want 11 and the last", len(g.Jobs))
		}
		if i := b.Info(t, g.Jobs[10]); i.Description != "stock (11 of 11)" {
			t.Errorf("the last piece is %q", i.Description)
		}
		if want := map[bool]int{false: 11, true: 1}[serial]; b.Info(t, last.ID()).DependenciesOpen != want {
			t.Errorf("the last waits for %d, want %d", b.Info(t, last.ID()).DependenciesOpen, want)
		}
		if want := map[bool]int{false: 1, true: 11}[serial]; b.Counts()[queue.StateWaitDependencies] != want {
			t.Errorf("%d wait, want %d", b.Counts()[queue.StateWaitDependencies], want)
		}
		b.drain(t)
		if got := b.runs(); len(got) != 12 || got[0] != "0-9" || got[10] != "100-104" || got[11] != "last" {
			t.Errorf("ran %v", got)
		}
	}
}

func TestIdentityInGraphs(t *testing.T) {
	b := weave(t)
	keyed := func(key, name string) *queue.Node {
		return queue.NewNode(b.kind, name, queue.Options{IdentityKey: key, Description: name})
	}
	there := b.add(t, "there", queue.Options{IdentityKey: "k"})
	first, found, last := b.node("first"), keyed("k", "found"), b.node("last")
	g := b.enqueue(t, queue.Chain(first, found, last))
	if found.ID() != there || !slices.Equal(g.Found, []queue.ID{there}) || g.ID != first.ID() {
		t.Errorf("EnqueueGraph() = %+v, the one found is %v", g, found.ID())
	}
	if i := b.want(t, there, queue.StatePending); i.DependenciesOpen != 0 {
		t.Errorf("what was there waits now: %+v", i)
	}
	if i := b.want(t, last.ID(), queue.StateWaitDependencies); i.DependenciesOpen != 1 {
		t.Errorf("the last = %+v", i)
	}
	one, two := keyed("same", "one"), keyed("same", "two")
	b.enqueue(t, queue.Chain(one, b.node("between"), two, b.node("end")))
	if one.ID() != two.ID() {
		t.Error("two of one key are two jobs")
	}
	// What waits in a graph is found too.
	if id := b.add(t, "again", queue.Options{IdentityKey: "same"}); id != one.ID() {
		t.Errorf("found %v, want %v", id, one.ID())
	}
	// All of a graph are there.
	if g := b.enqueue(t, queue.Chain(keyed("k", ""), keyed("same", ""))); len(g.Found) != 2 || g.ID == 0 {
		t.Errorf("EnqueueGraph() = %+v, want both found", g)
	}
	b.drain(t)
	if got := b.runs(); len(got) != 6 || b.Counts()[queue.StateDone] != 6 {
		t.Errorf("ran %v", got)
	}
}

func TestAfterJobsThatAreThere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := weave(t)
		good, bad, off := b.add(t, "good", queue.Options{}), b.add(t, "bad", queue.Options{}), b.add(t, "off", queue.Options{})
		b.drain(t)
		b.want(t, b.add(t, "x", queue.Options{After: []queue.ID{good, good}}), queue.StatePending)
		if i := b.want(t, b.add(t, "x", queue.Options{After: []queue.ID{good, bad}}), queue.StateCancelled); i.Error != "job 2 failed: spilt" || i.Finished.IsZero() {
			t.Errorf("after a failed one: %+v", i)
		}
		b.want(t, b.add(t, "x", queue.Options{After: []queue.ID{off}}), queue.StateCancelled)

		open := b.add(t, "open", queue.Options{Delay: time.Minute})
		late := b.add(t, "late", queue.Options{After: []queue.ID{open}, Delay: time.Hour})
		hour := b.add(t, "hour", queue.Options{After: []queue.ID{open}, At: noon.Add(2 * time.Hour)})
		soon := b.add(t, "soon", queue.Options{After: []queue.ID{open}, Delay: time.Second})
		for _, id := range []queue.ID{late, hour, soon} {
			if i := b.want(t, id, queue.StateWaitDependencies); i.ETA.IsZero() || i.Graph != open {
				t.Errorf("info = %+v", i)
			}
		}
		b.Clock.Advance(time.Minute)
		b.drain(t)
		b.want(t, soon, queue.StateDone)
		if i := b.want(t, late, queue.StatePending); !i.ETA.Equal(noon.Add(time.Hour)) {
			t.Errorf("eta %v, want an hour from the enqueue", i.ETA)
		}
		if i := b.want(t, hour, queue.StatePending); !i.ETA.Equal(noon.Add(2 * time.Hour)) {
			t.Errorf("eta %v", i.ETA)
		}
		b.Clock.Advance(time.Hour)
		b.drain(t)
		b.want(t, late, queue.StateDone)
		b.Clock.Advance(time.Hour)
		b.drain(t)
		b.want(t, hour, queue.StateDone)
	})
}

func TestRequeueRevivesWhatWasCancelledWithIt(t *testing.T) {
	b := weave(t)
	bad, after, later, failure := b.node("bad"), b.node("after"), b.node("later"), b.node("failure")
	other := b.node("bad too")
	join := b.node("join")
	b.enqueue(t, queue.Group(bad.OnFailed(failure), queue.Chain(bad, after, later), queue.Chain(queue.Group(bad, other), join)))
	b.drain(t)
	b.want(t, failure.ID(), queue.StateDone)
	ctx := t.Context()
	if err := b.PauseChannel(ctx, "root", true); err != nil {
		t.Fatal(err)
	}
	if err := b.Requeue(ctx, bad.ID()); err != nil {
		t.Fatal(err)
	}
	b.want(t, after.ID(), queue.StateWaitDependencies)
	b.want(t, later.ID(), queue.StateWaitDependencies)
	b.want(t, failure.ID(), queue.StateDone)
	if i := b.want(t, join.ID(), queue.StateCancelled); i.Error != "job "+other.ID().String()+" failed: spilt" {
		t.Errorf("the join is cancelled since %q, want the other one's failure", i.Error)
	}
	queuetest.Check(t, b.Store)
	if err := b.SetDone(ctx, other.ID()); err != nil {
		t.Fatal(err)
	}
	if i := b.want(t, join.ID(), queue.StateWaitDependencies); i.DependenciesOpen != 1 || i.Error != "" {
		t.Errorf("the join = %+v", i)
	}
	if err := b.SetDone(ctx, bad.ID()); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*queue.Node{after, join} {
		b.want(t, n.ID(), queue.StatePending)
	}
	if err := b.PauseChannel(ctx, "root", false); err != nil {
		t.Fatal(err)
	}
	b.drain(t)
	for _, n := range []*queue.Node{after, later, join} {
		b.want(t, n.ID(), queue.StateDone)
	}
}

func TestWhatFailedIsWaitedForAgain(t *testing.T) {
	b := weave(t)
	bad, hour, both := b.node("bad"), queue.NewNode(b.kind, "hour", queue.Options{Delay: time.Hour}), b.node("both")
	b.enqueue(t, queue.Group(bad.OnFailed(both), queue.Chain(hour, both)))
	b.drain(t)
	if i := b.want(t, both.ID(), queue.StateWaitDependencies); i.DependenciesOpen != 1 {
		t.Errorf("it waits for %d, want the one that is to come", i.DependenciesOpen)
	}
	if err := b.PauseChannel(t.Context(), "root", true); err != nil {
		t.Fatal(err)
	}
	if err := b.Requeue(t.Context(), bad.ID()); err != nil {
		t.Fatal(err)
	}
	if i := b.want(t, both.ID(), queue.StateWaitDependencies); i.DependenciesOpen != 2 {
		t.Errorf("it waits for %d, want 2", i.DependenciesOpen)
	}
	if err := b.SetDone(t.Context(), bad.ID()); err != nil { // it was for its failure
		t.Fatal(err)
	}
	if i := b.want(t, both.ID(), queue.StateCancelled); !i.Skipped {
		t.Errorf("info = %+v", i)
	}
}

func TestStartedByHandAlthoughAnotherFailed(t *testing.T) {
	b := weave(t)
	bad, slow, x, y := b.node("bad"), b.node("slow"), b.node("x"), b.node("y")
	b.enqueue(t, queue.Chain(queue.Group(bad, queue.NewNode(b.kind, "hour", queue.Options{Delay: time.Hour}).OnDone(slow)), x, y))
	b.enqueue(t, queue.NewNode(b.kind, "z", queue.Options{After: []queue.ID{x.ID()}}))
	b.drain(t)
	b.want(t, y.ID(), queue.StateCancelled)
	if err := b.Requeue(t.Context(), x.ID()); err != nil {
		t.Fatal(err)
	}
	// It does without the failed one, and waits for the one that is to come.
	if i := b.want(t, x.ID(), queue.StateWaitDependencies); i.DependenciesOpen != 1 {
		t.Errorf("x = %+v", i)
	}
	b.want(t, y.ID(), queue.StateWaitDependencies)
	queuetest.Check(t, b.Store)
	b.Clock.Advance(time.Hour)
	b.drain(t)
	b.want(t, x.ID(), queue.StateDone)
	b.want(t, y.ID(), queue.StateDone)
	b.want(t, bad.ID(), queue.StateFailed)
}

func TestHandlersSeeWhatCameBefore(t *testing.T) {
	var got []string
	b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		j.SetResult("did " + j.Args)
		list, err := j.Dependencies()
		for _, i := range list {
			got = append(got, i.Result)
		}
		return nil, err
	}, channels("root:1"))
	last := b.node("last")
	b.enqueue(t, queue.Chain(queue.Group(b.node("a"), b.node("b")), last))
	b.drain(t)
	if want := []string{"did a", "did b"}; !slices.Equal(got, want) {
		t.Errorf("results %q, want %q", got, want)
	}
}

// TestSequentialChannelLetsThroughWhatItsHeadWaitsFor: the head comes after a job whose child stands behind the head.
func TestSequentialChannelLetsThroughWhatItsHeadWaitsFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var b *bench
		b = newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			return func(tx *store.Tx) error {
				if j.Args != "first" {
					return nil
				}
				for _, name := range []string{"stranger", "child"} {
					o := queue.Options{Channel: "s", Description: name}
					if name == "child" {
						o.Parent = j.ID
					}
					if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, name, o); err != nil {
						return err
					}
				}
				return nil
			}, nil
		}, channels("root:4,root.s:1:sequential"))
		b.enqueue(t, queue.Chain(b.node("first"), queue.NewNode(b.kind, "head", queue.Options{Channel: "s"})))
		b.drain(t)
		synctest.Wait()
		if got, want := b.runs(), []string{"first", "child", "head", "stranger"}; !slices.Equal(got, want) {
			t.Errorf("ran %v, want %v", got, want)
		}
	})
}
