package board

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"crema/device"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// gate is where a loop hangs once it is shut.
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // nil: it is open
}

func (g *gate) pass() {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if shut != nil {
		<-shut
	}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
	}
	g.shut = nil
}

// stubMachine is one that is there, and hangs in its poll when the gate is shut.
type stubMachine struct{ device.Machine }

func (stubMachine) Connect(context.Context) (device.Identity, error) {
	return device.Identity{Model: "1900", Serial: "1"}, nil
}
func (stubMachine) Events() <-chan device.Event { return nil }
func (stubMachine) Close() error                { return nil }

// slowClock hangs where the queue's loop asks it.
type slowClock struct {
	*queuetest.Clock
	gate *gate
}

func (c slowClock) Changed() <-chan struct{} {
	c.gate.pass()
	return c.Clock.Changed()
}

// TestEachLoopFrozen runs the loops as they are in the program, for a day in which nothing
// happens; then one of them hangs. The page is frozen in web's own test.
func TestEachLoopFrozen(t *testing.T) {
	for _, frozen := range []string{"the store", "the queue", "its schedules", "the line"} {
		t.Run(frozen, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				d, b := watch(t, filepath.Join(dir, "watchdog"))
				var inUpdate, inQueue, inPoll gate
				db, err := store.Open(filepath.Join(dir, "crema.db"), store.Options{Alive: d.Loop("the store")})
				if err != nil {
					t.Fatal(err)
				}
				clock := slowClock{queuetest.NewClock(time.Date(2027, 3, 1, 11, 0, 0, 0, time.UTC)), &inQueue}
				jobs, err := queue.New(db, clock, queue.Config{Alive: d.Loop("the queue")})
				if err != nil {
					t.Fatal(err)
				}
				if err := jobs.Schedule("hourly", "0 * * * *", nil, func(*store.Tx) (queue.ID, error) {
					inUpdate.pass()
					return 0, nil
				}); err != nil {
					t.Fatal(err)
				}
				link := device.NewLink(stubMachine{}, device.LinkOptions{Alive: d.Loop("the line"), OnPoll: func(context.Context, device.Machine) error {
					inPoll.pass()
					return nil
				}})
				ctx, cancel := context.WithCancel(t.Context())
				var all errgroup.Group
				all.Go(func() error { return jobs.Run(ctx) })
				all.Go(func() error { _ = link.Run(ctx); return nil })

				for range 24 * 60 {
					time.Sleep(time.Minute)
					if s := d.Stuck(); len(s) > 0 || b.last() > 5*time.Second {
						t.Fatalf("nothing happens, and stuck is %v, fed %s ago", s, b.last())
					}
				}
				named, what := frozen, frozen
				switch what {
				case "the store":
					inUpdate.close()
					go db.Update(ctx, func(*store.Tx) error { inUpdate.pass(); return nil })
				case "the queue":
					inQueue.close()
				case "its schedules": // they run in the store's commit
					inUpdate.close()
					named = "the store"
					time.Sleep(time.Hour)
				case "the line":
					inPoll.close()
				}
				time.Sleep(7 * time.Minute)
				s := d.Stuck()
				if len(s) == 0 || s[0].Loop != named || b.last() < time.Minute {
					t.Errorf("%s is frozen, stuck is %v, fed %s ago", what, s, b.last())
				}
				next := newWatchdog(WatchdogOptions{Note: filepath.Join(dir, "watchdog")}, "the next boot", true, nil)
				if last, ok := next.Last(); !ok || last.Loop != named || !strings.Contains(last.Doing, "gate).pass") {
					t.Errorf("the next start is told %+v", last)
				}
				next.Close()

				inUpdate.open()
				inQueue.open()
				inPoll.open()
				cancel()
				if err := all.Wait(); err != nil {
					t.Error(err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
				time.Sleep(10 * time.Minute)
				if s := d.Stuck(); len(s) > 0 {
					t.Errorf("all has ended, and stuck is %v", s)
				}
			})
		})
	}
}
