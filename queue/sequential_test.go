package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/store"
)

// scripted does what the arguments say: "fail …" fails for good, "retry …" fails at its first try, "hold …" waits for the gate.
func scripted(g *gate) handler {
	return func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		switch {
		case strings.HasPrefix(j.Args, "fail"):
			return nil, queue.Permanent(errors.New("no beans"))
		case strings.HasPrefix(j.Args, "retry") && j.Attempt == 1:
			return nil, queue.RetryLater(errors.New("not yet"), time.Minute)
		case strings.HasPrefix(j.Args, "hold"):
			return nil, g.pass(ctx, j.Args)
		}
		return nil, nil
	}
}

func (b *bench) ranAre(t testing.TB, want ...string) {
	t.Helper()
	if got := b.runs(); !slices.Equal(got, want) {
		t.Fatalf("ran %q, want %q", got, want)
	}
}

// The order is that of the enqueue whatever the priority, over the channel and all below it.
func TestSequential(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:4,s:1:sequential,s.deep.er:1:sequential,free:2"))
		var want []string
		for n := range 12 {
			o := queue.Options{Channel: []string{"s", "s.a", "s.deep", "s.deep.er"}[n%4], Priority: ptr(100 - n)}
			want = append(want, fmt.Sprint(n))
			b.add(t, want[n], o)
		}
		b.drain(t)
		b.ranAre(t, want...)
	})
}

// Whatever the first waits for, those behind it wait too; those of other channels don't.
func TestSequentialHeadBlocks(t *testing.T) {
	const config = "root:4,s:1:sequential"
	for name, c := range map[string]struct {
		head    string
		options queue.Options
		blocked string // what Channels says
		free    func(t *testing.T, b *bench, head queue.ID)
	}{
		"hour": {"x", queue.Options{Delay: time.Hour}, "hour", func(t *testing.T, b *bench, _ queue.ID) { b.Clock.Advance(time.Hour) }},
		"wall hour": {"x", queue.Options{At: noon.Add(time.Hour)}, "hour", func(t *testing.T, b *bench, _ queue.ID) {
			b.Clock.Jump(time.Hour)
		}},
		"retry": {"retry", queue.Options{}, "retry: not yet", func(t *testing.T, b *bench, _ queue.ID) { b.Clock.Advance(time.Minute) }},
		"failed, requeued": {"fail", queue.Options{}, "failed: no beans", func(t *testing.T, b *bench, head queue.ID) {
			// It fails again and is in the way again.
			if err := b.Requeue(t.Context(), head); err != nil {
				t.Fatal(err)
			}
			b.drain(t)
			b.want(t, head, queue.StateFailed)
			if got := b.runs(); len(got) != 3 {
				t.Fatalf("ran %q", got)
			}
			if err := b.SetDone(t.Context(), head); err != nil {
				t.Fatal(err)
			}
		}},
		"failed, cancelled": {"fail", queue.Options{}, "failed", func(t *testing.T, b *bench, head queue.ID) {
			if err := b.Cancel(t.Context(), head); err != nil {
				t.Fatal(err)
			}
		}},
		"failed, done by hand": {"fail", queue.Options{}, "failed", func(t *testing.T, b *bench, head queue.ID) {
			if err := b.SetDone(t.Context(), head); err != nil {
				t.Fatal(err)
			}
		}},
		"cancelled while it waits": {"x", queue.Options{Delay: time.Hour}, "hour", func(t *testing.T, b *bench, head queue.ID) {
			if n, err := b.CancelAll(t.Context(), queue.Filter{Channel: "s.below"}); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newBench(t, scripted(nil), channels(config))
				c.options.Channel = "s.below"
				head := b.add(t, c.head, c.options)
				second := b.add(t, "second", queue.Options{Channel: "s", Priority: ptr(0)})
				third := b.add(t, "third", queue.Options{Channel: "s.x", Priority: ptr(0)})
				other := b.add(t, "other", queue.Options{})
				b.drain(t)
				b.want(t, other, queue.StateDone)
				b.want(t, second, queue.StatePending)
				for _, i := range b.channels(t) {
					if i.Name == "root.s" && (i.BlockedBy != head || !strings.Contains(i.BlockedFor, c.blocked)) {
						t.Errorf("Channels() = %+v, want it blocked by %v: %s", i, head, c.blocked)
					}
				}

				// It holds over a restart.
				again := benchOn(t, powerCut(t, b.Store), b.Clock, scripted(nil), channels(config))
				again.drain(t)
				again.want(t, third, queue.StatePending)

				c.free(t, b, head)
				b.drain(t)
				b.want(t, second, queue.StateDone)
				b.want(t, third, queue.StateDone)
				if got := b.runs(); !slices.Equal(got[len(got)-2:], []string{"second", "third"}) {
					t.Errorf("ran %q", got)
				}
				for _, i := range b.channels(t) {
					if i.BlockedBy != 0 {
						t.Errorf("Channels() = %+v, want nothing blocked", i)
					}
				}
			})
		})
	}
}

