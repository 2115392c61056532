package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

var notes = store.NewBucket[string, string]("test.notes", store.StringKey())

func note(t testing.TB, s *store.Store, key string) string {
	t.Helper()
	var v string
	err := s.View(func(tx *store.Tx) (err error) {
		v, _, err = notes.Get(tx, key)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestJobIsDoneInTheCommitOfItsDone(t *testing.T) {
	b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		j.SetResult("told " + j.Args)
		return func(tx *store.Tx) error { return notes.Put(tx, "said", j.Args) }, nil
	})
	id := b.add(t, "hello", queue.Options{Backend: "kitchen", Related: "slot 3", Description: "says hello"})
	b.want(t, id, queue.StatePending)
	b.drain(t)
	i := b.want(t, id, queue.StateDone)
	if got := note(t, b.Store, "said"); got != "hello" {
		t.Errorf("note = %q, want hello", got)
	}
	if i.Result != "told hello" || i.Attempt != 1 || i.MaxRetries != 5 || i.Priority != 10 || i.Channel != "root" ||
		i.Backend != "kitchen" || i.Related != "slot 3" || i.Description != "says hello" || i.Kind != "test" {
		t.Errorf("info = %+v", i)
	}
	if i.Created.IsZero() || i.Started.IsZero() || i.Finished.IsZero() {
		t.Errorf("hours are missing: %+v", i)
	}
	if got := b.Counts(); got[queue.StateDone] != 1 || got[queue.StatePending] != 0 {
		t.Errorf("Counts() = %v", got)
	}
}

func TestJobOfARolledBackTransactionIsNot(t *testing.T) {
	b := newBench(t, nil)
	boom := errors.New("boom")
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "x", queue.Options{}); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("Update() = %v, want boom", err)
	}
	b.drain(t)
	if got := b.Jobs(t, queue.Filter{}); len(got) != 0 || len(b.runs()) != 0 {
		t.Errorf("jobs %v, runs %v; want none", got, b.runs())
	}
}

func TestEnqueueStartsInItsOwnCommit(t *testing.T) {
	g := newGate()
	b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) { return nil, g.pass(ctx, j.Args) })
	b.Start(t)
	if err := b.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := b.Store.Stats().Commits
	id := b.add(t, "x", queue.Options{})
	b.want(t, id, queue.StateStarted) // as soon as the enqueue is committed
	<-g.entered
	g.leave <- nil
	if _, err := b.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := b.Store.Stats().Commits - before; got != 2 {
		t.Errorf("a lone job took %d commits, want 2", got)
	}
}

func TestCompletionStartsTheNextInItsOwnCommit(t *testing.T) {
	g := newGate()
	b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) { return nil, g.pass(ctx, j.Args) }, channels("root:1"))
	b.Start(t)
	first := b.add(t, "1", queue.Options{})
	second := b.add(t, "2", queue.Options{})
	<-g.entered
	b.want(t, second, queue.StatePending)
	before := b.Store.Stats().Commits
	g.leave <- nil
	<-g.entered
	if got := b.Store.Stats().Commits - before; got != 1 {
		t.Errorf("completion and next start took %d commits, want 1", got)
	}
	b.want(t, first, queue.StateDone)
	b.want(t, second, queue.StateStarted)
	g.leave <- nil
	if _, err := b.Wait(t.Context(), second); err != nil {
		t.Fatal(err)
	}
}

func TestRetriesFollowThePatternAndEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := queuetest.New(t, storetest.Open(t))
		exactly := func(d time.Duration) queue.Range { return queue.Range{Min: d, Max: d} }
		k := queue.Kind[string]{Name: "flaky", Retry: queue.RetryPattern{
			1: exactly(10 * time.Second), 3: exactly(time.Minute), 5: {Min: 100 * time.Second, Max: 200 * time.Second}}, MaxRetries: 7}
		var at []time.Duration
		start := time.Now()
		queue.Register(q.Queue, k, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			at = append(at, time.Since(start))
			if j.Attempt != len(at) {
				t.Errorf("attempt = %d, want %d", j.Attempt, len(at))
			}
			return nil, errors.New("no luck")
		})
		stop := q.Start(t)
		id := queuetest.Enqueue(t, q, k, "x", queue.Options{})
		i, err := q.Wait(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		stop()
		if i.State != queue.StateFailed || i.Attempt != 7 || i.Error != "max retries (7) reached: no luck" {
			t.Errorf("info = %+v", i)
		}
		var waits []time.Duration
		for n := 1; n < len(at); n++ {
			waits = append(waits, (at[n] - at[n-1]).Round(time.Second))
		}
		s := time.Second
		if len(waits) != 6 || !slices.Equal(waits[:4], []time.Duration{10 * s, 10 * s, 60 * s, 60 * s}) ||
			waits[4] < 100*s || waits[4] > 200*s || waits[5] < 100*s || waits[5] > 200*s {
			t.Errorf("waits = %v", waits)
		}
	})
}

