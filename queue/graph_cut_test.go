package queue_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// TestChildrenReleasedAtomically cuts the power behind each commit of a graph: what ends a job has released or cancelled all that waited for
// it, and the board that comes up again brings the graph to its end.
func TestChildrenReleasedAtomically(t *testing.T) {
	var mu sync.Mutex
	var cuts []*store.Store
	work := func(cut func()) handler {
		return func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			cut()
			if j.Args == "bad" {
				return nil, queue.Permanent(errors.New("spilt"))
			}
			return nil, nil
		}
	}
	var b *bench
	b = newBench(t, work(func() { // with one place, each run begins with the commit that ended the one before
		mu.Lock()
		defer mu.Unlock()
		cuts = append(cuts, powerCut(t, b.Store))
	}), channels("root:1"))
	bad := b.node("bad").OnDone(queue.Chain(b.node("never"), b.node("nor this"))).OnFailed(b.node("mend"))
	g := b.enqueue(t, queue.Chain(b.node("a"), queue.Group(b.node("b"), queue.Chain(b.node("c"), b.node("d"))), b.node("e"), bad))
	cuts = append(cuts, powerCut(t, b.Store))
	b.drain(t)
	cuts = append(cuts, powerCut(t, b.Store))
	if len(cuts) != 9 {
		t.Fatalf("%d cuts, want one for each of 7 runs, one before and one after", len(cuts))
	}
	for n, s := range cuts {
		queuetest.Check(t, s)
		again := benchOn(t, s, b.Clock, work(func() {}), channels("root:1"))
		again.drain(t)
		for _, id := range g.Jobs {
			if got, want := again.Info(t, id).State, b.Info(t, id).State; got != want {
				t.Errorf("cut %d: job %v ended %s, want %s", n, id, got, want)
			}
		}
		if again.Counts()[queue.StateCancelled] != 2 || again.Counts()[queue.StateFailed] != 1 {
			t.Errorf("cut %d: %v", n, again.Counts())
		}
	}
}

// TestCancelledJustBeforeItsStart lets hands race with the commit that would start a job.
func TestCancelledJustBeforeItsStart(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	leave := make(chan struct{})
	b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args == "first" {
			<-leave
		}
		return nil, nil
	}, channels("root:1"))
	b.Start(t)
	before, after := 0, 0
	for range 1000 {
		first := b.node("first")
		second := b.node("second")
		b.enqueue(t, queue.Chain(first, second))
		ran := len(b.runs())
		spin, spinToo := r.IntN(300), r.IntN(300)
		var wg sync.WaitGroup
		var err error
		wg.Go(func() {
			for range spin {
				runtime.Gosched()
			}
			err = b.Cancel(t.Context(), second.ID())
		})
		for range spinToo {
			runtime.Gosched()
		}
		leave <- struct{}{}
		wg.Wait()
		if err := b.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		i := b.Info(t, second.ID())
		started := slices.Contains(b.runs()[min(ran, len(b.runs())):], "second")
		switch {
		case err == nil && i.Attempt == 0:
			before++
			if started || i.State != queue.StateCancelled {
				t.Fatalf("cancelled before its start, and it is %s, ran: %v", i.State, started)
			}
		case err == nil:
			after++
			if i.State != queue.StateCancelled {
				t.Fatalf("cancelled while it ran, and it is %s", i.State)
			}
		case i.State != queue.StateDone:
			t.Fatalf("Cancel() = %v of a job that is %s", err, i.State)
		default:
			after++
		}
	}
	t.Logf("%d cancelled before the start, %d after", before, after)
	if before == 0 || after == 0 {
		t.Log("this machine decided all races the same way")
	}
}