func (b *bench) channels(t testing.TB) (list []queue.ChannelInfo) {
	t.Helper()
	err := b.Store.View(func(tx *store.Tx) (err error) {
		list, err = b.Channels(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A job that nobody knows, and one that is parked, block too.
func TestSequentialHeldAndParkedHeadsBlock(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:4,s:1:sequential"))
		stranger := queue.Kind[string]{Name: "stranger", Channel: "s"}
		b.Update(t, func(tx *store.Tx) error {
			_, err := queue.Enqueue(tx, b.Queue.Queue, stranger, "", queue.Options{})
			return err
		})
		second := b.add(t, "second", queue.Options{Channel: "s"})
		b.drain(t)
		b.want(t, second, queue.StatePending)
		again := benchOn(t, powerCut(t, b.Store), b.Clock, nil, channels("root:4,s:1:sequential"))
		queue.Register(again.Queue.Queue, stranger, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
		again.drain(t)
		again.want(t, second, queue.StateDone)

		g := newGate()
		cut := newBench(t, scripted(g), channels("root:4,s:1:sequential"))
		head := cut.add(t, "hold", queue.Options{Channel: "s"})
		behind := cut.add(t, "behind", queue.Options{Channel: "s", Priority: ptr(0)})
		for range 5 {
			ctx, cancel := context.WithCancel(t.Context())
			go cut.Run(ctx)
			<-g.entered
			next := benchOn(t, powerCut(t, cut.Store), cut.Clock, scripted(g), channels("root:4,s:1:sequential"))
			cancel()
			synctest.Wait()
			cut = next
		}
		stop := cut.Start(t)
		synctest.Wait()
		cut.want(t, behind, queue.StatePending)
		if i := cut.channels(t)[1]; i.BlockedBy != head || !strings.HasPrefix(i.BlockedFor, "parked") {
			t.Errorf("Channels() = %+v", i)
		}
		time.Sleep(16 * time.Second)
		<-g.entered // tried alone
		cut.want(t, behind, queue.StatePending)
		g.leave <- nil
		synctest.Wait()
		cut.want(t, behind, queue.StateDone)
		stop()
	})
}

// A job that waits for its children is the head still, and they come in its place: else neither would ever end.
func TestSequentialChildrenComeInTheirParentsPlace(t *testing.T) {
	for _, strangers := range []int{1, 50} { // behind the parent; few and many beside its children
		bubble(t, func(t *testing.T) {
			var b *bench
			b = newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
				if j.Args != "parent" && j.Args != "child outside" {
					return nil, nil
				}
				return func(tx *store.Tx) error {
					for _, c := range []string{"s.a", "outside"} {
						o := queue.Options{Parent: j.ID, Channel: c}
						if c == "outside" && j.Args != "parent" {
							continue
						}
						if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "child "+c, o); err != nil {
							return err
						}
					}
					return nil
				}, nil
			}, channels("root:1,s:1:sequential"))
			parent := b.add(t, "parent", queue.Options{Channel: "s"})
			var want []string
			for n := range strangers {
				want = append(want, fmt.Sprint("stranger ", n))
				b.add(t, want[n], queue.Options{Channel: "s", Priority: ptr(0)})
			}
			b.drain(t)
			b.want(t, parent, queue.StateDone)
			got := b.runs()
			if got[0] != "parent" || !slices.Equal(got[len(got)-strangers:], want) || len(got) != strangers+4 {
				t.Errorf("ran %q", got)
			}
		})
	}
}

// While its children are elsewhere, a waiting parent blocks.
func TestSequentialParentWithChildrenElsewhereBlocks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var b *bench
		b = newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Args != "parent" {
				return nil, nil
			}
			return func(tx *store.Tx) error {
				_, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "child", queue.Options{Parent: j.ID, Delay: time.Minute})
				return err
			}, nil
		}, channels("root:4,s:1:sequential"))
		b.add(t, "parent", queue.Options{Channel: "s"})
		b.add(t, "behind", queue.Options{Channel: "s"})
		b.Start(t)
		time.Sleep(59 * time.Second)
		synctest.Wait()
		b.ranAre(t, "parent")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		b.ranAre(t, "parent", "child", "behind")
	})
}