func TestOutcomes(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name    string
		err     error
		panics  bool
		state   queue.State
		attempt int
		text    string
		eta     time.Duration // 0: any
	}{
		{name: "plain error", err: boom, state: queue.StatePending, attempt: 1, text: "boom"},
		{name: "retry later", err: queue.RetryLater(boom, time.Hour), state: queue.StatePending, attempt: 1, text: "boom", eta: time.Hour},
		{name: "snooze", err: queue.Snooze(boom, 2*time.Hour), state: queue.StatePending, attempt: 0, text: "boom", eta: 2 * time.Hour},
		{name: "snooze without a reason", err: queue.Snooze(nil, time.Hour), state: queue.StatePending, attempt: 0, eta: time.Hour},
		{name: "permanent", err: queue.Permanent(boom), state: queue.StateFailed, attempt: 1, text: "boom"},
		{name: "wrapped permanent", err: errors.Join(errors.New("line 7"), queue.Permanent(boom)), state: queue.StateFailed, attempt: 1, text: "line 7\nboom"},
		{name: "cancel", err: queue.Cancel(boom), state: queue.StateCancelled, attempt: 1, text: "boom"},
		{name: "panic", panics: true, state: queue.StatePending, attempt: 1, text: "panic: ouch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) {
					if c.panics {
						panic("ouch")
					}
					return nil, c.err
				})
				id := b.add(t, "x", queue.Options{})
				b.drain(t)
				i := b.want(t, id, c.state)
				if i.Attempt != c.attempt || !strings.HasPrefix(i.Error, c.text) {
					t.Errorf("attempt %d, error %q; want %d, %q", i.Attempt, i.Error, c.attempt, c.text)
				}
				if c.panics && !strings.Contains(i.Error, "lifecycle_test.go") {
					t.Errorf("error %q has no stack", i.Error)
				}
				if c.eta != 0 && i.ETA.Sub(b.Clock.Now()) != c.eta {
					t.Errorf("eta = %v, want in %v", i.ETA, c.eta)
				}
			})
		})
	}
}

func TestErrorOfDoneUndoesTheCompletion(t *testing.T) {
	for name, done := range map[string]queue.Done{
		"error": func(tx *store.Tx) error {
			return errors.Join(notes.Put(tx, "said", "x"), queue.Permanent(errors.New("not now")))
		},
		"panic": func(tx *store.Tx) error { _ = notes.Put(tx, "said", "x"); panic("not now") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) { return done, nil })
			id := b.add(t, "x", queue.Options{MaxRetries: ptr(1)})
			b.drain(t)
			if i := b.want(t, id, queue.StateFailed); !strings.Contains(i.Error, "not now") {
				t.Errorf("error = %q", i.Error)
			}
			if got := note(t, b.Store, "said"); got != "" {
				t.Errorf("note = %q, want none", got)
			}
		})
	}
}

func TestErrorIsClearedWhenDone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Attempt == 1 {
				return nil, errors.New("first")
			}
			return nil, nil
		})
		id := b.add(t, "x", queue.Options{})
		b.drain(t)
		if i := b.want(t, id, queue.StatePending); i.Error != "first" {
			t.Errorf("error = %q", i.Error)
		}
		b.Clock.Advance(time.Minute)
		b.drain(t)
		if i := b.want(t, id, queue.StateDone); i.Error != "" || i.Attempt != 2 {
			t.Errorf("info = %+v", i)
		}
	})
}

