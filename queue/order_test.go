package queue_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

func TestReadyOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:1"))
		b.add(t, "ten, first", queue.Options{})
		b.add(t, "ten, second", queue.Options{})
		b.add(t, "zero", queue.Options{Priority: ptr(0)})
		b.add(t, "hundred", queue.Options{Priority: ptr(100)})
		b.Clock.Advance(90*30*time.Second + time.Second) // a hundred has now waited for as much as ninety points are worth
		b.add(t, "ten, late", queue.Options{})
		b.add(t, "zero, late", queue.Options{Priority: ptr(0)})
		b.drain(t)
		want := []string{"zero", "ten, first", "ten, second", "zero, late", "hundred", "ten, late"}
		if got := b.runs(); !slices.Equal(got, want) {
			t.Errorf("order = %q, want %q", got, want)
		}
	})
}

// TestPriority: 0 comes before 10, equals in the order of their creation, and no stream of urgent jobs keeps another one waiting longer
// than its points are worth.
func TestPriority(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:1"))
		for n := range 20 {
			b.add(t, fmt.Sprint("ten ", n), queue.Options{Priority: ptr(10)})
			b.add(t, fmt.Sprint("zero ", n), queue.Options{Priority: ptr(0)})
		}
		b.drain(t)
		for n, got := range b.runs() {
			if want := fmt.Sprint([]string{"zero ", "ten "}[n/20], n%20); got != want {
				t.Fatalf("run %d is %q, want %q", n, got, want)
			}
		}
	})
	bubble(t, func(t *testing.T) {
		// One place, always taken, and an urgent job ready at every moment.
		b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) {
			time.Sleep(time.Second)
			return nil, nil
		}, channels("root:1"))
		b.Start(t)
		for range 5 {
			b.add(t, "urgent", queue.Options{Priority: ptr(0)})
		}
		begin := time.Now()
		low := b.add(t, "low", queue.Options{Priority: ptr(20)})
		for i := b.Info(t, low); i.State == queue.StatePending; i = b.Info(t, low) {
			b.add(t, "urgent", queue.Options{Priority: ptr(0)})
			time.Sleep(time.Second)
			synctest.Wait()
			if time.Since(begin) > time.Hour {
				t.Fatal("a job starves")
			}
		}
		if waited := time.Since(begin); waited < 20*30*time.Second || waited > 20*30*time.Second+10*time.Second {
			t.Errorf("it waited %v, want 20 times 30 s and what stood before it", waited)
		}
	})
}

func TestDelayIsBoardTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.Clock.SetTrusted(false)
		id := b.add(t, "x", queue.Options{Delay: time.Hour})
		b.Clock.Jump(1000 * time.Hour)
		b.drain(t)
		b.want(t, id, queue.StatePending)
		b.Clock.Jump(-5000 * time.Hour)
		b.Clock.Advance(59 * time.Minute)
		b.drain(t)
		i := b.want(t, id, queue.StatePending)
		if got := i.ETA.Sub(b.Clock.Now()); got != time.Minute {
			t.Errorf("eta in %v, want a minute", got)
		}
		b.Clock.Advance(time.Minute)
		b.drain(t)
		b.want(t, id, queue.StateDone)
	})
}

func TestDelayWakesByItself(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.Start(t)
		late := b.add(t, "late", queue.Options{Delay: 2 * time.Hour})
		early := b.add(t, "early", queue.Options{Delay: time.Minute})
		synctest.Wait()
		commits := b.Store.Stats().Commits
		start := time.Now()
		if _, err := b.Wait(t.Context(), early); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != time.Minute {
			t.Errorf("early ran after %v", got)
		}
		if _, err := b.Wait(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 2*time.Hour {
			t.Errorf("late ran after %v", got)
		}
		if got := b.Store.Stats().Commits - commits; got != 4 {
			t.Errorf("two delayed jobs took %d commits more, want 4: a wake-up and a completion each", got)
		}
	})
}

func TestHourWaitsForTrust(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.Clock.SetTrusted(false)
		past := b.add(t, "past", queue.Options{At: noon.Add(-time.Hour)})
		next := b.add(t, "next", queue.Options{At: noon.Add(time.Hour)})
		b.Clock.Jump(2 * time.Hour)
		b.drain(t)
		b.want(t, past, queue.StatePending)
		b.want(t, next, queue.StatePending)
		b.Clock.Jump(-2 * time.Hour)
		b.Clock.SetTrusted(true)
		b.drain(t)
		b.want(t, past, queue.StateDone)
		if i := b.want(t, next, queue.StatePending); !i.ETA.Equal(noon.Add(time.Hour)) {
			t.Errorf("eta = %v", i.ETA)
		}
		b.Clock.Jump(time.Hour)
		b.drain(t)
		b.want(t, next, queue.StateDone)
		b.want(t, b.add(t, "at once", queue.Options{At: noon}), queue.StatePending)
		b.drain(t)
		if got := b.runs(); len(got) != 3 {
			t.Errorf("ran %q", got)
		}
	})
}

