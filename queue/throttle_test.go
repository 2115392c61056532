package queue_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/store"
)

func TestThrottle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var mu sync.Mutex
		at := map[string][]time.Duration{}
		begin := time.Now()
		b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			mu.Lock()
			defer mu.Unlock()
			at[j.Args] = append(at[j.Args], time.Since(begin))
			return nil, nil
		}, channels("root:4,slow:3:throttle=5,slow.slower:1:throttle=12,free:1"))
		b.Start(t)
		for range 3 {
			b.add(t, "slower", queue.Options{Channel: "slow.slower.x"})
			b.add(t, "slow", queue.Options{Channel: "slow.y"})
			b.add(t, "free", queue.Options{Channel: "free"})
		}
		synctest.Wait()
		if i := b.channels(t)[2]; i.Name != "root.slow" || i.Throttle != 5 || !i.Next.Equal(noon.Add(5*time.Second)) {
			t.Errorf("Channels() = %+v, want the next start in 5 s", i)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		// Each start in slow.slower counts in slow too; between them the others have room.
		want := map[string][]time.Duration{"slower": {0, 15 * time.Second, 27 * time.Second}, "slow": {5 * time.Second, 10 * time.Second, 20 * time.Second},
			"free": {0, 0, 0}}
		for name, want := range want {
			if !slices.Equal(at[name], want) {
				t.Errorf("%s started at %v, want %v", name, at[name], want)
			}
		}
	})
}

// The last start is in the store: neither a soft stop nor a power cut lets the next one come sooner.
func TestThrottleOverRestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const config = "root:4,slow:4:throttle=60"
		b := newBench(t, nil, channels(config))
		b.add(t, "first", queue.Options{Channel: "slow"})
		b.drain(t)
		second := b.add(t, "second", queue.Options{Channel: "slow"})
		b.Clock.Advance(20 * time.Second)
		b.drain(t) // a restart in good order; and Idle doesn't wait for the throttle
		b.want(t, second, queue.StatePending)
		cut := benchOn(t, powerCut(t, b.Store), b.Clock, nil, channels(config))
		cut.Start(t)
		time.Sleep(39 * time.Second)
		synctest.Wait()
		cut.want(t, second, queue.StatePending)
		time.Sleep(time.Second)
		synctest.Wait()
		cut.want(t, second, queue.StateDone)

		third := cut.add(t, "third", queue.Options{Channel: "slow"})
		off := benchOn(t, powerCut(t, cut.Store), b.Clock, nil, channels("root:4"))
		off.drain(t)
		off.want(t, third, queue.StateDone)
	})
}

// A job whose place is free at its enqueue waits all the same, and starts by itself.
func TestThrottledJobStartsByItself(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:4,slow:4:throttle=60"))
		b.Start(t)
		b.add(t, "first", queue.Options{Channel: "slow"})
		synctest.Wait()
		time.Sleep(30 * time.Second)
		second := b.add(t, "second", queue.Options{Channel: "slow"})
		synctest.Wait()
		b.want(t, second, queue.StatePending)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		b.want(t, second, queue.StateDone)
		time.Sleep(time.Hour)
		before := b.Store.Stats().Commits
		b.add(t, "third", queue.Options{Channel: "slow"})
		synctest.Wait()
		b.ranAre(t, "first", "second", "third")
		if got := b.Store.Stats().Commits - before; got != 2 {
			t.Errorf("%d commits for a job whose wait is long over, want 2", got)
		}
	})
}

// An idle queue with a throttle writes nothing; the wait itself costs one commit, that of the start.
func TestThrottleDoesNotPoll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:4,slow:4:throttle=600"))
		b.Start(t)
		b.add(t, "first", queue.Options{Channel: "slow"})
		b.add(t, "second", queue.Options{Channel: "slow"})
		synctest.Wait()
		before := b.Store.Stats().Commits
		time.Sleep(599 * time.Second)
		synctest.Wait()
		if got := b.Store.Stats().Commits - before; got != 0 {
			t.Errorf("%d commits during the wait", got)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		b.ranAre(t, "first", "second")
		if got := b.Store.Stats().Commits - before; got > 3 {
			t.Errorf("%d commits for one start and its end", got)
		}
	})
}