func TestStepCommitsOnTheWay(t *testing.T) {
	g := newGate()
	b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		if err := j.Step(ctx, func(tx *store.Tx) error { return notes.Put(tx, "step", "1") }); err != nil {
			return nil, err
		}
		boom := errors.New("boom")
		if err := j.Step(ctx, func(tx *store.Tx) error { return errors.Join(notes.Put(tx, "step", "2"), boom) }); !errors.Is(err, boom) {
			t.Errorf("Step() = %v, want boom", err)
		}
		return nil, g.pass(ctx, j.Args)
	})
	b.Start(t)
	id := b.add(t, "x", queue.Options{})
	<-g.entered
	if got := note(t, b.Store, "step"); got != "1" {
		t.Errorf("step = %q, want 1", got)
	}
	g.leave <- nil
	if _, err := b.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func TestCancelledRunCommitsNothing(t *testing.T) {
	g := newGate()
	stepped := make(chan error, 1)
	b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args == "next" {
			return nil, nil
		}
		g.entered <- j.Args
		<-ctx.Done()
		if !errors.Is(context.Cause(ctx), queue.ErrCancelled) {
			t.Errorf("cause = %v, want ErrCancelled", context.Cause(ctx))
		}
		stepped <- j.Step(context.Background(), func(tx *store.Tx) error { return notes.Put(tx, "step", "late") })
		<-g.leave
		return func(tx *store.Tx) error { return notes.Put(tx, "done", "late") }, nil
	}, channels("root:1"))
	b.Start(t)
	id := b.add(t, "x", queue.Options{IdentityKey: "k"})
	next := b.add(t, "next", queue.Options{})
	<-g.entered
	if err := b.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if i := b.want(t, id, queue.StateCancelled); i.Error != "cancelled by hand" {
		t.Errorf("error = %q", i.Error)
	}
	if err := <-stepped; !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("Step() = %v, want ErrLeaseLost", err)
	}
	// Its handler has not returned: the place is taken, and it can't be started anew.
	b.want(t, next, queue.StatePending)
	var se *queue.StateError
	if err := b.Requeue(t.Context(), id); !errors.As(err, &se) {
		t.Errorf("Requeue() = %v, want a StateError", err)
	}
	queuetest.Check(t, b.Store)
	g.leave <- nil
	if i, err := b.Wait(t.Context(), next); err != nil || i.State != queue.StateDone {
		t.Fatalf("Wait() = %v, %v", i.State, err)
	}
	if note(t, b.Store, "step")+note(t, b.Store, "done") != "" {
		t.Error("a late commit was taken")
	}
	b.want(t, id, queue.StateCancelled)
}

func TestTimeIsOver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		returned := make(chan struct{})
		release := make(chan struct{})
		var second time.Time
		b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Attempt == 2 {
				second = time.Now()
				return nil, nil
			}
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), queue.ErrTimedOut) {
				t.Errorf("cause = %v, want ErrTimedOut", context.Cause(ctx))
			}
			if err := j.Step(context.Background(), func(*store.Tx) error { return nil }); !errors.Is(err, queue.ErrLeaseLost) {
				t.Errorf("Step() = %v, want ErrLeaseLost", err)
			}
			<-release
			close(returned)
			return func(tx *store.Tx) error { return notes.Put(tx, "done", "late") }, nil
		}, func(c *queue.Config) { c.Channels, c.Timeouts = "root:4,root.sales:1", "root:600,root.sales:120" })
		b.Start(t)
		id := b.add(t, "x", queue.Options{Channel: "sales.kitchen"})
		start := time.Now()
		time.Sleep(119 * time.Second)
		synctest.Wait()
		b.want(t, id, queue.StateStarted)
		time.Sleep(10 * time.Minute) // its time is over, its handler goes on: no second run
		synctest.Wait()
		b.want(t, id, queue.StateStarted)
		close(release)
		<-returned
		synctest.Wait()
		i := b.want(t, id, queue.StatePending)
		if i.Attempt != 1 || i.Error != "the job's time is over after 2m0s" {
			t.Errorf("attempt %d, error %q", i.Attempt, i.Error)
		}
		if i, err := b.Wait(t.Context(), id); err != nil || i.State != queue.StateDone {
			t.Fatalf("Wait() = %v, %v", i.State, err)
		}
		if note(t, b.Store, "done") != "" {
			t.Error("a late completion was taken")
		}
		if second.Sub(start) < 719*time.Second {
			t.Errorf("second run after %v, before the first handler had returned", second.Sub(start))
		}
	})
}