func TestJumpWakesTheHour(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.Start(t)
		id := b.add(t, "x", queue.Options{At: noon.Add(30 * 24 * time.Hour)})
		synctest.Wait()
		start := time.Now()
		b.Clock.Jump(31 * 24 * time.Hour)
		if _, err := b.Wait(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 0 {
			t.Errorf("started %v after the jump", got)
		}
	})
}

func TestDelaySurvivesAPowerCut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		id := b.add(t, "x", queue.Options{Delay: time.Hour})
		at := b.add(t, "y", queue.Options{At: noon.Add(time.Hour)})
		again := benchOn(t, powerCut(t, b.Store), b.Clock, nil)
		b.Clock.Advance(59 * time.Minute)
		again.drain(t)
		again.want(t, id, queue.StatePending)
		again.want(t, at, queue.StatePending)
		b.Clock.Advance(time.Minute)
		again.drain(t)
		again.want(t, id, queue.StateDone)
		again.want(t, at, queue.StateDone)
	})
}

func TestIdentityKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Args == "later" && j.Attempt == 1 {
				return nil, queue.RetryLater(context.DeadlineExceeded, time.Hour)
			}
			return nil, g.pass(ctx, j.Args)
		})
		b.Start(t)
		key := queue.Options{IdentityKey: "sync/kitchen"}

		first := b.add(t, "first", key)
		<-g.entered
		follower := b.add(t, "follower", key)
		if follower == first {
			t.Fatal("a running job was found by its key")
		}
		if again := b.add(t, "again", key); again != follower {
			t.Errorf("a running job got a second follower, %v", again)
		}
		synctest.Wait()
		b.want(t, follower, queue.StatePending) // there are places, but what it follows runs
		g.leave <- nil
		<-g.entered
		b.want(t, first, queue.StateDone)
		g.leave <- nil
		synctest.Wait()
		b.want(t, follower, queue.StateDone)

		retry := b.add(t, "later", key)
		synctest.Wait()
		b.want(t, retry, queue.StatePending)
		if found := b.add(t, "x", key); found != retry {
			t.Errorf("a job that waits for its retry was not found: got %v, want %v", found, retry)
		}
		synctest.Wait()
		b.want(t, retry, queue.StatePending)
		key.PullForward = true
		if found := b.add(t, "x", key); found != retry {
			t.Errorf("pull forward gave %v, want %v", found, retry)
		}
		<-g.entered
		g.leave <- nil
		if _, err := b.Wait(t.Context(), retry); err != nil {
			t.Fatal(err)
		}
		if got := b.runs(); !slices.Equal(got, []string{"first", "follower", "later", "later"}) {
			t.Errorf("ran %q", got)
		}
	})
}

func TestIdentityUnderAHundredEnqueues(t *testing.T) {
	b := newBench(t, nil)
	ids := make(chan queue.ID)
	for range 100 {
		go func() {
			var id queue.ID
			err := b.Store.Update(context.Background(), func(tx *store.Tx) (err error) {
				id, err = queue.Enqueue(tx, b.Queue.Queue, b.kind, "x", queue.Options{IdentityKey: "k"})
				return err
			})
			if err != nil {
				t.Error(err)
			}
			ids <- id
		}()
	}
	first := <-ids
	for range 99 {
		if id := <-ids; id != first {
			t.Errorf("ids %v and %v", first, id)
		}
	}
	b.drain(t)
	if got := b.runs(); len(got) != 1 {
		t.Errorf("%d runs, want 1", len(got))
	}
}

