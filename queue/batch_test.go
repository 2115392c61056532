package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

func (b *bench) newBatch(t *testing.T, name string) (id queue.BatchID) {
	t.Helper()
	b.Update(t, func(tx *store.Tx) (err error) {
		id, err = b.NewBatch(tx, name)
		return err
	})
	return id
}

func (b *bench) seal(t *testing.T, id queue.BatchID) {
	t.Helper()
	b.Update(t, func(tx *store.Tx) error { return b.SealBatch(tx, id) })
}

func (b *bench) batch(t *testing.T, id queue.BatchID) (i queue.Batch) {
	t.Helper()
	err := b.Store.View(func(tx *store.Tx) (err error) {
		i, err = b.Batch(tx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestBatch is a batch from its draft to its end, and from a job that is started anew to its end again.
func TestBatch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, failing)
		var ended []queue.Batch
		b.OnBatchFinished(func(_ *store.Tx, i queue.Batch) error {
			ended = append(ended, i)
			return nil
		})
		b.OnBatchFinished(func(*store.Tx, queue.Batch) error { panic("a hook that is broken") })
		id := b.newBatch(t, "products")
		if i := b.batch(t, id); i.State != queue.BatchDraft || i.Name != "products" || i.Total != 0 || !i.Created.Equal(noon) {
			t.Errorf("new: %+v", i)
		}
		for n := range 8 {
			b.add(t, []string{"ok", "ok", "ok", "cancel", "bad", "ok", "ok", "ok"}[n], queue.Options{Batch: id})
		}
		b.add(t, "bad", queue.Options{}) // counts nowhere
		if i := b.batch(t, id); i.State != queue.BatchDraft || i.Total != 8 {
			t.Errorf("filled: %+v", i)
		}
		b.seal(t, id)
		b.seal(t, id)
		if i := b.batch(t, id); i.State != queue.BatchEnqueued || i.Completeness != 0 {
			t.Errorf("sealed: %+v", i)
		}
		if _, err := b.try("ok", queue.Options{Batch: id}); !errors.Is(err, queue.ErrInvalid) {
			t.Errorf("Enqueue() into a sealed batch = %v, want ErrInvalid", err)
		}
		if _, err := b.try("ok", queue.Options{Batch: 99}); !errors.Is(err, queue.ErrInvalid) || !errors.Is(err, queue.ErrNoBatch) {
			t.Errorf("Enqueue() into no batch = %v, want ErrInvalid and ErrNoBatch", err)
		}
		if err := b.MarkBatchRead(t.Context(), id); err != nil || b.batch(t, id).Read {
			t.Errorf("a batch that goes on is read: %v", err)
		}
		b.Start(t)
		synctest.Wait()
		want := queue.Batch{ID: id, Name: "products", State: queue.BatchFinished, Created: noon, Finished: noon, Total: 8, Done: 6, Failed: 1,
			Cancelled: 1, Completeness: 1, FailedShare: 0.125}
		if i := b.batch(t, id); i != want {
			t.Errorf("at the end: %+v, want %+v", i, want)
		}
		if len(ended) != 1 || ended[0] != want {
			t.Errorf("hooks were told %+v", ended)
		}
		if err := b.MarkBatchRead(t.Context(), id); err != nil || !b.batch(t, id).Read {
			t.Errorf("a batch is not read: %v", err)
		}

		// A job that is started anew opens it again.
		if _, err := b.RequeueAll(t.Context(), queue.Filter{Batch: id, State: queue.StateFailed}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if i := b.batch(t, id); i.State != queue.BatchFinished || i.Read || len(ended) != 2 {
			t.Errorf("after it failed again: %+v, told %d times", i, len(ended))
		}
		if _, err := b.SetDoneAll(t.Context(), queue.Filter{Batch: id, State: queue.StateFailed}); err != nil {
			t.Fatal(err)
		}
		if i := b.batch(t, id); i.State != queue.BatchFinished || i.Done != 7 || i.Failed != 0 || i.FailedShare != 0 || len(ended) != 2 {
			t.Errorf("after a person set it to done: %+v, told %d times", i, len(ended))
		}

		// The batch outlives its jobs, for as long as jobs are kept.
		time.Sleep(40 * 24 * time.Hour)
		synctest.Wait()
		if n := len(b.Jobs(t, queue.Filter{Batch: id})); n != 0 {
			t.Errorf("%d jobs are kept, want none", n)
		}
		if i := b.batch(t, id); i.Total != 8 || i.Done != 7 {
			t.Errorf("after its jobs: %+v", i)
		}
		time.Sleep(200 * 24 * time.Hour)
		synctest.Wait()
		err := b.MarkBatchRead(t.Context(), id)
		if !errors.Is(err, queue.ErrNoBatch) {
			t.Errorf("after 240 days: MarkBatchRead() = %v, want ErrNoBatch", err)
		}
	})
}

// try enqueues and gives the error.
func (b *bench) try(args string, o queue.Options) (id queue.ID, err error) {
	err = b.Store.Update(context.Background(), func(tx *store.Tx) (err error) {
		id, err = queue.Enqueue(tx, b.Queue.Queue, b.kind, args, o)
		return err
	})
	return id, err
}

func TestEmptyBatchIsFinishedWhenSealed(t *testing.T) {
	b := newBench(t, nil)
	id := b.newBatch(t, "")
	b.seal(t, id)
	if i := b.batch(t, id); i.State != queue.BatchFinished || i.Completeness != 1 || i.FailedShare != 0 {
		t.Errorf("batch = %+v", i)
	}
}

func TestJobFoundByItsKeyCountsInItsOwnBatch(t *testing.T) {
	b := newBench(t, nil)
	first, second := b.newBatch(t, "first"), b.newBatch(t, "second")
	id := b.add(t, "x", queue.Options{Batch: first, IdentityKey: "k"})
	if found := b.add(t, "x", queue.Options{Batch: second, IdentityKey: "k"}); found != id {
		t.Fatalf("found %v, want %v", found, id)
	}
	if n, m := b.batch(t, first).Total, b.batch(t, second).Total; n != 1 || m != 0 {
		t.Errorf("the batches have %d and %d jobs, want 1 and 0", n, m)
	}
	b.drain(t)
}

func TestBatchesArePaged(t *testing.T) {
	b := newBench(t, nil)
	for n := range 25 {
		b.newBatch(t, fmt.Sprint(n))
	}
	var names []string
	pages := 0
	for after := queue.BatchID(0); ; pages++ {
		var list []queue.Batch
		err := b.Store.View(func(tx *store.Tx) (err error) {
			list, after, err = b.Batches(tx, after, 10)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			names = append(names, i.Name)
		}
		if after == 0 {
			break
		}
	}
	if len(names) != 25 || names[0] != "0" || names[24] != "24" || pages != 2 {
		t.Errorf("%d pages more, %q", pages, names)
	}
}

// TestRandomBatches ends jobs in random ways, by hand and over power cuts, and counts them again after each.
func TestRandomBatches(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test ./queue -run TestRandomBatches -seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	bubble(t, func(t *testing.T) {
		s, clock := storetest.Open(t), queuetest.NewClock(noon)
		b := benchOn(t, s, clock, failing)
		stop := b.Start(t)
		var ids []queue.BatchID
		for range 3 {
			ids = append(ids, b.newBatch(t, "x"))
		}
		var jobs []queue.ID
		for n := range 300 {
			switch random.IntN(8) {
			case 0, 1, 2:
				o := queue.Options{Batch: ids[random.IntN(3)], Delay: time.Duration(random.IntN(3)) * time.Minute}
				if random.IntN(4) == 0 {
					o.IdentityKey = "k"
				}
				if len(jobs) > 0 && random.IntN(4) == 0 {
					o.Parent = jobs[random.IntN(len(jobs))]
				}
				if id, err := b.try([]string{"ok", "bad", "cancel"}[random.IntN(3)], o); err == nil {
					jobs = append(jobs, id)
				}
			case 3, 4:
				if len(jobs) > 0 {
					id := jobs[random.IntN(len(jobs))]
					do := []func() error{
						func() error { return b.Cancel(t.Context(), id) }, func() error { return b.Requeue(t.Context(), id) },
						func() error { return b.SetDone(t.Context(), id) }}[random.IntN(3)]
					var state *queue.StateError
					if err := do(); err != nil && !errors.As(err, &state) {
						t.Fatal(err)
					}
				}
			case 5:
				clock.Advance(time.Minute)
			case 6:
				if n > 200 {
					b.seal(t, ids[random.IntN(3)])
				}
			case 7:
				if random.IntN(5) == 0 {
					cut := powerCut(t, s)
					stop()
					s = cut
					b = benchOn(t, s, clock, failing)
					stop = b.Start(t)
				}
			}
			synctest.Wait()
			for _, id := range ids {
				i, jobs := b.batch(t, id), map[queue.State]int{}
				for _, j := range b.Jobs(t, queue.Filter{Batch: id}) {
					jobs[j.State]++
					jobs[""]++
				}
				open := jobs[""] - jobs[queue.StateDone] - jobs[queue.StateFailed] - jobs[queue.StateCancelled]
				if i.Total != jobs[""] || i.Done != jobs[queue.StateDone] || i.Failed != jobs[queue.StateFailed] ||
					i.Cancelled != jobs[queue.StateCancelled] || i.State == queue.BatchFinished && open > 0 {
					t.Fatalf("batch %+v, but its jobs are %v", i, jobs)
				}
			}
			queuetest.Check(t, s)
		}
		for _, id := range ids {
			b.seal(t, id)
		}
		clock.Advance(time.Hour)
		synctest.Wait()
		for _, id := range ids {
			if i := b.batch(t, id); i.State != queue.BatchFinished {
				t.Errorf("batch %+v, want it finished", i)
			}
		}
	})
}