// TestTimeIsOverForWhatIsAway: no answer costs no attempt, even when the wait for it took
// all the time there was.
func TestTimeIsOverForWhatIsAway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		away := errors.New("nobody answers")
		b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			<-ctx.Done()
			return nil, queue.Snooze(away, 10*time.Minute)
		}, func(c *queue.Config) { c.Timeouts = "root:120" })
		b.Start(t)
		id := b.add(t, "x", queue.Options{})
		for range 12 {
			time.Sleep(121 * time.Second)
			synctest.Wait()
			if i := b.want(t, id, queue.StatePending); i.Attempt != 0 || i.Error != "the job's time is over after 2m0s: nobody answers" {
				t.Fatalf("attempt %d, error %q", i.Attempt, i.Error)
			}
			time.Sleep(10*time.Minute - time.Second)
		}
	})
}

func TestSoftStopCostsNothing(t *testing.T) {
	g := newGate()
	b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args == "finishes" {
			g.entered <- j.Args
			<-ctx.Done()
			return nil, nil // in time, in spite of the stop
		}
		return nil, g.pass(ctx, j.Args)
	})
	stop := b.Start(t)
	id := b.add(t, "x", queue.Options{})
	fin := b.add(t, "finishes", queue.Options{})
	<-g.entered
	<-g.entered
	stop()
	if i := b.want(t, id, queue.StatePending); i.Attempt != 0 || i.Interruptions != 0 || i.Error != "" {
		t.Errorf("info = %+v", i)
	}
	b.want(t, fin, queue.StateDone)
	late := b.add(t, "late", queue.Options{})
	b.want(t, late, queue.StatePending)
}

func TestHandlerThatIgnoresTheStopIsNamed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		release := make(chan struct{})
		s := storetest.Open(t)
		b := benchOn(t, s, queuetest.NewClock(noon), func(context.Context, *queue.Job[string]) (queue.Done, error) {
			<-release
			return nil, nil
		}, func(c *queue.Config) { c.Grace = 3 * time.Second })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		id := b.add(t, "x", queue.Options{})
		synctest.Wait()
		cancel()
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "1 (test)") {
			t.Errorf("Run() = %v, want the job's name", err)
		}
		// A second Run leaves the job to the handler that still has it.
		ctx, cancel = context.WithCancel(t.Context())
		go func() { ended <- b.Run(ctx) }()
		synctest.Wait()
		if i := b.want(t, id, queue.StateStarted); i.Interruptions != 0 {
			t.Errorf("interruptions = %d", i.Interruptions)
		}
		close(release)
		if i, err := b.Wait(t.Context(), id); err != nil || i.State != queue.StateDone {
			t.Errorf("Wait() = %v, %v", i.State, err)
		}
		if len(b.runs()) != 1 {
			t.Errorf("ran %v", b.runs())
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestOneRunAtATime(t *testing.T) {
	b := newBench(t, nil)
	b.Start(t)
	if err := b.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Run(t.Context()); !errors.Is(err, queue.ErrAlreadyRunning) {
		t.Errorf("Run() = %v, want ErrAlreadyRunning", err)
	}
}

// TestStopJobRunner: jobs are accepted, none runs, and it says so. TestScheduleOfAStoppedRunnerIsQuiet has the schedules.
func TestStopJobRunner(t *testing.T) {
	b := newBench(t, nil, func(c *queue.Config) { c.Runner = ptr(false) })
	if b.Runner() || !newBench(t, nil).Runner() {
		t.Error("Runner() doesn't say whether it runs jobs")
	}
	b.Start(t)
	id := b.add(t, "x", queue.Options{})
	if err := b.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.want(t, id, queue.StatePending)
	if len(b.runs()) != 0 {
		t.Errorf("ran %v, want nothing", b.runs())
	}
	if got := b.Counts()[queue.StatePending]; got != 1 {
		t.Errorf("pending = %d, want 1", got)
	}
}

func TestRegisterTwicePanics(t *testing.T) {
	b := newBench(t, nil)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	queue.Register(b.Queue.Queue, b.kind, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
}

func TestBadOptionsAreRefused(t *testing.T) {
	b := newBench(t, nil)
	for name, o := range map[string]queue.Options{
		"priority below 0":      {Priority: ptr(-1)},
		"priority above 1000":   {Priority: ptr(1001)},
		"delay below 0":         {Delay: -1},
		"delay and hour":        {Delay: 1, At: noon},
		"channel with a space":  {Channel: "a b"},
		"channel with two dots": {Channel: "a..b"},
		"long identity":         {IdentityKey: strings.Repeat("x", 513)},
	} {
		err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
			_, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "x", o)
			return err
		})
		if !errors.Is(err, queue.ErrInvalid) {
			t.Errorf("%s: Enqueue() = %v, want ErrInvalid", name, err)
		}
	}
}

