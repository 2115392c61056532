package queue_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// kept is what the model knows of a finished job.
type kept struct {
	id      queue.ID
	channel string
	failed  bool
	ended   time.Duration // board time
}

// TestAutovacuumPerChannel ends jobs at random hours, in random channels and ways, and compares what is kept with what a plain model keeps.
func TestAutovacuumPerChannel(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test ./queue -run TestAutovacuumPerChannel -seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	day := 24 * time.Hour
	// What each channel inherits, written out: age and number of the done and cancelled, then of the failed.
	type bound struct {
		age   time.Duration
		count int
	}
	want := map[string][2]bound{
		"root":         {{10 * day, 8}, {20 * day, 5}},
		"root.a":       {{3 * day, 8}, {20 * day, 5}},
		"root.a.deep":  {{3 * day, 8}, {20 * day, 5}},
		"root.a.b":     {{3 * day, 4}, {-1, -1}},
		"root.nowhere": {{10 * day, 8}, {20 * day, 5}},
	}
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			switch j.Args {
			case "failed":
				return nil, queue.Permanent(errors.New("no"))
			case "cancelled":
				return nil, queue.Cancel(errors.New("nothing to do"))
			}
			return nil, nil
		}, func(c *queue.Config) {
			c.Channels = "root:4,a:4,a.b:4"
			c.Keep = queue.Retention{Age: 10 * day, Count: 8, FailedAge: 20 * day, FailedCount: 5}
			c.KeepChannels = map[string]queue.Retention{"a": {Age: 3 * day}, "root.a.b": {Count: 4, FailedAge: -1, FailedCount: -1}}
		})
		stop := b.Start(t)
		var model []kept
		channels := slices.Sorted(maps.Keys(want))
		ways := []string{"done", "done", "failed", "cancelled"}
		// prune is the policy, in plain words: by age at each full hour of housekeeping, by number at once.
		prune := func(byAge bool) {
			count := map[string]int{}
			slices.SortFunc(model, func(a, b kept) int { return -cmp.Or(cmp.Compare(a.ended, b.ended), cmp.Compare(a.id, b.id)) })
			model = slices.DeleteFunc(model, func(k kept) bool {
				sort := 0
				if k.failed {
					sort = 1
				}
				shelf := fmt.Sprint(k.channel, sort)
				count[shelf]++
				bound := want[k.channel][sort]
				return bound.count >= 0 && count[shelf] > bound.count || byAge && bound.age >= 0 && b.Clock.Board()-k.ended > bound.age
			})
		}
		for range 300 {
			channel, way := channels[random.IntN(len(channels))], ways[random.IntN(len(ways))]
			id := b.add(t, way, queue.Options{Channel: channel})
			synctest.Wait()
			model = append(model, kept{id, channel, way == "failed", b.Clock.Board()})
			prune(false)
			if random.IntN(6) == 0 { // one that failed or was cancelled is started anew and ends once more
				k := &model[random.IntN(len(model))]
				if state := b.Info(t, k.id).State; state != queue.StateDone {
					if err := b.Requeue(t.Context(), k.id); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					k.ended = b.Clock.Board()
					b.want(t, k.id, state)
				}
			}
			if random.IntN(20) == 0 {
				stop()
				stop = b.Start(t)
				synctest.Wait()
				prune(true)
			}
			b.Clock.Advance(time.Duration(random.Int64N(int64(12 * time.Hour))))
			time.Sleep(time.Hour + time.Second) // so that the loop keeps house,
			stop()                              // and at a start it does in any case
			stop = b.Start(t)
			synctest.Wait()
			prune(true)
			var got, should []queue.ID
			for _, i := range b.Jobs(t, queue.Filter{Limit: 1000}) {
				got = append(got, i.ID)
			}
			for _, k := range model {
				should = append(should, k.id)
			}
			slices.Sort(should)
			if !slices.Equal(got, should) {
				t.Fatalf("kept are %v, want %v", got, should)
			}
		}
		if len(model) < 20 {
			t.Errorf("the test keeps %d jobs: too few to show anything", len(model))
		}
	})
}

// ballast is a result of so many bytes: what makes a finished job large.
func ballast(n int) handler {
	return func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		j.SetResult(strings.Repeat("x", n))
		return nil, nil
	}
}

func TestRetentionByBytes(t *testing.T) {
	b := newBench(t, ballast(3000), func(c *queue.Config) {
		c.Keep = queue.Retention{Bytes: 200 << 10, Total: 500 << 10}
	})
	for n := range 400 {
		b.add(t, "x", queue.Options{Channel: fmt.Sprint("c", n%4)})
	}
	b.drain(t)
	jobs, bytes := b.Kept()
	per := map[string]int{}
	for _, i := range b.Jobs(t, queue.Filter{}) {
		per[i.Channel]++
	}
	// A job is 3,000 bytes and a little: about 64 fit into a channel's bytes, about 160 into the total.
	if bytes > 560<<10 || bytes < 400<<10 || jobs < 120 || jobs > 180 {
		t.Errorf("Kept() = %d jobs, %d bytes; want about 500 KiB", jobs, bytes)
	}
	for channel, n := range per {
		if n < 30 || n > 72 {
			t.Errorf("%d jobs are kept of %s, want a fair share of %d", n, channel, jobs)
		}
	}
	if got := b.Jobs(t, queue.Filter{Channel: "c3"}); got[len(got)-1].ID != 400 {
		t.Errorf("the last one kept is %v, want the newest", got[len(got)-1].ID)
	}
	// The same numbers come out where they have to be counted.
	again := queuetest.WithClock(t, powerCut(t, b.Store), b.Clock, func(c *queue.Config) { c.Keep = queue.KeepAll })
	if err := again.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if j, n := again.Kept(); j != jobs || n != bytes {
		t.Errorf("counted: %d jobs, %d bytes; want %d, %d", j, n, jobs, bytes)
	}
}

