package queue_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store/storetest"
)

// A log of what Config.Observe was told.
type observed struct {
	mu   sync.Mutex
	runs []queue.RunInfo
}

func (o *observed) note(i queue.RunInfo) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.runs = append(o.runs, i)
}

func (o *observed) count(outcome queue.Outcome) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, i := range o.runs {
		if i.Outcome == outcome {
			n++
		}
	}
	return n
}

func (o *observed) last(outcome queue.Outcome) (last queue.RunInfo) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, i := range o.runs {
		if i.Outcome == outcome {
			last = i
		}
	}
	return last
}

func watched(o *observed) func(*queue.Config) { return func(c *queue.Config) { c.Observe = o.note } }

// Each run is told when it begins and when it ended, under what came of it.
func TestObserveOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		tries int
		want  map[queue.Outcome]int
	}{
		"done":      {nil, 5, map[queue.Outcome]int{queue.RunStarted: 1, queue.RunDone: 1}},
		"failed":    {queue.Permanent(errors.New("no")), 5, map[queue.Outcome]int{queue.RunStarted: 1, queue.RunFailed: 1}},
		"cancelled": {queue.Cancel(errors.New("nothing to do")), 5, map[queue.Outcome]int{queue.RunStarted: 1, queue.RunCancelled: 1}},
		"retried":   {errors.New("not yet"), 3, map[queue.Outcome]int{queue.RunStarted: 3, queue.RunRetried: 2, queue.RunFailed: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				o := new(observed)
				b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, c.err }, watched(o))
				b.add(t, "x", queue.Options{MaxRetries: &c.tries})
				for range c.tries {
					b.drain(t)
					b.Clock.Advance(24 * time.Hour)
				}
				b.drain(t)
				for _, outcome := range []queue.Outcome{queue.RunStarted, queue.RunDone, queue.RunFailed, queue.RunCancelled, queue.RunRetried, queue.RunSnoozed} {
					if got := o.count(outcome); got != c.want[outcome] {
						t.Errorf("%s was told %d times, want %d", outcome, got, c.want[outcome])
					}
				}
			})
		})
	}
}

// The wait is for a place only: not for the hour, not for the retry, not while it ran.
func TestObserveWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := new(observed)
		fails := true
		b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Args == "long" {
				time.Sleep(7 * time.Minute)
				return nil, nil
			}
			if fails {
				fails = false
				return nil, queue.RetryLater(errors.New("not yet"), time.Hour)
			}
			return nil, nil
		}, watched(o), channels("root:1"))
		b.add(t, "late", queue.Options{Delay: time.Hour})
		end := b.Start(t)
		defer end()
		time.Sleep(time.Hour - time.Minute)
		b.add(t, "long", queue.Options{}) // holds the only place until 6 min after the hour of the other
		time.Sleep(10 * time.Minute)
		if i := o.last(queue.RunRetried); i.Wait != 6*time.Minute {
			t.Errorf("the first run waited %v for its place, want 6m", i.Wait)
		}
		if i := o.last(queue.RunDone); i.Exec != 7*time.Minute || i.Wait != 0 {
			t.Errorf("the long one took %v and waited %v, want 7m and 0", i.Exec, i.Wait)
		}
		time.Sleep(2 * time.Hour)
		if i := o.last(queue.RunDone); i.Wait != 0 || i.Attempt != 2 {
			t.Errorf("the second run waited %v as attempt %d: its retry is no wait for a place", i.Wait, i.Attempt)
		}
	})
}

// A run over its time and one that the process took with it are told as such.
func TestObserveTimeoutAndInterruption(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, clock, o := storetest.Open(t), queuetest.NewClock(noon), new(observed)
		hang := func(ctx context.Context, _ *queue.Job[string]) (queue.Done, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		b := benchOn(t, s, clock, hang, watched(o), func(c *queue.Config) { c.Limit = time.Minute })
		id := b.add(t, "x", queue.Options{})
		end := b.Start(t)
		defer end()
		time.Sleep(time.Minute + time.Second)
		if i := o.last(queue.RunRetried); !i.TimedOut || i.Exec != time.Minute {
			t.Errorf("a run over its time is told as %+v", i)
		}
		if err := b.Requeue(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		cut := powerCut(t, s)
		again := new(observed)
		next := benchOn(t, cut, clock, nil, watched(again))
		next.drain(t)
		if n := again.count(queue.RunInterrupted); n != 1 || again.count(queue.RunDone) != 1 {
			t.Errorf("after the power cut: %d interrupted and %d done, want 1 and 1", n, again.count(queue.RunDone))
		}
	})
}
