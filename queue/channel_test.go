package queue_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

func TestConfigIsStrict(t *testing.T) {
	s := storetest.Open(t)
	clock := queuetest.NewClock(noon)
	for _, c := range []struct {
		config queue.Config
		want   []string // parts of the error; none: accepted
	}{
		{config: queue.Config{}},
		{config: queue.Config{Channels: "root:4, root.machine:2,\n sales,,"}},
		{config: queue.Config{Channels: "root:0"}},
		{config: queue.Config{Timeouts: "root:600,root.sales:3600"}},
		{config: queue.Config{Timeouts: "root:7200", Limit: 2 * time.Hour}},
		{queue.Config{Timeouts: "root:4000"}, []string{"character 6", "above the limit of 3600 s"}},
		{queue.Config{Timeouts: "root"}, []string{"whole seconds"}},
		{queue.Config{Timeouts: "root:0"}, []string{"whole seconds from 1"}},
		{queue.Config{Timeouts: "root:1.5"}, []string{"whole seconds"}},
		{queue.Config{Timeouts: "root:1:2"}, []string{"character 8", "name:seconds alone"}},
		{queue.Config{Timeouts: "root:1,root:2"}, []string{"character 8", "twice"}},
		{queue.Config{Channels: "x y", Timeouts: "z"}, []string{"channels:", "timeouts:"}},
	} {
		_, err := queue.New(s, clock, c.config)
		if len(c.want) == 0 && err != nil {
			t.Errorf("New(%+v) = %v", c.config, err)
		}
		for _, part := range c.want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("New(%+v) = %v, want it to say %q", c.config, err, part)
			}
		}
	}
}

// TestNestedCapacity: no channel ever runs more than it or any above it allows, and none less than it could.
func TestNestedCapacity(t *testing.T) {
	limits := map[string]int{"root": 4, "root.machine": 2, "root.machine.k": 1, "root.sales": 1}
	var mu sync.Mutex
	now, most := map[string]int{}, map[string]int{}
	b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		move := func(by int) {
			mu.Lock()
			defer mu.Unlock()
			for name := j.Channel; ; name = name[:strings.LastIndexByte(name, '.')] {
				now[name] += by
				most[name] = max(most[name], now[name])
				if name == "root" {
					return
				}
			}
		}
		move(1)
		defer move(-1)
		return nil, j.Step(context.Background(), func(*store.Tx) error { return nil })
	}, channels("root:4,root.machine:2,root.machine.k:1,root.sales:1"))
	b.Start(t)
	var last []queue.ID
	b.Update(t, func(tx *store.Tx) error {
		last = nil
		for n := range 200 {
			o := queue.Options{Channel: []string{"machine", "machine.k", "sales", "root", "other.child"}[n%5]}
			id, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "x", o)
			if err != nil {
				return err
			}
			last = append(last, id)
		}
		return nil
	})
	for _, id := range last {
		if i, err := b.Wait(t.Context(), id); err != nil || i.State != queue.StateDone {
			t.Fatalf("Wait() = %v, %v", i, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for name, limit := range limits {
		if most[name] > limit {
			t.Errorf("%d ran in %s, want at most %d", most[name], name, limit)
		}
	}
	if most["root"] != 4 || most["root.machine"] != 2 {
		t.Errorf("places were left free: %v", most)
	}
}

func TestFullChannelDoesNotHoldUpOthers(t *testing.T) {
	g := newGate()
	b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args == "free" {
			return nil, nil
		}
		return nil, g.pass(ctx, j.Args)
	}, channels("root:3,root.machine:1"))
	b.Start(t)
	b.add(t, "held", queue.Options{Channel: "machine"})
	<-g.entered
	behind := b.add(t, "held", queue.Options{Channel: "machine", Priority: ptr(0)})
	free := b.add(t, "free", queue.Options{})
	if i, err := b.Wait(t.Context(), free); err != nil || i.State != queue.StateDone {
		t.Fatal(err)
	}
	b.want(t, behind, queue.StatePending)
	g.leave <- nil
	<-g.entered
	g.leave <- nil
	if _, err := b.Wait(t.Context(), behind); err != nil {
		t.Fatal(err)
	}
}