// TestRetentionIsFair: what is too much is taken from all that have the most, also where much has to go at once.
func TestRetentionIsFair(t *testing.T) {
	b := newBench(t, ballast(3000), func(c *queue.Config) { c.Keep = queue.KeepAll })
	for n := range 220 {
		channel := fmt.Sprint("c", n%4)
		if n >= 200 {
			channel = "small"
		}
		b.add(t, "x", queue.Options{Channel: channel})
	}
	b.drain(t)
	again := queuetest.WithClock(t, b.Store, b.Clock, func(c *queue.Config) {
		c.Keep = queue.KeepAll
		c.Keep.Total = 400 << 10
	})
	if err := again.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	per := map[string]int{}
	for _, i := range again.Jobs(t, queue.Filter{}) {
		per[i.Channel]++
	}
	for channel, n := range per {
		if small := channel == "root.small"; small && n != 20 || !small && (n < 25 || n > 30) {
			t.Errorf("%d jobs are kept of %s: %v", n, channel, per)
		}
	}
	if _, bytes := again.Kept(); bytes > 400<<10 || len(per) != 5 {
		t.Errorf("%d bytes are kept: %v", bytes, per)
	}
}

func TestNearlyFullStorePrunesHarder(t *testing.T) {
	s, err := store.Open(filepath.Join(storetest.Memory(t), "small.db"), store.Options{MaxSize: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	b := benchOn(t, s, queuetest.NewClock(noon), ballast(4000), func(c *queue.Config) {
		c.Keep = queue.KeepAll
		c.Channels = "root:4"
	})
	b.Start(t)
	// Three times what the store holds goes through it.
	for n := 0; n < 10_000; n += 100 {
		for {
			err := s.Update(t.Context(), func(tx *store.Tx) error {
				for range 100 {
					if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "x", queue.Options{}); err != nil {
						return err
					}
				}
				return nil
			})
			if errors.Is(err, queue.ErrFull) {
				if err := b.Idle(t.Context()); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if err := b.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(b.runs()); got != 10_000 {
		t.Errorf("%d jobs ran, want all 10,000", got)
	}
	if jobs, _ := b.Kept(); jobs == 0 {
		t.Error("nothing is kept")
	}
}

func TestPruningSparesWhatRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Args != "slow" {
				return nil, nil
			}
			<-g.leave // whatever its context says
			return nil, nil
		}, func(c *queue.Config) { c.Keep = queue.Retention{Count: 1, Age: time.Minute} })
		b.Start(t)
		slow := b.add(t, "slow", queue.Options{})
		synctest.Wait()
		if err := b.Cancel(t.Context(), slow); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			b.add(t, "x", queue.Options{})
		}
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if got := b.Jobs(t, queue.Filter{}); len(got) != 1 || got[0].ID != slow {
			t.Errorf("kept are %v, want the one whose handler goes on", got)
		}
		g.leave <- nil
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if got := b.Jobs(t, queue.Filter{}); len(got) != 0 {
			t.Errorf("kept are %v, want none", got)
		}
	})
}

// TestDiskIsBounded lets many more jobs through than are kept: the file grows to what is kept at once, and no further.
func TestDiskIsBounded(t *testing.T) {
	rounds, each := 12, 1_500
	if *manyFlag {
		rounds = 700
	}
	s := storetest.Open(t)
	b := benchOn(t, s, queuetest.NewClock(noon), nil, func(c *queue.Config) {
		c.Channels, c.Keep = "root:8", queue.Retention{Count: 1_000}
	})
	b.Start(t)
	var early, late int64
	for n := range rounds {
		b.Update(t, func(tx *store.Tx) error {
			for range each {
				if _, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, smallText, queue.Options{}); err != nil {
					return err
				}
			}
			return nil
		})
		if err := b.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n == rounds/4 {
			early = s.Stats().Size
		}
	}
	late = s.Stats().Size
	if late > 2*early { // a view that was slow makes it larger once; jobs that stay make it three times as large
		t.Errorf("the file has %d bytes after a quarter of the jobs, and %d after all", early, late)
	}
	if jobs, _ := b.Kept(); jobs < 1_000 || jobs > 1_200 {
		t.Errorf("%d jobs are kept, want about 1,000", jobs)
	}
}

var smallText = strings.Repeat("crema ", 42)

func TestBadRetentionIsRefused(t *testing.T) {
	s := storetest.Open(t)
	for _, c := range []struct {
		keep map[string]queue.Retention
		want string
	}{
		{map[string]queue.Retention{"a..b": {}}, "a..b"},
		{map[string]queue.Retention{"a": {}, "root.a": {}}, "twice"},
		{map[string]queue.Retention{"a": {Total: 5}}, "of all channels"},
	} {
		_, err := queue.New(s, queuetest.NewClock(noon), queue.Config{KeepChannels: c.keep})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%v) = %v, want an error with %q", c.keep, err, c.want)
		}
	}
}
