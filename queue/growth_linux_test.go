package queue_test

import (
	"context"
	"flag"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

var (
	growDone    = flag.Int("grow-done", 100_000, "finished jobs of BenchmarkGrowth; 1000000 is what must hold")
	growPending = flag.Int("grow-pending", 10_000, "pending jobs of BenchmarkGrowth; 100000 is what must hold")
)

// BenchmarkGrowth tells how much dearer each operation is beside many jobs than in an empty store, both on the same disk by turns:
// ×empty is the median of one over the median of the other, and must be 1.3 at most. Filling takes about 15 µs a job.
func BenchmarkGrowth(b *testing.B) {
	open := func(name string) (*queuetest.Queue, string) {
		path := filepath.Join(b.TempDir(), name)
		s, err := store.Open(path, store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		return growQueue(b, s), path
	}
	empty, emptyPath := open("empty.db")
	full, fullPath := open("full.db")
	fill(b, full)
	for _, q := range []*queuetest.Queue{empty, full} { // once run, so that the numbers are in memory
		if err := q.RunUntilIdle(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	pair := func(name string, op func(q *queuetest.Queue)) {
		b.Run(name, func(b *testing.B) {
			var took [2][]time.Duration
			for b.Loop() {
				for i, q := range []*queuetest.Queue{empty, full} {
					began := time.Now()
					op(q)
					took[i] = append(took[i], time.Since(began))
				}
			}
			b.ReportMetric(median(took[1]).Seconds()/median(took[0]).Seconds(), "×empty")
			b.ReportMetric(float64(median(took[1]).Microseconds()), "µs")
		})
	}
	pair("enqueue", func(q *queuetest.Queue) { queuetest.Enqueue(b, q, benchKind, payload, queue.Options{Channel: "off"}) })
	pair("counts", func(q *queuetest.Queue) { q.Counts() })
	list := func(f queue.Filter) func(q *queuetest.Queue) {
		return func(q *queuetest.Queue) {
			err := q.Store.View(func(tx *store.Tx) error {
				_, _, err := q.List(tx, f)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	for range 300 { // so that the empty one has a page, too
		queuetest.Enqueue(b, empty, benchKind, payload, queue.Options{Channel: "off"})
	}
	pair("list-pending", list(queue.Filter{State: queue.StatePending}))
	pair("list-all", list(queue.Filter{Limit: 50}))
	stops := []func(){}
	for _, q := range []*queuetest.Queue{empty, full} {
		stops = append(stops, q.Start(b))
	}
	pair("process", func(q *queuetest.Queue) {
		if _, err := q.Wait(b.Context(), queuetest.Enqueue(b, q, benchKind, payload, queue.Options{Channel: "on"})); err != nil {
			b.Fatal(err)
		}
	})
	for _, stop := range stops {
		stop()
	}
	b.Run("open", func(b *testing.B) {
		for _, q := range []*queuetest.Queue{empty, full} {
			if err := q.Store.Close(); err != nil {
				b.Fatal(err)
			}
		}
		var took [2][]time.Duration
		for b.Loop() {
			for i, path := range []string{emptyPath, fullPath} {
				began := time.Now()
				s, err := store.Open(path, store.Options{})
				if err != nil {
					b.Fatal(err)
				}
				q := growQueue(b, s)
				if err := q.RunUntilIdle(b.Context()); err != nil {
					b.Fatal(err)
				}
				took[i] = append(took[i], time.Since(began))
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(median(took[1]).Seconds()/median(took[0]).Seconds(), "×empty")
		b.ReportMetric(median(took[1]).Seconds()*1e3, "ms")
	})
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// growQueue keeps what it finishes, and is not checked at the end: that reads everything.
func growQueue(b *testing.B, s *store.Store) *queuetest.Queue {
	clock := queuetest.NewClock(noon)
	jobs, err := queue.New(s, clock, queue.Config{Channels: "root:4,root.off:0", Keep: queue.KeepAll})
	if err != nil {
		b.Fatal(err)
	}
	queue.Register(jobs, benchKind, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
	return &queuetest.Queue{Queue: jobs, Clock: clock, Store: s}
}

// fill makes the finished and the pending jobs as everyone does: by enqueueing them, and by ending them.
func fill(b *testing.B, q *queuetest.Queue) {
	for left := *growDone; left > 0; left -= 20_000 {
		enqueueIn(b, q, min(left, 20_000), "off")
		if _, err := q.SetDoneAll(b.Context(), queue.Filter{State: queue.StatePending}); err != nil {
			b.Fatal(err)
		}
	}
	enqueueIn(b, q, *growPending, "off")
}