func TestPausedChannel(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:4,root.machine:2,root.machine.k:1"))
		if err := b.PauseChannel(t.Context(), "machine", true); err != nil {
			t.Fatal(err)
		}
		if err := b.PauseChannel(t.Context(), "nowhere", true); !errors.Is(err, queue.ErrUnknownChannel) {
			t.Errorf("PauseChannel() = %v, want ErrUnknownChannel", err)
		}
		child := b.add(t, "child", queue.Options{Channel: "machine.k"})
		other := b.add(t, "other", queue.Options{})
		b.drain(t)
		b.want(t, child, queue.StatePending)
		b.want(t, other, queue.StateDone)

		again := benchOn(t, powerCut(t, b.Store), b.Clock, nil, channels("root:4,root.machine:2,root.machine.k:1"))
		again.Start(t)
		synctest.Wait()
		again.want(t, child, queue.StatePending) // it is stored
		if err := again.Store.View(func(tx *store.Tx) error {
			list, err := again.Channels(tx)
			if len(list) != 3 || !list[1].Paused || list[0].Paused || list[0].Capacity != 4 {
				t.Errorf("Channels() = %+v", list)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := again.PauseChannel(t.Context(), "root.machine", false); err != nil {
			t.Fatal(err)
		}
		if i, err := again.Wait(t.Context(), child); err != nil || i.State != queue.StateDone {
			t.Errorf("Wait() = %v, %v", i.State, err)
		}
	})
}

// TestCapacityZero: it is paused, and shown so; no resume helps, and says what does. (TestChannelGrammarIsStrict refuses negative ones.)
func TestCapacityZero(t *testing.T) {
	b := newBench(t, nil, channels("root:2,root.off:0"))
	if i := b.channels(t)[1]; !i.Paused || i.PausedBy != "root.off" || i.Capacity != 0 {
		t.Errorf("Channels() = %+v, want it paused", i)
	}
	for range 2 {
		if err := b.PauseChannel(t.Context(), "off", true); err != nil {
			t.Fatal(err)
		}
		err := b.PauseChannel(t.Context(), "off", false)
		if !errors.Is(err, queue.ErrCapacityZero) || !strings.Contains(err.Error(), "give root.off more than 0") {
			t.Errorf("PauseChannel(false) = %v, want ErrCapacityZero", err)
		}
	}
	off := b.add(t, "off", queue.Options{Channel: "off.child"})
	on := b.add(t, "on", queue.Options{})
	b.drain(t)
	b.want(t, off, queue.StatePending)
	b.want(t, on, queue.StateDone)
}

// A paused parent keeps all below it, whatever their own pause says; a pause outlives its channel's place in the configuration.
func TestPausesCompose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const config = "root:4,a:2,a.b:1"
		b := newBench(t, nil, channels(config))
		for _, name := range []string{"a", "a.b"} {
			if err := b.PauseChannel(t.Context(), name, true); err != nil {
				t.Fatal(err)
			}
		}
		id := b.add(t, "x", queue.Options{Channel: "a.b.c"})
		if err := b.PauseChannel(t.Context(), "a.b", false); err != nil {
			t.Fatal(err)
		}
		b.drain(t)
		b.want(t, id, queue.StatePending)
		if i := b.channels(t)[2]; i.Name != "root.a.b" || i.Paused || i.PausedBy != "root.a" {
			t.Errorf("Channels() = %+v, want it paused by root.a", i)
		}

		without := benchOn(t, powerCut(t, b.Store), b.Clock, nil, channels("root:4"))
		without.drain(t)
		without.want(t, id, queue.StatePending)
		if list := without.channels(t); len(list) != 2 || list[1].Name != "root.a" || !list[1].Paused {
			t.Errorf("Channels() = %+v, want the paused one too", list)
		}
		if err := without.PauseChannel(t.Context(), "a", false); err != nil {
			t.Fatal(err)
		}
		without.drain(t)
		without.want(t, id, queue.StateDone)
		if err := without.PauseChannel(t.Context(), "a", true); !errors.Is(err, queue.ErrUnknownChannel) {
			t.Errorf("PauseChannel() = %v, want ErrUnknownChannel", err)
		}
	})
}

// TestUndeclaredChannel: a job of a channel that nobody declared is bounded by the nearest that is, keeps its channel's name, and channels
// that are only implied bound nothing.
func TestUndeclaredChannel(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		b := newBench(t, scripted(g), channels("root:9,foo:2,bar.x.y:1"))
		b.Start(t)
		for n := range 4 {
			id := b.add(t, "hold", queue.Options{Channel: []string{"root.foo.foo.x", "foo.other"}[n%2]})
			if got, want := b.Info(t, id).Channel, []string{"root.foo.foo.x", "root.foo.other"}[n%2]; got != want {
				t.Errorf("channel %q, want %q", got, want)
			}
			b.add(t, "hold", queue.Options{Channel: "bar.x"})
		}
		synctest.Wait()
		for _, i := range b.channels(t) {
			want := map[string]int{"root": 6, "root.foo": 2, "root.bar": 4, "root.bar.x": 4, "root.bar.x.y": 0}
			if n, known := want[i.Name]; !known || i.Running != n {
				t.Errorf("%s runs %d, want %d", i.Name, i.Running, n)
			}
			if i.Name == "root.bar.x" && (i.Capacity != -1 || i.Counts[queue.StateStarted] != 4) {
				t.Errorf("Channels() = %+v", i)
			}
		}
		for range 8 {
			g.leave <- nil
			synctest.Wait()
		}
	})
}