func TestLargeArgumentsAreKeptApart(t *testing.T) {
	b := newBench(t, nil)
	large := strings.Repeat("crema ", 1000)
	b.add(t, large, queue.Options{})
	queuetest.Check(t, b.Store)
	b.drain(t)
	if got := b.runs(); len(got) != 1 || got[0] != large {
		t.Errorf("the handler got %d runs", len(got))
	}
}

func TestJSONOfAJob(t *testing.T) {
	b := newBench(t, nil)
	id := b.add(t, "x", queue.Options{IdentityKey: "k"})
	raw, err := json.Marshal(b.Info(t, id))
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(raw, &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id", "kind", "state", "channel", "priority", "attempt", "max_retries", "interruptions", "eta", "created", "started",
		"finished", "result", "error", "identity_key", "backend", "related", "parent", "children_open", "description", "waiting"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("key %q is missing in %s", key, raw)
		}
	}
	if keys["id"] != "1" || keys["eta"] != nil || keys["parent"] != nil {
		t.Errorf("json = %s", raw)
	}
	var back queue.Info
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if back != b.Info(t, id) {
		t.Errorf("round trip = %+v", back)
	}
}

func TestHandlerThatEndsItsGoroutine(t *testing.T) {
	b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) {
		runtime.Goexit()
		return nil, nil
	})
	id := b.add(t, "x", queue.Options{MaxRetries: ptr(1)})
	b.drain(t)
	if i := b.want(t, id, queue.StateFailed); !strings.Contains(i.Error, "ended its goroutine") {
		t.Errorf("error = %q", i.Error)
	}
}

func TestFullStoreTakesNoJobsAndFinishesThoseItHas(t *testing.T) {
	s, err := store.Open(filepath.Join(storetest.Memory(t), "small.db"), store.Options{MaxSize: 40 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	b := benchOn(t, s, queuetest.NewClock(noon), nil, func(c *queue.Config) { c.Keep.Count = 10 })
	ballast := strings.Repeat("x", 100<<10)
	var ids []queue.ID
	var id queue.ID
	for err == nil {
		err = s.Update(t.Context(), func(tx *store.Tx) (err error) {
			id, err = queue.Enqueue(tx, b.Queue.Queue, b.kind, ballast, queue.Options{})
			return err
		})
		if err == nil {
			ids = append(ids, id)
		}
	}
	if !errors.Is(err, queue.ErrFull) || len(ids) < 10 {
		t.Fatalf("after %d jobs: Enqueue() = %v, want ErrFull", len(ids), err)
	}
	b.drain(t)
	if got := len(b.runs()); got != len(ids) {
		t.Errorf("%d of %d jobs ran", got, len(ids))
	}
	b.add(t, "there is room again", queue.Options{})
}

func TestWatcherThatLagsLosesTheOldest(t *testing.T) {
	b := newBench(t, nil)
	changes, stop := b.Watch()
	for range 200 {
		b.add(t, "x", queue.Options{})
	}
	b.drain(t) // 200 changes at the enqueue, 400 and more since
	var last queue.Info
	n := 0
	for ; len(changes) > 0; n++ {
		last = <-changes
	}
	if n != 256 || last.State != queue.StateDone {
		t.Errorf("%d changes, the last %+v; want the newest 256", n, last)
	}
	stop()
	stop()
	if _, open := <-changes; open {
		t.Error("the channel is open after stop")
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	b := newBench(t, nil)
	id := b.add(t, "x", queue.Options{Delay: time.Hour})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the page was closed")
	cancel(why)
	if _, err := b.Wait(ctx, id); !errors.Is(err, why) {
		t.Errorf("Wait() = %v, want %v", err, why)
	}
}
