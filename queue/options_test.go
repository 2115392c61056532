package queue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// TestIdentityOfARunningTwin is the row "identity_key", its policy for one that runs: a follower, of which there is one, or none.
func TestIdentityOfARunningTwin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) { return nil, g.pass(ctx, j.Args) })
		b.Start(t)
		first := b.add(t, "first", queue.Options{IdentityKey: "k"})
		<-g.entered
		if id := b.add(t, "skipped", queue.Options{IdentityKey: "k", SkipRunning: true}); id != first {
			t.Errorf("SkipRunning gave %s, want the one that runs, %s", id, first)
		}
		follower := b.add(t, "follower", queue.Options{IdentityKey: "k"})
		if follower == first {
			t.Fatal("no follower")
		}
		for _, skip := range []bool{false, true} {
			if id := b.add(t, "twin", queue.Options{IdentityKey: "k", SkipRunning: skip}); id != follower {
				t.Errorf("SkipRunning %v gave %s, want the follower %s", skip, id, follower)
			}
		}
		synctest.Wait()
		if len(g.entered) > 0 {
			t.Error("the follower runs beside the first")
		}
		g.leave <- nil
		<-g.entered
		b.want(t, first, queue.StateDone)
		g.leave <- nil
		synctest.Wait()
		if id := b.add(t, "anew", queue.Options{IdentityKey: "k", SkipRunning: true}); id == first || id == follower {
			t.Errorf("a key that nobody has any more gave %s", id)
		}
		<-g.entered
		g.leave <- nil
	})
}

// A parent that waits for its children is open: SkipRunning finds it.
func TestIdentityOfAWaitingParent(t *testing.T) {
	var b *bench
	b = newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args != "parent" {
			return nil, nil
		}
		return func(tx *store.Tx) error {
			_, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "child", queue.Options{Parent: j.ID, Delay: time.Hour})
			return err
		}, nil
	})
	parent := b.add(t, "parent", queue.Options{IdentityKey: "k"})
	b.drain(t)
	if id := b.add(t, "twin", queue.Options{IdentityKey: "k", SkipRunning: true}); id != parent {
		t.Errorf("SkipRunning gave %s, want the parent %s", id, parent)
	}
	if id := b.add(t, "twin", queue.Options{IdentityKey: "k"}); id == parent {
		t.Error("without it there is a new one")
	}
}

// TestMaxRetries is the row of that name: five runs where nothing else is said, and then the job has failed.
func TestMaxRetries(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, errors.New("no") })
		b.Start(t)
		i, err := b.Wait(t.Context(), b.add(t, "x", queue.Options{}))
		if err != nil || i.State != queue.StateFailed || i.Error != "max retries (5) reached: no" || i.Attempt != 5 || len(b.runs()) != 5 {
			t.Errorf("after %d runs: %+v, %v", len(b.runs()), i, err)
		}
	})
}

// TestIgnoreRetryHasACeiling is the row "ignore_retry": what costs no attempt, or has no end of attempts, ends by its age.
func TestIgnoreRetryHasACeiling(t *testing.T) {
	for name, out := range map[string]error{
		"snooze":  queue.Snooze(errors.New("away"), time.Hour),
		"retries": queue.RetryLater(errors.New("away"), time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, out })
				b.Start(t)
				id := b.add(t, "x", queue.Options{MaxRetries: ptr(0), MaxAge: 10 * time.Hour})
				i, err := b.Wait(t.Context(), id)
				if err != nil || i.State != queue.StateFailed || i.Error != "tried for 10h0m0s, the longest that it may take: away" {
					t.Errorf("Wait() = %+v, %v", i, err)
				}
				if n := len(b.runs()); n != 11 {
					t.Errorf("%d runs, want 11", n)
				}
				// By hand it begins anew, and so does its age.
				if err := b.Requeue(t.Context(), id); err != nil {
					t.Fatal(err)
				}
				if i, err := b.Wait(t.Context(), id); err != nil || len(b.runs()) != 22 {
					t.Errorf("after %d runs: %+v, %v", len(b.runs()), i, err)
				}
			})
		})
	}
}

func TestDefaultAgeIsBeyondNinetyDays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) {
			return nil, queue.Snooze(errors.New("Odoo is away"), time.Hour)
		})
		b.Start(t)
		id := b.add(t, "x", queue.Options{})
		b.Clock.Advance(100 * 24 * time.Hour)
		synctest.Wait()
		b.want(t, id, queue.StatePending)
		b.Clock.Advance(100 * 24 * time.Hour)
		synctest.Wait()
		b.want(t, id, queue.StateFailed)
	})
}

