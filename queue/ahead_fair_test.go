package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/store"
)

// What a pause or a change of the channels stops is not begun ahead any more.
func TestAheadStopsAtAPause(t *testing.T) {
	stops := map[string]func(*testing.T, *bench) error{
		"paused":       func(t *testing.T, b *bench) error { return b.PauseChannel(t.Context(), "root", true) },
		"capacity 0":   func(t *testing.T, b *bench) error { return b.SetChannels(t.Context(), "root:0", "") },
		"fewer places": func(t *testing.T, b *bench) error { return b.SetChannels(t.Context(), "root:1", "") },
		"throttled":    func(t *testing.T, b *bench) error { return b.SetChannels(t.Context(), "root:2:throttle=60", "") },
	}
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newGate()
				b, ids := aheadBench(t, newSlowDisk(), g, 6, channels("root:2"))
				g.leave <- nil // its commit finds out what is next
				synctest.Wait()
				if err := stop(t, b); err != nil {
					t.Fatal(err)
				}
				g.leave <- nil
				synctest.Wait()
				if n := len(b.runs()); name != "throttled" && n != 3 {
					t.Errorf("%d jobs began, want the 3 from before", n)
				} else if n > 4 {
					t.Errorf("%d jobs began, want 3 from before and one", n)
				}
				if err := errors.Join(b.SetChannels(t.Context(), "root:2", ""), b.PauseChannel(t.Context(), "root", false)); err != nil {
					t.Fatal(err)
				}
				close(g.leave)
				synctest.Wait()
				for _, id := range ids {
					b.want(t, id, queue.StateDone)
				}
			})
		})
	}
}

// A job of another channel that comes first is not overtaken for ever by a line that is begun ahead.
func TestAheadLetsOthersStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		b, _ := aheadBench(t, newSlowDisk(), g, 0, channels("root:2,root.a:2,root.b:2"))
		for i := range 30 {
			b.add(t, fmt.Sprint("a", i), queue.Options{Channel: "a"})
		}
		g.leave <- nil
		synctest.Wait()
		b.add(t, "urgent", queue.Options{Channel: "b", Priority: ptr(0)})
		before := len(b.runs())
		for !slices.Contains(b.runs(), "urgent") {
			g.leave <- nil
			synctest.Wait()
			if len(b.runs()) == 32 {
				break
			}
		}
		if n := slices.Index(b.runs(), "urgent") - before; n > 4 {
			t.Errorf("%d jobs of the other channel began before the urgent one", n)
		}
		close(g.leave)
		synctest.Wait()
	})
}

// Jobs of one identity key never run at the same time.
func TestAheadKeepsIdentitiesApart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:3"))
		k := queue.Kind[string]{Name: "ahead", Ahead: true}
		running, most := map[string]int{}, 0
		queue.Register(b.Queue.Queue, k, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			b.mu.Lock()
			running[j.IdentityKey]++
			if j.IdentityKey != "" {
				most = max(most, running[j.IdentityKey])
			}
			b.mu.Unlock()
			time.Sleep(time.Duration(min(j.ID, 2)) * time.Second) // so that two end at a time
			b.mu.Lock()
			running[j.IdentityKey]--
			b.mu.Unlock()
			return nil, nil
		})
		add := func(o queue.Options) (id queue.ID) {
			b.Update(t, func(tx *store.Tx) (err error) {
				id, err = queue.Enqueue(tx, b.Queue.Queue, k, "x", o)
				return err
			})
			return id
		}
		for range 4 {
			add(queue.Options{})
		}
		// Two of one key wait: the first was cancelled and is started again.
		first := add(queue.Options{IdentityKey: "key"})
		if err := b.Cancel(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		add(queue.Options{IdentityKey: "key"})
		if err := b.Requeue(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			add(queue.Options{})
		}
		b.drain(t)
		if most != 1 {
			t.Errorf("%d jobs of one key ran at a time", most)
		}
	})
}

// A Step of a job that was begun ahead is committed also where the commit that was to give it its place came to nothing.
func TestAheadStepAfterAFailedDone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:2"))
		k := queue.Kind[int]{Name: "ahead", Ahead: true}
		queue.Register(b.Queue.Queue, k, func(ctx context.Context, j *queue.Job[int]) (queue.Done, error) {
			if j.Args == 3 {
				time.Sleep(time.Minute)
			}
			if j.Args > 2 {
				return nil, j.Step(ctx, func(tx *store.Tx) error { return notes.Put(tx, fmt.Sprint("step ", j.Args), "x") })
			}
			time.Sleep(time.Duration(j.Args) * time.Second)
			return func(tx *store.Tx) error {
				time.Sleep(time.Second / 10) // the Step comes meanwhile
				if j.Args == 1 {
					return nil
				}
				return errors.Join(notes.Put(tx, "gone", "x"), queue.Permanent(errors.New("not now")))
			}, nil
		})
		var ids []queue.ID
		b.Update(t, func(tx *store.Tx) error {
			for i := range 6 {
				id, err := queue.Enqueue(tx, b.Queue.Queue, k, i+1, queue.Options{})
				if err != nil {
					return err
				}
				ids = append(ids, id)
			}
			return nil
		})
		b.drain(t)
		b.want(t, ids[1], queue.StateFailed)
		for n, id := range ids {
			if i := b.Info(t, id); n != 1 && (i.State != queue.StateDone || i.Attempt != 1) {
				t.Fatalf("job %s is %s after %d attempts: %s", id, i.State, i.Attempt, i.Error)
			}
		}
	})
}