// An earlier job that is started again by hand is the head again.
func TestSequentialRequeuedJobGoesFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:4,s:1:sequential"))
		first := b.add(t, "first", queue.Options{Channel: "s"})
		second := b.add(t, "second", queue.Options{Channel: "s"})
		b.add(t, "third", queue.Options{Channel: "s"})
		for _, id := range []queue.ID{first, second} {
			if err := b.Cancel(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Requeue(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		if err := b.Requeue(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		b.drain(t)
		b.ranAre(t, "first", "second", "third")
	})
}

// A channel that becomes sequential takes its jobs in their order, the failed ones too; one that is so no more lets all go.
func TestSequentialFromTheNextStartOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, scripted(nil), channels("root:4,s:2"))
		failed := b.add(t, "fail", queue.Options{Channel: "s.a"})
		b.drain(t)
		s := powerCut(t, b.Store)
		on := benchOn(t, s, b.Clock, scripted(nil), channels("root:4,s:1:sequential"))
		waits := on.add(t, "waits", queue.Options{Channel: "s"})
		on.drain(t)
		on.want(t, waits, queue.StatePending)
		on.want(t, failed, queue.StateFailed)
		below := benchOn(t, s, b.Clock, scripted(nil), channels("root:4,s.a:1:sequential"))
		below.drain(t)
		below.want(t, waits, queue.StateDone) // the failed one is in s.a
		waits = below.add(t, "waits", queue.Options{Channel: "s.a.b"})
		below.drain(t)
		below.want(t, waits, queue.StatePending)
		off := benchOn(t, s, b.Clock, scripted(nil), channels("root:4"))
		off.drain(t)
		off.want(t, waits, queue.StateDone)
	})
}

// An older program ends jobs and adds others without keeping the order.
func TestSequentialIsMendedAfterAProgramThatDoesNotKnowIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:4,s:1:sequential"))
		later := b.add(t, "later", queue.Options{Channel: "s", Delay: time.Hour})
		behind := b.add(t, "behind", queue.Options{Channel: "s"})
		b.drain(t)
		order := store.NewBucket[store.Pair[string, queue.ID], struct{}]("queue.order",
			store.PairKey(store.StringKey(), store.Uint64KeyOf[queue.ID]()))
		b.Update(t, func(tx *store.Tx) error { return order.Delete(tx, store.Pair[string, queue.ID]{A: "root.s", B: later}) })
		b.drain(t)
		b.want(t, behind, queue.StatePending)
		b.Clock.Advance(time.Hour)
		b.drain(t)
		b.ranAre(t, "later", "behind")
	})
}

// A failed job that is in the way of others is not pruned.
func TestSequentialFailedJobIsNotPruned(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, scripted(nil), channels("root:4,s:1:sequential"), func(c *queue.Config) {
			c.Keep = queue.Retention{FailedCount: 1, FailedAge: time.Hour}
		})
		head := b.add(t, "fail", queue.Options{Channel: "s"})
		b.add(t, "behind", queue.Options{Channel: "s"})
		gone := b.add(t, "fail too", queue.Options{})
		b.drain(t)
		b.Clock.Advance(48 * time.Hour)
		b.drain(t)
		b.want(t, head, queue.StateFailed)
		if len(b.Jobs(t, queue.Filter{State: queue.StateFailed})) != 1 {
			t.Errorf("job %v is there still", gone)
		}
		if err := b.Cancel(t.Context(), head); err != nil {
			t.Fatal(err)
		}
		b.drain(t)
		if got := b.runs(); len(got) != 3 || got[2] != "behind" {
			t.Errorf("ran %q", got)
		}
	})
}

// A graph in a sequential channel runs in its order, and one that waits for a job elsewhere holds back what comes after it.
func TestSequentialGraph(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Args == "elsewhere" {
				time.Sleep(time.Minute)
			}
			return nil, nil
		}, channels("root:4,s:1:sequential"))
		b.Start(t)
		in := func(args, channel string) *queue.Node {
			return queue.NewNode(b.kind, args, queue.Options{Channel: channel, Priority: ptr(50)})
		}
		var g queue.GraphInfo
		b.Update(t, func(tx *store.Tx) (err error) {
			g, err = queue.EnqueueGraph(tx, b.Queue.Queue, queue.Chain(in("a", "s"), queue.Group(in("b", "s"), in("elsewhere", "root")), in("c", "s.x"), in("d", "s")))
			return err
		})
		behind := b.add(t, "behind", queue.Options{Channel: "s", Priority: ptr(0)})
		time.Sleep(30 * time.Second)
		synctest.Wait()
		b.want(t, behind, queue.StatePending)
		if i := b.channels(t)[1]; i.BlockedBy != g.Jobs[3] || !strings.Contains(i.BlockedFor, "comes after") {
			t.Errorf("Channels() = %+v, want it blocked by %v", i, g.Jobs[3])
		}
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if got := b.runs(); !slices.Equal(got[len(got)-3:], []string{"c", "d", "behind"}) {
			t.Errorf("ran %q", got)
		}
	})
}
