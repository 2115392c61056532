package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// What can start with the new places starts in the commit of the change; what runs goes on, also where it is more than there is room for.
func TestHotReload(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		b := newBench(t, scripted(g), channels("root:4,a:1"))
		b.Start(t)
		for n := range 6 {
			b.add(t, fmt.Sprint("hold ", n), queue.Options{Channel: "a.x"})
		}
		synctest.Wait()
		if len(g.entered) != 1 {
			t.Fatalf("%d run, want 1", len(g.entered))
		}
		before := b.Store.Stats().Commits
		if err := b.SetChannels(t.Context(), "root:4,a:3", ""); err != nil {
			t.Fatal(err)
		}
		if got := b.Store.Stats().Commits - before; got != 1 {
			t.Errorf("%d commits for the change, want 1", got)
		}
		synctest.Wait()
		if len(g.entered) != 3 {
			t.Errorf("%d run, want 3", len(g.entered))
		}
		if got := b.ChannelConfig(); got != "root:4,root.a:3" {
			t.Errorf("ChannelConfig() = %q", got)
		}

		if err := b.SetChannels(t.Context(), "root:2,a:2", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if i := b.channels(t); i[1].Running != 3 || i[1].Capacity != 2 {
			t.Errorf("Channels() = %+v, want 3 of 2", i)
		}
		g.leave <- nil
		synctest.Wait()
		if len(g.entered) != 3 {
			t.Errorf("another one began beside two of two")
		}
		g.leave <- nil
		synctest.Wait()
		if len(g.entered) != 4 {
			t.Errorf("%d began, want 4", len(g.entered))
		}
		if err := b.SetChannels(t.Context(), "root:10", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(g.entered) != 6 {
			t.Errorf("%d began, want all", len(g.entered))
		}
		for range 4 {
			g.leave <- nil
		}
	})
}

func TestHotReloadRefusesABadConfig(t *testing.T) {
	b := newBench(t, nil, channels("root:4,a:1:sequential,b:2:throttle=3"))
	was := b.ChannelConfig()
	for _, c := range []struct{ channels, timeouts, want string }{
		{"root:4,a:2:sequential", "", "character 12"},
		{"root:4", "a:4000", "above the limit of 3600 s"},
		{"root:x", "a:y", "timeouts: at character 3"},
	} {
		if err := b.SetChannels(t.Context(), c.channels, c.timeouts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("SetChannels(%q, %q) = %v, want it to say %q", c.channels, c.timeouts, err, c.want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.SetChannels(ended, "root:7", ""); err == nil {
		t.Error("SetChannels() of an ended context is nil")
	}
	if got := b.ChannelConfig(); got != was || was != "root:4,root.a:1:sequential,root.b:2:throttle=3" {
		t.Errorf("ChannelConfig() = %q, want %q", got, was)
	}
}

// What is added in a transaction takes jobs as if it had been configured, and leaves the rest alone.
func TestAddChannel(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		b := newBench(t, scripted(g), channels("root:4,a:2:throttle=1"))
		add := func(names ...string) error {
			return b.Store.Update(t.Context(), func(tx *store.Tx) error {
				for _, name := range names {
					if err := b.AddChannel(tx, name); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := add("root.m.x:1", "a:7", "root.m.y", "o:1:sequential"); err != nil { // before Run too
			t.Fatal(err)
		}
		if got := b.ChannelConfig(); got != "root:4,root.a:2:throttle=1,root.m.x:1,root.m.y:1,root.o:1:sequential" {
			t.Errorf("ChannelConfig() = %q", got)
		}
		b.Start(t)
		for n := range 6 {
			b.add(t, fmt.Sprint("hold ", n), queue.Options{Channel: []string{"m.x", "m.y", "m.z"}[n%3]})
		}
		synctest.Wait()
		if len(g.entered) != 4 { // one of x, one of y, both of z
			t.Errorf("%d run, want 4", len(g.entered))
		}
		if err := add("root.m.z", "m z"); err == nil || strings.Contains(b.ChannelConfig(), "root.m.z") {
			t.Errorf("AddChannel of a bad name = %v, %q", err, b.ChannelConfig())
		}
		for range 6 {
			g.leave <- nil
			synctest.Wait()
		}
	})
}

// The orders of sequential channels and the waits of throttled ones follow the change.
func TestHotReloadOfOrdersAndThrottles(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, scripted(nil), channels("root:4,s:1:sequential"))
		b.Start(t)
		set := func(config string) {
			t.Helper()
			if err := b.SetChannels(t.Context(), config, ""); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			queuetest.Check(t, b.Store)
		}
		b.add(t, "fail", queue.Options{Channel: "s.a"})
		second := b.add(t, "second", queue.Options{Channel: "s"})
		synctest.Wait()
		b.want(t, second, queue.StatePending)
		set("root:4,s:1:throttle=60") // no order: it starts, and is the first start of the throttle
		b.want(t, second, queue.StateDone)
		third := b.add(t, "third", queue.Options{Channel: "s"})
		synctest.Wait()
		b.want(t, third, queue.StatePending)
		set("root:4,s:1:throttle=10")
		time.Sleep(11 * time.Second)
		synctest.Wait()
		b.want(t, third, queue.StateDone)
		fourth := b.add(t, "fourth", queue.Options{Channel: "s"})
		set("root:4,s.a:1:sequential")
		b.want(t, fourth, queue.StateDone)
		fifth := b.add(t, "fifth", queue.Options{Channel: "s.a.b"})
		synctest.Wait()
		b.want(t, fifth, queue.StatePending)
		set("root:1:sequential")
		b.want(t, fifth, queue.StatePending)
		set("root:1")
		b.want(t, fifth, queue.StateDone)
	})
}

// A run keeps the time that it was given; the next has the new one.
func TestHotReloadOfTimeouts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(ctx context.Context, _ *queue.Job[string]) (queue.Done, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}, func(c *queue.Config) { c.Channels, c.Timeouts = "root:1", "root:100" })
		b.Start(t)
		id := b.add(t, "x", queue.Options{MaxRetries: ptr(2)})
		synctest.Wait()
		if err := b.SetChannels(t.Context(), "root:1", "root:5"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(99 * time.Second)
		synctest.Wait()
		b.want(t, id, queue.StateStarted)
		time.Sleep(20 * time.Second) // tried again some 10 s after its time is over, and over again after 5 more
		synctest.Wait()
		b.want(t, id, queue.StateFailed)
	})
}

