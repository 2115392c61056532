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

// TestCrowd has many goroutines do everything at once, so that commits hold several steps and some of them are taken out and the rest run
// again, while Run is stopped and started. What must hold whatever the order: each completion is in the store once, no place is lost, and
// the indexes and counters agree.
func TestCrowd(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	times := store.NewBucket[queue.ID, int]("crowd.times", store.Uint64KeyOf[queue.ID]())
	q := queuetest.New(t, storetest.Open(t), channels("root:6,root.a:2,root.b:1"))
	k := queue.Kind[uint64]{Name: "crowd", MaxRetries: 3, Retry: queue.RetryPattern{1: {Min: time.Nanosecond}}}
	undone := errors.New("not this time")
	queue.Register(q.Queue, k, func(ctx context.Context, j *queue.Job[uint64]) (queue.Done, error) {
		r := rand.New(rand.NewPCG(j.Args, uint64(j.Attempt)))
		switch r.IntN(10) {
		case 0:
			return nil, undone
		case 1:
			return nil, queue.Permanent(undone)
		case 2:
			panic("spilt")
		case 3:
			return func(tx *store.Tx) error { return errors.Join(times.Put(tx, j.ID, 99), undone) }, nil
		case 4:
			if err := j.Step(ctx, func(*store.Tx) error { return undone }); !errors.Is(err, undone) && !errors.Is(err, queue.ErrLeaseLost) && ctx.Err() == nil {
				t.Errorf("Step() = %v", err)
			}
		}
		return func(tx *store.Tx) error {
			n, _, err := times.Get(tx, j.ID)
			if err != nil {
				return err
			}
			if n == 0 && r.IntN(4) == 0 {
				o := queue.Options{Follows: j.ID, IdentityKey: fmt.Sprint("child", r.IntN(3))}
				if _, err := queue.Enqueue(tx, q.Queue, k, r.Uint64(), o); err != nil {
					return err
				}
			}
			return times.Put(tx, j.ID, n+1)
		}, nil
	})

	stop := make(chan struct{})
	runner := make(chan struct{})
	go func() { // Run, again and again
		defer close(runner)
		for n := 0; ; n++ {
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- q.Run(ctx) }()
			changes, unwatch := q.Watch()
			for range 50 {
				select {
				case <-changes:
				case <-stop:
				}
			}
			unwatch()
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run() = %v", err)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	var wg sync.WaitGroup
	var requeued sync.Map // jobs that a person started anew, which may be after their completion: a parent whose child failed
	for w := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(w)))
			for range 120 {
				crowdStep(t, q, k, r, undone, &requeued)
			}
		})
	}
	wg.Wait()
	close(stop)
	<-runner

	if err := q.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	jobs := q.Jobs(t, queue.Filter{Limit: 1000})
	counts := map[queue.State]int{}
	for _, j := range jobs {
		counts[j.State]++
		var n int
		err := q.Store.View(func(tx *store.Tx) (err error) {
			n, _, err = times.Get(tx, j.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		byHand := j.Result == "set to done by hand"
		_, anew := requeued.Load(j.ID)
		if n > 1 && !anew || n == 0 && j.State == queue.StateDone && !byHand || n == 1 && !anew && j.Error == "not this time" {
			t.Errorf("job %v is %s and was committed %d times: %s", j.ID, j.State, n, j.Error)
		}
		if !j.State.Terminal() {
			t.Errorf("job %v is %s, waiting %v, children %d", j.ID, j.State, j.Waiting, j.ChildrenOpen)
		}
	}
	for s, n := range q.Counts() {
		if counts[s] != n {
			t.Errorf("Counts() says %d %s, there are %d", n, s, counts[s])
		}
	}
	t.Logf("%d jobs: %v", len(jobs), counts)
}

func crowdStep(t *testing.T, q *queuetest.Queue, k queue.Kind[uint64], r *rand.Rand, undone error, requeued *sync.Map) {
	ctx := context.Background()
	any := queue.ID(1 + r.IntN(600))
	var err error
	switch n := r.IntN(20); {
	case n < 14:
		o := queue.Options{Channel: []string{"root", "a", "b", "c"}[r.IntN(4)], Priority: ptr(r.IntN(20))}
		if r.IntN(3) == 0 {
			o.IdentityKey = fmt.Sprint("k", r.IntN(5))
		}
		if r.IntN(3) == 0 {
			o.Parent = any
		}
		fail, args := r.IntN(5) == 0, r.Uint64()
		err = q.Store.Update(ctx, func(tx *store.Tx) error {
			if _, err := queue.Enqueue(tx, q.Queue, k, args, o); err != nil {
				return err
			}
			if fail {
				return undone
			}
			return nil
		})
		if fail && errors.Is(err, undone) {
			err = nil
		}
	case n < 16:
		err = q.Cancel(ctx, any)
	case n < 18:
		if err = q.Requeue(ctx, any); err == nil {
			requeued.Store(any, true)
		}
	case n < 19:
		err = q.SetDone(ctx, any)
	default:
		err = errors.Join(q.PauseChannel(ctx, "a", true), q.PauseChannel(ctx, "a", false))
	}
	var refused *queue.StateError
	if err != nil && !errors.As(err, &refused) && !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("operation = %v", err)
	}
}