// TestDeepAndWideGraphs has graphs of a depth and a width at which what takes the square of them would not end.
func TestDeepAndWideGraphs(t *testing.T) {
	if testing.Short() {
		t.Skip("20,000 jobs")
	}
	const most = 10_000
	parts := func(b *bench) []queue.Part {
		return queue.Split(b.kind, make([]struct{}, most), 1, func([]struct{}) string { return "" }, queue.Options{})
	}
	t.Run("chain", func(t *testing.T) {
		b := weave(t, func(c *queue.Config) { c.Keep = queue.KeepAll })
		bad := b.node("bad")
		var p queue.Part = bad
		for _, next := range parts(b) {
			p = queue.Chain(p, next) // as deep as it is long
		}
		p = queue.Chain(p, queue.Chain(queue.Chain(b.node("last"))))
		b.enqueue(t, p)
		b.drain(t)
		if n := b.Counts()[queue.StateCancelled]; n != most+1 {
			t.Errorf("%d are cancelled, want all that come after", n)
		}
		if err := b.SetDone(t.Context(), bad.ID()); err != nil {
			t.Fatal(err)
		}
		if n := b.Counts()[queue.StateWaitDependencies]; n != most {
			t.Errorf("%d wait again, want all but the first", n)
		}
		nodes, edges := b.graph(t, bad.ID())
		if len(nodes) != queue.GraphMost || len(edges) < queue.GraphMost {
			t.Errorf("Graph() = %d jobs, %d edges", len(nodes), len(edges))
		}
	})
	t.Run("group", func(t *testing.T) {
		b := weave(t, func(c *queue.Config) { c.Keep = queue.KeepAll })
		bad, last := b.node("bad"), b.node("last")
		b.enqueue(t, queue.Chain(bad, queue.Group(parts(b)...), last))
		b.drain(t)
		if n := b.Counts()[queue.StateCancelled]; n != most+1 {
			t.Errorf("%d are cancelled, want all that come after", n)
		}
		if err := b.SetDone(t.Context(), bad.ID()); err != nil {
			t.Fatal(err)
		}
		if i := b.want(t, last.ID(), queue.StateWaitDependencies); i.DependenciesOpen != most {
			t.Errorf("the last waits for %d", i.DependenciesOpen)
		}
		if n, err := b.SetDoneAll(t.Context(), queue.Filter{State: queue.StatePending, Limit: most}); n != most || err != nil {
			t.Errorf("SetDoneAll() = %d, %v", n, err)
		}
		b.want(t, last.ID(), queue.StatePending)
	})
}

func TestPrunedJobsTakeTheirEdgesAlong(t *testing.T) {
	b := weave(t, func(c *queue.Config) { c.Keep = queue.Retention{Count: 1} })
	later := queue.NewNode(b.kind, "later", queue.Options{Delay: time.Hour})
	last := b.node("last")
	b.enqueue(t, queue.Chain(queue.Group(queue.Chain(b.node("a"), b.node("b")), later), last))
	b.drain(t)
	b.Clock.Advance(time.Minute)
	b.drain(t)
	if n := b.Counts()[queue.StateDone]; n != 1 {
		t.Fatalf("%d done jobs are left, want one", n)
	}
	queuetest.Check(t, b.Store)
	b.Clock.Advance(time.Hour)
	b.drain(t)
	b.want(t, last.ID(), queue.StateDone)
}

// BenchmarkEnqueueGraph gives the cost of a job in a chain, in a group, and by itself, all of a
// thousand in one commit.
func BenchmarkEnqueueGraph(b *testing.B) {
	const jobs = 1000
	k := queue.Kind[string]{Name: "test", Channel: "off"}
	for _, c := range []struct {
		name string
		do   func(tx *store.Tx, q *queue.Queue) error
	}{
		{"plain", func(tx *store.Tx, q *queue.Queue) error {
			for range jobs {
				if _, err := queue.Enqueue(tx, q, k, "", queue.Options{}); err != nil {
					return err
				}
			}
			return nil
		}},
		{"chain", func(tx *store.Tx, q *queue.Queue) error {
			_, err := queue.EnqueueGraph(tx, q, queue.Chain(queue.Split(k, make([]int, jobs), 1, func([]int) string { return "" }, queue.Options{})...))
			return err
		}},
		{"group", func(tx *store.Tx, q *queue.Queue) error {
			_, err := queue.EnqueueGraph(tx, q, queue.Group(queue.Split(k, make([]int, jobs), 1, func([]int) string { return "" }, queue.Options{})...))
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			q := queuetest.New(b, storetest.Open(b), channels("root:1,root.off:0"))
			for b.Loop() {
				q.Update(b, func(tx *store.Tx) error { return c.do(tx, q.Queue) })
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*jobs), "µs/job")
		})
	}
}
