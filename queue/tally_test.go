package queue_test

import (
	"context"
	"maps"
	"reflect"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// counted counts the jobs one by one.
func counted(t testing.TB, q *queuetest.Queue) map[string]map[queue.State]int {
	t.Helper()
	all := map[string]map[queue.State]int{}
	for _, i := range q.Jobs(t, queue.Filter{}) {
		if all[i.Channel] == nil {
			all[i.Channel] = map[queue.State]int{}
			for _, s := range queue.States() {
				all[i.Channel][s] = 0
			}
		}
		all[i.Channel][i.State]++
	}
	return all
}

// The numbers of a clean end are there at the next start, changes between two Runs are in them, and after a cut they are counted.
func TestCountsSurviveRestarts(t *testing.T) {
	s := storetest.Open(t)
	clock := queuetest.NewClock(noon)
	h := func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args == "bad" {
			return nil, queue.Permanent(context.Canceled)
		}
		return nil, nil
	}
	b := benchOn(t, s, clock, h, channels("root:2,root.a:1,root.off:0"))
	check := func(when string, b *bench) {
		t.Helper()
		if got, want := b.CountsByChannel(), counted(t, b.Queue); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: CountsByChannel() = %v, want %v", when, got, want)
		}
	}
	for range 3 {
		b.add(t, "good", queue.Options{Channel: "a"})
		b.add(t, "bad", queue.Options{})
		b.add(t, "later", queue.Options{Delay: time.Hour, Channel: "a.b"})
		b.add(t, "off", queue.Options{Channel: "off"})
	}
	check("before the first run", b)
	b.drain(t)
	check("after a run", b)

	again := benchOn(t, s, clock, h, channels("root:2,root.a:1,root.off:0"))
	check("at the next start, before its run", again)
	kept := again.Counts()
	if kept[queue.StateDone] != 3 || kept[queue.StateFailed] != 3 || kept[queue.StatePending] != 6 {
		t.Errorf("Counts() = %v", kept)
	}
	id := again.add(t, "good", queue.Options{Channel: "off"})
	check("with one more between two runs", again)
	again.drain(t)
	check("after the next run", again)
	if err := again.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	check("after a change that follows a run", again)

	cut := benchOn(t, powerCut(t, s), clock, h, channels("root:2,root.a:1,root.off:0"))
	cut.drain(t)
	check("after a power cut", cut)
}

// Enqueues that come while a Run ends are counted, in whichever commit the numbers are stored.
func TestCountsWhileARunEnds(t *testing.T) {
	s := storetest.Open(t)
	clock := queuetest.NewClock(noon)
	for range 20 {
		b := benchOn(t, s, clock, nil)
		stop := b.Start(t)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for range 20 {
				err := s.Update(context.Background(), func(tx *store.Tx) error {
					_, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "x", queue.Options{})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		}()
		stop()
		<-ended
		next := benchOn(t, s, clock, nil)
		if got, want := next.CountsByChannel(), counted(t, next.Queue); !reflect.DeepEqual(got, want) {
			t.Fatalf("CountsByChannel() = %v, want %v", got, want)
		}
		if got := b.CountsByChannel(); !maps.EqualFunc(got, counted(t, next.Queue), maps.Equal[map[queue.State]int]) {
			t.Fatalf("the old queue's CountsByChannel() = %v", got)
		}
	}
}
