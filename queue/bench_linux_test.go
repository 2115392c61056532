package queue_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// The benchmarks probe the disk in the same run, since it is shared and never twice the same:
//
//	x-append  the rate as a multiple of appending 256 bytes to a file and fdatasync
//	x-commit  the rate as a multiple of lone commits of the store with one put of 256 bytes
//
// What must be reached at x-append: enqueue/1 0.45, enqueue/16 2, batch 10, process/2 0.7, process/8 2; idle start 1.5 commits at most.

var payload = strings.Repeat("crema ", 42)

const probe = 300 * time.Millisecond

// appends is the raw limit of the disk, a second.
func appends(b *testing.B) float64 {
	f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	buf := make([]byte, 256)
	n, start := 0, time.Now()
	for ; time.Since(start) < probe; n++ {
		if _, err := f.Write(buf); err != nil {
			b.Fatal(err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(start).Seconds()
}

var rawBucket = store.NewBucket[uint64, []byte]("bench.raw", store.Uint64Key())

// commits is the limit of the store, one put a commit, a second.
func commits(b *testing.B) float64 {
	s := storetest.Open(b)
	buf := make([]byte, 256)
	n, start := 0, time.Now()
	for ; time.Since(start) < probe; n++ {
		err := s.Update(context.Background(), func(tx *store.Tx) error { return rawBucket.Put(tx, uint64(n), buf) })
		if err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(start).Seconds()
}

// against runs f, which does n jobs, between two probes and reports the ratios.
func against(b *testing.B, f func(n int)) {
	b.Helper()
	raw, lone := appends(b), commits(b)
	b.ResetTimer()
	spent := cpu()
	f(b.N)
	spent = cpu() - spent
	b.StopTimer()
	rate := float64(b.N) / b.Elapsed().Seconds()
	raw, lone = (raw+appends(b))/2, (lone+commits(b))/2
	b.ReportMetric(rate/raw, "x-append")
	b.ReportMetric(rate/lone, "x-commit")
	b.ReportMetric(rate, "jobs/s")
	b.ReportMetric(float64(spent.Nanoseconds())/1e3/float64(b.N), "cpu-µs/job")
}

// cpu is the processor time that this process has taken: unlike the rates, it hardly depends on what else the machine does.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // can't fail for the process itself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var benchKind = queue.Kind[string]{Name: "bench"}

// benchQueue is a queue with so many places; with 0, nothing runs.
func benchQueue(b *testing.B, places string, kind ...func(*queue.Kind[string])) *queuetest.Queue {
	b.Helper()
	q := queuetest.New(b, storetest.Open(b), channels("root:"+places), func(c *queue.Config) { c.Keep = queue.KeepAll })
	k := benchKind
	for _, set := range kind {
		set(&k)
	}
	queue.Register(q.Queue, k, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
	return q
}

func enqueueN(b *testing.B, q *queuetest.Queue, n int) { enqueueIn(b, q, n, "") }

func enqueueIn(b *testing.B, q *queuetest.Queue, n int, channel string) {
	for n > 0 {
		part := min(n, 10_000)
		q.Update(b, func(tx *store.Tx) error {
			for range part {
				if _, err := queue.Enqueue(tx, q.Queue, benchKind, payload, queue.Options{Channel: channel}); err != nil {
					return err
				}
			}
			return nil
		})
		n -= part
	}
}

func BenchmarkEnqueue(b *testing.B) {
	for _, c := range []struct {
		name    string
		writers int
	}{{"1", 1}, {"16", 16}} {
		b.Run(c.name, func(b *testing.B) {
			q := benchQueue(b, "0")
			against(b, func(n int) {
				var wg sync.WaitGroup
				for w := range c.writers {
					wg.Go(func() {
						for range (n + w) / c.writers {
							queuetest.Enqueue(b, q, benchKind, payload, queue.Options{})
						}
					})
				}
				wg.Wait()
			})
		})
	}
	b.Run("batch", func(b *testing.B) {
		q := benchQueue(b, "0")
		against(b, func(n int) { enqueueN(b, q, n) })
	})
}

func BenchmarkProcess(b *testing.B) {
	for _, c := range []struct {
		name, places string
		ahead        bool
	}{{"1", "1", false}, {"2", "2", false}, {"8", "8", false}, {"2-ahead", "2", true}, {"8-ahead", "8", true}} {
		b.Run(c.name, func(b *testing.B) {
			q := benchQueue(b, c.places, func(k *queue.Kind[string]) { k.Ahead = c.ahead })
			enqueueN(b, q, b.N)
			before := q.Store.Stats()
			against(b, func(int) {
				if err := q.RunUntilIdle(b.Context()); err != nil {
					b.Fatal(err)
				}
			})
			after := q.Store.Stats()
			b.ReportMetric(float64(after.Commits-before.Commits)/float64(b.N), "commits/job")
			if got := q.Counts()[queue.StateDone]; got != b.N {
				b.Fatalf("%d jobs done, want %d", got, b.N)
			}
		})
	}
}

// BenchmarkIdleStart is the time from before an enqueue on an idle queue until the handler runs: about one commit.
func BenchmarkIdleStart(b *testing.B) {
	q := queuetest.New(b, storetest.Open(b))
	began := make(chan time.Time, 1)
	queue.Register(q.Queue, benchKind, func(context.Context, *queue.Job[string]) (queue.Done, error) {
		began <- time.Now()
		return nil, nil
	})
	q.Start(b)
	lone := commits(b)
	var waits []time.Duration
	for b.Loop() {
		start := time.Now()
		id := queuetest.Enqueue(b, q, benchKind, payload, queue.Options{})
		waits = append(waits, (<-began).Sub(start))
		if _, err := q.Wait(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
	lone = (lone + commits(b)) / 2
	slices.Sort(waits)
	b.ReportMetric(waits[len(waits)/2].Seconds()*lone, "commits-p50")
	b.ReportMetric(waits[len(waits)*99/100].Seconds()*lone, "commits-p99")
}