// A job's own time counts within its channel's.
func TestTimeoutOfOneJob(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(ctx context.Context, _ *queue.Job[string]) (queue.Done, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}, func(c *queue.Config) { c.Timeouts = "root:60" })
		b.Start(t)
		for own, want := range map[time.Duration]time.Duration{0: time.Minute, time.Second: time.Second, time.Hour: time.Minute} {
			began := time.Now()
			id := b.add(t, "x", queue.Options{Timeout: own, MaxRetries: ptr(1)})
			i, err := b.Wait(t.Context(), id)
			if err != nil || i.State != queue.StateFailed || !strings.Contains(i.Error, queue.ErrTimedOut.Error()) {
				t.Errorf("Wait() = %+v, %v", i, err)
			}
			if took := time.Since(began); took != want {
				t.Errorf("a job with %v ran for %v, want %v", own, took, want)
			}
		}
	})
}

// TestExecTime is the row "exec_time, worker id": kept for done and for failed.
func TestExecTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			time.Sleep(3 * time.Second) // false time
			if j.Args == "bad" {
				return nil, queue.Permanent(errors.New("no"))
			}
			return nil, nil
		})
		b.Start(t)
		for args, state := range map[string]queue.State{"good": queue.StateDone, "bad": queue.StateFailed} {
			i, err := b.Wait(t.Context(), b.add(t, args, queue.Options{}))
			if err != nil || i.State != state || i.Exec != 3*time.Second || i.Boot != b.Clock.BootID() {
				t.Errorf("%s: %+v, %v", args, i, err)
			}
		}
	})
}

func TestBulk(t *testing.T) {
	bad := true
	b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		if bad {
			return nil, queue.Permanent(errors.New("no"))
		}
		return nil, nil
	}, channels("root:4,root.a:2,root.off:0"))
	for range 450 {
		b.add(t, "x", queue.Options{Channel: "a"})
		b.add(t, "x", queue.Options{})
	}
	for range 5 {
		b.add(t, "x", queue.Options{Channel: "off"})
	}
	b.drain(t)
	all := func(want int, n int, err error) {
		t.Helper()
		if err != nil || n != want {
			t.Errorf("treated %d, %v, want %d", n, err, want)
		}
	}
	n, err := b.CancelAll(t.Context(), queue.Filter{State: queue.StatePending})
	all(5, n, err)
	bad = false
	n, err = b.RequeueAll(t.Context(), queue.Filter{State: queue.StateFailed, Channel: "a"})
	all(450, n, err)
	b.drain(t)
	n, err = b.SetDoneAll(t.Context(), queue.Filter{State: queue.StateFailed, Limit: 300})
	all(300, n, err)
	n, err = b.RequeueAll(t.Context(), queue.Filter{})
	all(155, n, err) // 150 failed, 5 cancelled; done ones are passed over
	b.drain(t)
	if c := b.Counts(); c[queue.StateDone] != 900 || c[queue.StatePending] != 5 {
		t.Errorf("Counts() = %v", c)
	}
	if _, err := b.CancelAll(t.Context(), queue.Filter{Channel: "no such!"}); err == nil {
		t.Error("a bad channel was taken")
	}
	b.Update(t, func(tx *store.Tx) error {
		n, err := b.CancelOpen(tx, queue.Filter{Kind: "test"}, "the store was restored")
		all(5, n, nil)
		return err
	})
	for _, i := range b.Jobs(t, queue.Filter{State: queue.StateCancelled}) {
		if i.Error != "the store was restored" {
			t.Errorf("cancelled for %q", i.Error)
		}
	}
}

// TestEnvSurvivesARestart is the row "context keys".
func TestEnvSurvivesARestart(t *testing.T) {
	s := storetest.Open(t)
	clock := queuetest.NewClock(noon)
	said := ""
	h := func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		said = j.Env("language") + j.Env("zone") + j.Env("none")
		return nil, nil
	}
	first := benchOn(t, s, clock, h)
	first.add(t, "x", queue.Options{Env: map[string]string{"language": "de_CH ", "zone": "Europe/Zurich"}})
	benchOn(t, powerCut(t, s), clock, h).drain(t)
	if said != "de_CH Europe/Zurich" {
		t.Errorf("the handler was told %q", said)
	}
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		_, err := queue.Enqueue(tx, first.Queue.Queue, first.kind, "x", queue.Options{Env: map[string]string{"a": strings.Repeat("x", 1024)}})
		return err
	})
	if !errors.Is(err, queue.ErrInvalid) || !strings.Contains(err.Error(), "1025") {
		t.Errorf("Enqueue() = %v, want the size refused", err)
	}
}

// A function that goes on after Enqueue refused a job commits nothing of it.
func TestRefusedJobLeavesNothing(t *testing.T) {
	b := newBench(t, nil)
	large := strings.Repeat("x", 10_000)
	for _, o := range []queue.Options{{After: []queue.ID{77}}, {Batch: 7}, {Priority: ptr(-1)}} {
		b.Update(t, func(tx *store.Tx) error {
			if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, large, o); err == nil {
				t.Errorf("%+v was taken", o)
			}
			return nil
		})
	}
	queuetest.Check(t, b.Store)
	if id := b.add(t, large, queue.Options{}); id != 1 {
		t.Errorf("the first job has the number %s", id)
	}
}