// A paused or full channel whose wait is over doesn't keep the loop awake.
func TestThrottleIsOverWhilePaused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:4,slow:4:throttle=10,slow.on:1:throttle=30"))
		b.Start(t)
		b.add(t, "first", queue.Options{Channel: "slow.on"})
		b.add(t, "second", queue.Options{Channel: "slow"})
		synctest.Wait()
		if err := b.PauseChannel(t.Context(), "slow", true); err != nil {
			t.Fatal(err)
		}
		before := b.Store.Stats().Commits
		time.Sleep(time.Hour)
		synctest.Wait()
		b.ranAre(t, "first")
		if got := b.Store.Stats().Commits - before; got > 2 {
			t.Errorf("%d commits while it is paused", got)
		}
		if err := b.PauseChannel(t.Context(), "slow", false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		b.ranAre(t, "first", "second")
	})
}

// A sequential channel with a throttle, and a parked job in one, keep to it.
func TestThrottleOfASequentialChannel(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:4,s:1:sequential:throttle=10"))
		b.Start(t)
		for n := range 4 {
			b.add(t, fmt.Sprint(n), queue.Options{Channel: "s", Priority: ptr(20 - n)})
		}
		time.Sleep(25 * time.Second)
		synctest.Wait()
		b.ranAre(t, "0", "1", "2")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		b.ranAre(t, "0", "1", "2", "3")
	})
}

// A job that is tried alone after a parking waits for the throttle as any other, and nobody for it meanwhile.
func TestThrottleKeepsAParkedJob(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		const config = "root:4,slow:1:throttle=300"
		b := newBench(t, scripted(g), channels(config))
		b.add(t, "hold", queue.Options{Channel: "slow"})
		for range 5 {
			ctx, cancel := context.WithCancel(t.Context())
			b.Clock.Advance(300 * time.Second)
			go b.Run(ctx)
			<-g.entered
			next := benchOn(t, powerCut(t, b.Store), b.Clock, scripted(g), channels(config))
			cancel()
			synctest.Wait()
			b = next
		}
		b.Start(t)
		time.Sleep(time.Minute) // it is parked for 15 s
		other := b.add(t, "other", queue.Options{})
		synctest.Wait()
		b.want(t, other, queue.StateDone)
		if len(g.entered) > 0 {
			t.Fatal("it was tried before its time")
		}
		time.Sleep(241 * time.Second)
		<-g.entered
		g.leave <- nil
	})
}

// A board whose time was lost waits as long as the throttle says, not until that hour comes again.
func TestThrottleOfAnHourAhead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:4,slow:4:throttle=60"))
		b.Clock.Advance(1000 * time.Hour)
		b.add(t, "first", queue.Options{Channel: "slow"})
		b.drain(t)
		lost := benchOn(t, powerCut(t, b.Store), newBench(t, nil).Clock, nil, channels("root:4,slow:4:throttle=60"))
		second := lost.add(t, "second", queue.Options{Channel: "slow"})
		lost.Start(t)
		time.Sleep(59 * time.Second)
		synctest.Wait()
		lost.want(t, second, queue.StatePending)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		lost.want(t, second, queue.StateDone)
	})
}

// A job that others let go wakes the loop at the throttle's end too, not only one that is enqueued ready.
func TestThrottledJobOfAGraphStartsByItself(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Args == "long" {
				time.Sleep(20 * time.Second)
			}
			return nil, nil
		}, channels("root:4,slow:4:throttle=30,s:1:sequential"))
		b.Start(t)
		b.add(t, "first", queue.Options{Channel: "slow"})
		synctest.Wait() // which of two that run at once comes first, nothing says
		b.Update(t, func(tx *store.Tx) error {
			_, err := queue.EnqueueGraph(tx, b.Queue.Queue, queue.Chain(
				queue.NewNode(b.kind, "long", queue.Options{}), queue.NewNode(b.kind, "after", queue.Options{Channel: "slow"})))
			return err
		})
		time.Sleep(29 * time.Second)
		synctest.Wait()
		b.ranAre(t, "first", "long")
		time.Sleep(time.Second)
		synctest.Wait()
		b.ranAre(t, "first", "long", "after")
	})
}
