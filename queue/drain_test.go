package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// TestCronJobrunner is the one-shot mode: what can be done is done, by channels and in order, and then it is over.
func TestCronJobrunner(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most := map[string]int{}, map[string]int{}
		b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			mu.Lock()
			running[j.Channel]++
			most[j.Channel] = max(most[j.Channel], running[j.Channel])
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running[j.Channel]--
			mu.Unlock()
			return nil, nil
		}, channels("root:3,one:1,two:2,till:1:sequential,off:0"))
		for n := range 12 {
			b.add(t, fmt.Sprint("one ", n), queue.Options{Channel: "one", Priority: ptr([]int{10, 10, 5}[n%3])})
			b.add(t, fmt.Sprint("two ", n), queue.Options{Channel: "two"})
		}
		off := b.add(t, "off", queue.Options{Channel: "off"})
		later := b.add(t, "later", queue.Options{Delay: time.Hour})
		if err := b.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		var one []string
		for _, r := range b.runs() {
			if strings.HasPrefix(r, "one") {
				one = append(one, r)
			}
		}
		want := []string{"one 2", "one 5", "one 8", "one 11", "one 0", "one 1", "one 3", "one 4", "one 6", "one 7", "one 9", "one 10"}
		if !slices.Equal(one, want) {
			t.Errorf("order %q, want %q", one, want)
		}
		if most["root.one"] != 1 || most["root.two"] != 2 {
			t.Errorf("ran at once: %v", most)
		}
		b.want(t, off, queue.StatePending)
		b.want(t, later, queue.StatePending)
		if c := b.Counts(); c[queue.StateDone] != 24 {
			t.Errorf("Counts() = %v, want 24 done", c)
		}
		b.Clock.Advance(time.Hour)
		if err := b.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.want(t, later, queue.StateDone)
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("no time")
		cancel(why)
		if err := b.Drain(ctx); !errors.Is(err, why) {
			t.Errorf("Drain() = %v, want %v", err, why)
		}
	})
}

func TestPerformRunsWhatAJobLeadsToAndNothingElse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var b *bench
		b = newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			switch j.Args {
			case "parent":
				return func(tx *store.Tx) error {
					for _, o := range []queue.Options{{Parent: j.ID, Delay: time.Hour}, {Parent: j.ID, At: noon.Add(48 * time.Hour)},
						{Parent: j.ID, IdentityKey: "old"}, {Follows: j.ID}} {
						if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "child", o); err != nil {
							return err
						}
					}
					return nil
				}, nil
			case "third time":
				if j.Attempt < 3 {
					return nil, errors.New("not yet")
				}
			case "never":
				return nil, queue.Snooze(errors.New("the machine is away"), time.Hour)
			}
			return nil, nil
		}, channels("root:2,off:0"))
		err := b.Schedule("each minute", "* * * * *", time.UTC, func(tx *store.Tx) (queue.ID, error) {
			t.Error("a schedule fired")
			return 0, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		b.drain(t)                        // the first sight of the schedule
		b.Clock.Advance(10 * time.Minute) // it is due
		other := b.add(t, "other", queue.Options{})
		old := b.add(t, "old", queue.Options{IdentityKey: "old"})
		parent := b.add(t, "parent", queue.Options{Delay: time.Minute})
		third := b.add(t, "third time", queue.Options{})
		never := b.add(t, "never", queue.Options{})
		off := b.add(t, "off", queue.Options{Channel: "off"})
		began := time.Now()
		queuetest.Perform(t, b.Queue, parent, third)
		b.want(t, parent, queue.StateDone)
		if i := b.want(t, third, queue.StateDone); i.Attempt != 3 {
			t.Errorf("attempt %d, want 3", i.Attempt)
		}
		b.want(t, old, queue.StateDone) // a child found it by its key
		b.want(t, other, queue.StatePending)
		b.want(t, never, queue.StatePending)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %v of false time: something waited for its hour", took)
		}
		for id, text := range map[queue.ID]string{never: "the machine is away", off: "no place for it in channel root.off", 99: "no such job"} {
			if err := b.Perform(t.Context(), id); err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("Perform(%v) = %v, want an error with %q", id, err, text)
			}
		}
		b.want(t, other, queue.StatePending)
	})
}

func TestArguments(t *testing.T) {
	b := newBench(t, nil)
	for _, text := range []string{"short", strings.Repeat("long", 1000)} {
		id := b.add(t, text, queue.Options{})
		err := b.Store.View(func(tx *store.Tx) error {
			raw, version, err := b.Arguments(tx, id)
			if string(raw) != `"`+text+`"` || version != 0 {
				t.Errorf("Arguments() = %s, %d", raw, version)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	err := b.Store.View(func(tx *store.Tx) error {
		_, _, err := b.Arguments(tx, 99)
		return err
	})
	if !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Arguments(99) = %v, want ErrNotFound", err)
	}
}

// TestDrainOnAStoreThatRefuses: what Run waits for ends a run for one shot with the store's error, and no job is lost.
func TestDrainOnAStoreThatRefuses(t *testing.T) {
	unknown := errors.New("no commit today")
	for _, why := range []error{store.ErrFull, store.ErrReadOnly, store.ErrDisk, store.ErrFailed, unknown} {
		for _, after := range []int{0, 1, 3} {
			for how, work := range map[string]func(context.Context, *bench, []queue.ID) error{
				"drain":   func(ctx context.Context, b *bench, _ []queue.ID) error { return b.Drain(ctx) },
				"perform": func(ctx context.Context, b *bench, ids []queue.ID) error { return b.Perform(ctx, ids...) },
			} {
				t.Run(fmt.Sprint(how, " ", why, " after ", after), func(t *testing.T) {
					bubble(t, func(t *testing.T) {
						s, refuses := moodyStore(t)
						commits := 0
						b := benchOn(t, s, queuetest.NewClock(noon), func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
							return func(*store.Tx) error {
								if commits++; commits > after {
									refuses.Store(refusal{why})
								}
								return nil
							}, nil
						})
						var ids []queue.ID
						for n := range 4 {
							ids = append(ids, b.add(t, fmt.Sprint(n), queue.Options{}))
						}
						if after == 0 {
							refuses.Store(refusal{why})
						}
						if err := work(t.Context(), b, ids); !errors.Is(err, why) {
							t.Errorf("it ended with %v", err)
						}
						refuses.Store(refusal{})
						commits = -1000 // no more is refused
						b.drain(t)
						for _, id := range ids {
							if i := b.want(t, id, queue.StateDone); i.Interruptions > 1 {
								t.Errorf("interrupted %d times", i.Interruptions)
							}
						}
					})
				})
			}
		}
	}
}

// TestDrainWithAScheduleThatFails: nor does it wait for an hour that comes again and again.
func TestDrainWithAScheduleThatFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		why := errors.New("no such backend")
		if err := b.Schedule("each hour", "0 * * * *", nil, func(*store.Tx) (queue.ID, error) { return 0, why }); err != nil {
			t.Fatal(err)
		}
		b.drain(t) // it is seen first
		b.Clock.Advance(time.Hour)
		if err := b.Drain(t.Context()); !errors.Is(err, why) || !strings.Contains(err.Error(), "each hour") {
			t.Errorf("Drain() = %v, want %v", err, why)
		}
	})
}
