package queue_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "seed of the random operations; 0 draws one")
	manyFlag  = flag.Bool("many", false, "a million jobs instead of a few thousand")
	stepsFlag = flag.Int("steps", 250, "random operations in each of the runs")
	forFlag   = flag.Duration("for", 0, "how long to go on with runs of random operations, at least four, with -short one")
)

// TestRandomOperationsAgainstAModel does the same things to a queue and to a model of it, and compares all that can be seen after each. A run
// that fails prints the command that repeats it, which ends at the same step.
func TestRandomOperationsAgainstAModel(t *testing.T) {
	began, runs, done, cuts := time.Now(), 0, 0, 0
	least := 4
	if *seedFlag != 0 || testing.Short() {
		least = 1
	}
	for !t.Failed() && (runs < least || time.Since(began) < *forFlag && *seedFlag == 0) {
		seed := *seedFlag
		if seed == 0 {
			seed = rand.Uint64()
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d, c := randomRun(t, seed)
				done, cuts = done+d, cuts+c
			})
		})
		runs++
	}
	t.Logf("%d runs, %d power cuts in the middle of a commit, %d operations", runs, cuts, done)
}

// TestOperationsThatFailed does again what once went wrong.
func TestOperationsThatFailed(t *testing.T) {
	for what, seed := range map[string]uint64{"a parked job is pulled where its channel has no place": 7001071696528682480} {
		t.Run(what, func(t *testing.T) { bubble(t, func(t *testing.T) { randomRun(t, seed) }) })
	}
}

func randomRun(t *testing.T, seed uint64) (done, cuts int) {
	r := &random{T: t, Rand: rand.New(rand.NewPCG(seed, 0)), dir: storetest.Memory(t), clock: queuetest.NewClock(noon)}
	t.Cleanup(func() {
		r.close()
		if t.Failed() {
			t.Logf("the last operations:\n%s", strings.Join(r.done[max(0, len(r.done)-40):], "\n"))
			t.Logf("again: go test ./queue -run TestRandomOperationsAgainstAModel -seed %d -steps %d", seed, *stepsFlag)
		}
	})
	r.m = &model{board: r.clock.Board(), wall: noon, trusted: true, paused: map[string]bool{}, last: map[string]time.Duration{}, batches: map[queue.BatchID]*mbatch{},
		config: modelConfig{"root": {capacity: 3}, "root.a": {capacity: 2}, "root.a.b": {capacity: 1}, "root.c": {capacity: 1}},
		kinds:  map[string]bool{"model": true, "rare": true}}
	r.openStore(filepath.Join(r.dir, "crema.db"))
	r.open()
	for range *stepsFlag {
		if r.IntN(12) == 0 {
			r.stepCut()
		} else {
			r.note(r.step())
		}
		r.compare()
	}
	r.close()
	return *stepsFlag, r.cuts
}

// random drives a queue and the model with the same operations.
type random struct {
	*testing.T
	*rand.Rand
	m       *model
	dir     string
	files   int
	tape    *tape
	store   *store.Store
	clock   *queuetest.Clock
	q       *queuetest.Queue
	stop    func()
	letGo   chan struct{} // closed when the program ends
	entered chan *held
	running map[queue.ID]*held
	done    []string // operations
	cuts    int      // in the middle of commits
	armed   bool     // the tape of a store that is opened now runs
}

func (r *random) note(op string) {
	r.done = append(r.done, fmt.Sprintf("%4d. %s", len(r.done)+1, op))
}

// held is a handler that waits to be told what to do.
type held struct {
	id   queue.ID
	step func(context.Context, func(*store.Tx) error) error
	how  chan func() (queue.Done, error)
	left chan struct{} // closed when it returns
}

// modelArgs say how a handler bears it that its time is over.
type modelArgs struct{ Stubborn bool }

var modelRetry = queue.RetryPattern{1: {Min: 10 * time.Second}, 2: {Min: 20 * time.Second}, 3: {Min: 30 * time.Second}}

func (r *random) openStore(path string) {
	r.tape = &tape{path: path, on: r.armed}
	s, err := store.Open(path, store.Options{Stamp: r.tape.stamp, MaxSize: 64 << 20})
	if err != nil {
		r.Fatalf("%s: %v", path, err)
	}
	if err := s.Check(context.Background()); err != nil {
		r.Fatalf("%s: %v", path, err)
	}
	r.store = s
}

// open starts a program on the store.
func (r *random) open() {
	r.entered, r.running, r.letGo = make(chan *held, 100), map[queue.ID]*held{}, make(chan struct{})
	q, err := queue.New(r.store, r.clock, queue.Config{Channels: r.m.config.String(), Keep: queue.KeepAll, KeepChannels: modelKeep})
	if err != nil {
		r.Fatal(err)
	}
	r.q = &queuetest.Queue{Queue: q, Clock: r.clock, Store: r.store}
	for kind, known := range r.m.kinds {
		if known {
			queue.Register(q, queue.Kind[modelArgs]{Name: kind, Retry: modelRetry}, r.handler())
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			r.Errorf("Run() = %v", err)
		}
	})
	synctest.Wait() // else what comes next might be there before the program is
}

func (r *random) handler() queue.Worker[modelArgs] {
	entered, letGo := r.entered, r.letGo
	return func(ctx context.Context, j *queue.Job[modelArgs]) (queue.Done, error) {
		h := &held{j.ID, j.Step, make(chan func() (queue.Done, error)), make(chan struct{})}
		defer close(h.left)
		entered <- h
		select {
		case how := <-h.how:
			return how()
		case <-ctx.Done():
		}
		why := context.Cause(ctx)
		if errors.Is(why, queue.ErrStopping) || errors.Is(why, queue.ErrTimedOut) && !j.Args.Stubborn {
			return nil, ctx.Err()
		}
		select {
		case how := <-h.how: // ended by hand: it takes its time
			return how()
		case <-letGo:
			return nil, nil
		}
	}
}

// end stops the program. Handlers that don't heed the stop are let go, or it would wait for them.
func (r *random) end() {
	close(r.letGo)
	r.stop()
}

func (r *random) close() {
	if r.stop == nil {
		return
	}
	r.end()
	r.stop = nil
	if err := r.store.Close(); err != nil {
		r.Error(err)
	}
}