func TestUnknownKindIsKept(t *testing.T) {
	s := storetest.Open(t)
	clock := queuetest.NewClock(noon)
	old := queuetest.WithClock(t, s, clock)
	gone := queue.Kind[string]{Name: "gone"}
	newer := queue.Kind[string]{Name: "test", Version: 2}
	a := queuetest.Enqueue(t, old, gone, "a", queue.Options{})
	n := queuetest.Enqueue(t, old, newer, "n", queue.Options{})
	b := benchOn(t, s, clock, nil)
	ok := b.add(t, "ok", queue.Options{}) // not blocked by what stands before it
	b.drain(t)
	if i := b.want(t, a, queue.StatePending); i.Error != "unknown kind" {
		t.Errorf("error = %q", i.Error)
	}
	if i := b.want(t, n, queue.StatePending); i.Error != "arguments of version 2, this program knows test up to 0" {
		t.Errorf("error = %q", i.Error)
	}
	b.want(t, ok, queue.StateDone)
	queuetest.Check(t, s)

	known := queuetest.WithClock(t, s, clock)
	for _, k := range []queue.Kind[string]{gone, newer} {
		queue.Register(known.Queue, k, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
	}
	if err := known.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []queue.ID{a, n} {
		if i := known.Info(t, id); i.State != queue.StateDone || i.Error != "" {
			t.Errorf("job %v: %+v", id, i)
		}
	}
}

func TestManyUnknownJobsComeBack(t *testing.T) {
	s := storetest.Open(t)
	clock := queuetest.NewClock(noon)
	old := queuetest.WithClock(t, s, clock)
	old.Update(t, func(tx *store.Tx) error {
		for n := range 700 {
			k := queue.Kind[int]{Name: []string{"a", "b", "never"}[n%3]}
			if _, err := queue.Enqueue(tx, old.Queue, k, n, queue.Options{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := old.RunUntilIdle(t.Context()); err != nil { // knows none of them
		t.Fatal(err)
	}
	q := queuetest.WithClock(t, s, clock)
	for _, name := range []string{"a", "b"} {
		queue.Register(q.Queue, queue.Kind[int]{Name: name}, func(context.Context, *queue.Job[int]) (queue.Done, error) { return nil, nil })
	}
	if err := q.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := q.Counts(); c[queue.StateDone] != 467 || c[queue.StatePending] != 233 {
		t.Errorf("Counts() = %v, want 467 done and 233 pending", c)
	}
}

func TestArgumentsThatCannotBeReadFail(t *testing.T) {
	b := newBench(t, nil)
	id := queuetest.Enqueue(t, b.Queue, queue.Kind[[]int]{Name: "test"}, []int{1}, queue.Options{})
	b.drain(t)
	if i := b.want(t, id, queue.StateFailed); i.Attempt != 1 {
		t.Errorf("info = %+v", i)
	}
}

func TestListPagesInOrder(t *testing.T) {
	b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args == "bad" {
			return nil, queue.Permanent(fmt.Errorf("bad"))
		}
		return nil, nil
	}, channels("root:4,root.a:2"))
	for n := range 30 {
		o := queue.Options{Backend: []string{"kitchen", "bar"}[n%2]}
		args := "good"
		switch {
		case n%5 == 0:
			args = "bad"
		case n%7 == 0:
			o.Delay = time.Hour
		case n%3 == 0:
			o.Channel = "a.b"
		}
		b.add(t, args, o)
	}
	b.drain(t)
	all := b.Jobs(t, queue.Filter{Limit: 7})
	if len(all) != 30 {
		t.Fatalf("%d jobs, want 30", len(all))
	}
	for n, i := range all {
		if i.ID != queue.ID(n+1) {
			t.Fatalf("job %d is %v", n, i.ID)
		}
	}
	count := func(f func(queue.Info) bool) (n int) {
		for _, i := range all {
			if f(i) {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		f queue.Filter
		h func(queue.Info) bool
	}{
		{queue.Filter{State: queue.StateFailed}, func(i queue.Info) bool { return i.State == queue.StateFailed }},
		{queue.Filter{State: queue.StateDone, Backend: "bar"}, func(i queue.Info) bool { return i.State == queue.StateDone && i.Backend == "bar" }},
		{queue.Filter{State: queue.StatePending}, func(i queue.Info) bool { return i.State == queue.StatePending }},
		{queue.Filter{Channel: "a"}, func(i queue.Info) bool { return i.Channel == "root.a.b" }},
		{queue.Filter{Kind: "other"}, func(queue.Info) bool { return false }},
	} {
		c.f.Limit = 2
		got := b.Jobs(t, c.f)
		if want := count(c.h); len(got) != want {
			t.Errorf("%+v: %d jobs, want %d", c.f, len(got), want)
		}
		for _, i := range got {
			if !c.h(i) {
				t.Errorf("%+v chose %+v", c.f, i)
			}
		}
	}
}

// What runs is on the first page, however many jobs wait.
func TestListOfWhatRunsIsShort(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) { return nil, g.pass(ctx, j.Args) },
			channels("root:2,root.later:0"))
		b.Update(t, func(tx *store.Tx) error {
			for range 6000 {
				if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "waits", queue.Options{Channel: "later"}); err != nil {
					return err
				}
			}
			return nil
		})
		b.Start(t)
		parent := b.add(t, "parent", queue.Options{})
		child := b.add(t, "child", queue.Options{Parent: parent})
		<-g.entered
		<-g.entered
		list := func(after queue.ID, limit int) (ids []queue.ID, next queue.ID) {
			t.Helper()
			err := b.Store.View(func(tx *store.Tx) error {
				page, more, err := b.List(tx, queue.Filter{State: queue.StateStarted, After: after, Limit: limit})
				for _, i := range page {
					ids = append(ids, i.ID)
				}
				next = more
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return ids, next
		}
		if ids, _ := list(0, 10); !slices.Equal(ids, []queue.ID{parent, child}) {
			t.Errorf("started are %v, want %v", ids, []queue.ID{parent, child})
		}
		if ids, next := list(0, 1); len(ids) != 1 || next != parent {
			t.Errorf("a page of one: %v, %v", ids, next)
		}
		if ids, next := list(parent, 1); len(ids) != 1 || ids[0] != child || next != 0 {
			t.Errorf("the page after it: %v, %v", ids, next)
		}
		if err := b.Cancel(t.Context(), child); err != nil { // its handler goes on, and so it has its place
			t.Fatal(err)
		}
		if ids, _ := list(0, 10); slices.Contains(ids, child) {
			t.Errorf("started are %v, with one that was cancelled", ids)
		}
		close(g.leave)
	})
}
