package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// A crowd is many goroutines that do everything to one queue at once.
type crowd struct {
	*testing.T
	q       *queuetest.Queue
	kind    queue.Kind[uint64]
	seed    uint64
	batches []queue.BatchID
	stop    chan struct{}
	anew    sync.Map // jobs that a person started anew, which may be after their completion: a parent whose child failed
}

var (
	crowdTimes = store.NewBucket[queue.ID, int]("crowd.times", store.Uint64KeyOf[queue.ID]())
	errCrowd   = errors.New("not this time")
	// crowdChannels are changed all the time. In bulk is a place where many jobs are started anew.
	crowdChannels = []string{"root:6,root.a:2,root.b:1,bulk:2", "root:3,root.a:1:sequential,root.b:0,bulk:1", "root:8,root.b:2:throttle=1,bulk:3",
		"root:1:sequential", "root:4,root.a:4,root.a.x:1:sequential,root.c:1"}
)

// TestCrowd has steps of many kinds meet in one commit, and some of them taken out and the rest run again, while Run is stopped and started. What
// must hold whatever the order: each completion is in the store once, no place is lost, nothing waits for ever, the indexes and counters
// agree, at each moment and after each power cut.
func TestCrowd(t *testing.T) {
	c := &crowd{T: t, seed: *seedFlag, stop: make(chan struct{}), kind: queue.Kind[uint64]{Name: "crowd", MaxRetries: 3,
		Retry: queue.RetryPattern{1: {Min: time.Nanosecond}}}}
	if c.seed == 0 {
		c.seed = rand.Uint64()
	}
	c.kind.Ahead = c.seed%2 == 0
	t.Logf("seed %d", c.seed)
	c.q = queuetest.New(t, storetest.Open(t), channels(crowdChannels[0]))
	queue.Register(c.q.Queue, c.kind, c.work(c.q.Queue))
	c.q.Update(t, func(tx *store.Tx) error {
		c.batches = nil
		for range 3 {
			id, err := c.q.NewBatch(tx, "crowd")
			if err != nil {
				return err
			}
			c.batches = append(c.batches, id)
		}
		return nil
	})

	var besides, workers sync.WaitGroup
	besides.Go(c.runner)
	besides.Go(c.reader)
	besides.Go(c.cutter)
	for w := range 8 {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(c.seed, uint64(w)))
			for range 120 {
				c.step(r)
			}
		})
	}
	workers.Wait()
	close(c.stop)
	besides.Wait()

	if err := c.q.SetChannels(t.Context(), crowdChannels[0], ""); err != nil {
		t.Fatal(err)
	}
	c.q.Update(t, func(tx *store.Tx) error {
		for _, id := range c.batches {
			if err := c.q.SealBatch(tx, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err := c.q.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.verify()
}

// work is the handler: it ends in all ways, drawn from the arguments.
func (c *crowd) work(q *queue.Queue) queue.Worker[uint64] {
	var running sync.Map
	return func(ctx context.Context, j *queue.Job[uint64]) (queue.Done, error) {
		if _, twice := running.LoadOrStore(j.ID, true); twice {
			c.Errorf("job %v runs twice at a time", j.ID)
		}
		defer running.Delete(j.ID)
		r := rand.New(rand.NewPCG(j.Args, uint64(j.Attempt)))
		switch r.IntN(12) {
		case 0:
			return nil, errCrowd
		case 1:
			return nil, queue.Permanent(errCrowd)
		case 2:
			panic("spilt")
		case 3:
			return func(tx *store.Tx) error { return errors.Join(crowdTimes.Put(tx, j.ID, 99), errCrowd) }, nil
		case 4:
			err := j.Step(ctx, func(*store.Tx) error { return errCrowd })
			if !errors.Is(err, errCrowd) && !errors.Is(err, queue.ErrLeaseLost) && ctx.Err() == nil {
				c.Errorf("Step() = %v", err)
			}
		case 5:
			return nil, queue.Cancel(errCrowd)
		case 6:
			select { // long enough for others to come in between
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(5 * time.Millisecond):
			}
		}
		return func(tx *store.Tx) error {
			n, _, err := crowdTimes.Get(tx, j.ID)
			if err != nil {
				return err
			}
			if n == 0 && r.IntN(4) == 0 {
				o := queue.Options{Follows: j.ID, IdentityKey: fmt.Sprint("child", r.IntN(3))}
				if _, err := queue.Enqueue(tx, q, c.kind, r.Uint64(), o); err != nil {
					return err
				}
			}
			return crowdTimes.Put(tx, j.ID, n+1)
		}, nil
	}
}

// runner runs, again and again.
func (c *crowd) runner() {
	for {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- c.q.Run(ctx) }()
		changes, unwatch := c.q.Watch()
		for range 60 {
			select {
			case <-changes:
			case <-c.stop:
			}
		}
		unwatch()
		cancel()
		if err := <-ended; err != nil {
			c.Errorf("Run() = %v", err)
		}
		select {
		case <-c.stop:
			return
		default:
		}
	}
}

// verify is at the end, when nothing is left to do.
func (c *crowd) verify() {
	jobs := c.q.Jobs(c, queue.Filter{Limit: 1000})
	counts, inBatch := map[queue.State]int{}, map[queue.BatchID]int{}
	for _, j := range jobs {
		counts[j.State]++
		inBatch[j.Batch]++
		var n int
		err := c.q.Store.View(func(tx *store.Tx) (err error) {
			n, _, err = crowdTimes.Get(tx, j.ID)
			return err
		})
		if err != nil {
			c.Fatal(err)
		}
		byHand := j.Result == "set to done by hand"
		_, anew := c.anew.Load(j.ID)
		anew = anew || j.Channel == "root.bulk"
		if n > 1 && !anew || n == 0 && j.State == queue.StateDone && !byHand || n == 1 && !anew && j.Error == "not this time" {
			c.Errorf("job %v is %s and was committed %d times: %s", j.ID, j.State, n, j.Error)
		}
		if !j.State.Terminal() {
			c.Errorf("job %v of %s is %s, waiting %v, children %d, before it %d", j.ID, j.Channel, j.State, j.Waiting, j.ChildrenOpen, j.DependenciesOpen)
		}
	}
	for s, n := range c.q.Counts() {
		if counts[s] != n {
			c.Errorf("Counts() says %d %s, there are %d", n, s, counts[s])
		}
	}
	err := c.q.Store.View(func(tx *store.Tx) error {
		for _, id := range c.batches {
			b, err := c.q.Batch(tx, id)
			if err != nil || b.State != queue.BatchFinished || b.Total != inBatch[id] {
				c.Errorf("batch %+v, %v; it has %d jobs", b, err, inBatch[id])
			}
		}
		return nil
	})
	if err != nil {
		c.Error(err)
	}
	c.Logf("%d jobs: %v", len(jobs), counts)
}