// The channels change all the time while jobs come, run, fail and are paused. No channel ever runs more than the most that any
// configuration gave it, everything ends, and the indexes agree.
func TestHotReloadUnderLoad(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	configs := []string{"root:4,a:2,a.b:1", "root:4,a:1:sequential,a.b:1:sequential", "root:3,a.b:1:sequential,c:2", "root:4,c:1:sequential", "root:2,a:2"}
	var mu sync.Mutex
	now, most := map[string]int{}, map[string]int{}
	b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		move := func(by int) {
			mu.Lock()
			defer mu.Unlock()
			for _, name := range above(j.Channel) {
				now[name] += by
				most[name] = max(most[name], now[name])
			}
		}
		move(1)
		defer move(-1)
		if j.Args == "undone" {
			return func(*store.Tx) error { return queue.Permanent(errors.New("undone")) }, nil
		}
		return nil, j.Step(ctx, func(*store.Tx) error { return nil })
	}, channels(configs[0]))
	b.Start(t)
	var wg sync.WaitGroup
	undo := errors.New("undo")
	for w := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(w)))
			for n := range 100 {
				o := queue.Options{Channel: []string{"a", "a.b", "a.b.c", "c", "root", "d"}[r.IntN(6)], Priority: ptr(r.IntN(20))}
				args := "x"
				if r.IntN(20) == 0 {
					args = "undone"
				}
				err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
					if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, args, o); err != nil {
						return err
					}
					if n%7 == 0 {
						return undo // what is committed with it runs again
					}
					return nil
				})
				if err != nil && !errors.Is(err, undo) {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		r := rand.New(rand.NewPCG(seed, 99))
		for range 100 {
			if err := b.SetChannels(t.Context(), configs[r.IntN(len(configs))], ""); err != nil {
				t.Error(err)
			}
			if err := b.PauseChannel(t.Context(), "root", r.IntN(3) == 0); err != nil {
				t.Error(err)
			}
			b.channels(t)
		}
	})
	wg.Wait()
	if err := b.PauseChannel(t.Context(), "root", false); err != nil {
		t.Fatal(err)
	}
	if err := b.SetChannels(t.Context(), "root:4", ""); err != nil {
		t.Fatal(err)
	}
	if err := b.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for s, n := range b.Counts() {
		if n > 0 && !s.Terminal() {
			t.Errorf("%d jobs are %s", n, s)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if most["root"] > 4 {
		t.Errorf("%d ran at once", most["root"])
	}
}
