package queue_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
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
	stepsFlag = flag.Int("steps", 400, "random operations in each of the runs")
)

func TestRandomOperationsAgainstAModel(t *testing.T) {
	for n := range 6 {
		seed := *seedFlag
		if seed == 0 {
			seed = rand.Uint64()
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Logf("go test ./queue -run TestRandomOperations -seed %d -steps %d", seed, *stepsFlag)
			bubble(t, func(t *testing.T) {
				r := &random{T: t, Rand: rand.New(rand.NewPCG(seed, 0)), store: storetest.Open(t), clock: queuetest.NewClock(noon), over: make(chan struct{})}
				r.stop = func() {}
				t.Cleanup(func() {
					close(r.over)
					r.stop()
				})
				r.m = model{board: r.clock.Board(), wall: noon, trusted: true, paused: map[string]bool{}, last: map[string]time.Duration{}}
				r.open()
				for range *stepsFlag {
					op := r.step()
					r.compare(op)
				}
				r.end()
			})
		})
	}
}

// random drives a queue and the model with the same operations.
type random struct {
	*testing.T
	*rand.Rand
	m       model
	store   *store.Store
	clock   *queuetest.Clock
	q       *queuetest.Queue
	stop    func()
	over    chan struct{} // closed when the test ends, be it by a failure
	entered chan *held
	running map[queue.ID]*held
}

// held is a handler that waits to be told how to end.
type held struct {
	id  queue.ID
	how chan func() (queue.Done, error)
}

var modelKind = queue.Kind[int]{Name: "model", Retry: queue.RetryPattern{
	1: {Min: 10 * time.Second}, 2: {Min: 20 * time.Second}, 3: {Min: 30 * time.Second}}}

func (r *random) open() {
	r.entered, r.running = make(chan *held, 100), map[queue.ID]*held{}
	entered, over := r.entered, r.over
	r.q = queuetest.WithClock(r.T, r.store, r.clock, channels(modelConfigs[r.m.config].text))
	queue.Register(r.q.Queue, modelKind, func(ctx context.Context, j *queue.Job[int]) (queue.Done, error) {
		h := &held{j.ID, make(chan func() (queue.Done, error))}
		entered <- h
		select {
		case how := <-h.how:
			return how()
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), queue.ErrStopping) {
				return nil, ctx.Err()
			}
		}
		select {
		case how := <-h.how: // ended by hand: it takes its time
			return how()
		case <-over:
			return nil, nil
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	q := r.q
	go func() { ended <- q.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			r.Errorf("Run() = %v", err)
		}
	})
}

func (r *random) step() string {
	switch n := r.IntN(100); {
	case n < 35:
		return r.enqueue()
	case n < 65:
		return r.finish()
	case n < 75:
		d := time.Duration(r.IntN(90)) * time.Second
		r.clock.Advance(d)
		r.m.board += d
		r.m.wall = r.m.wall.Add(d)
		r.m.tick()
		return fmt.Sprint("advance ", d)
	case n < 79:
		d := time.Duration(r.IntN(21)-10) * time.Hour
		trusted := r.IntN(4) > 0
		r.clock.SetTrusted(trusted)
		r.m.trusted = trusted
		r.m.tick()
		synctest.Wait() // the queue has seen the one before the other comes
		r.clock.Jump(d)
		r.m.wall = r.m.wall.Add(d)
		r.m.tick()
		return fmt.Sprint("jump ", d, trusted)
	case n < 88:
		return r.byHand()
	case n < 91:
		return r.pause()
	case n < 93:
		return r.reload()
	case n < 98:
		return r.cut()
	default:
		return r.restart()
	}
}

func (r *random) options() (channel string, prio, most int, o queue.Options) {
	channel = []string{"root", "root.a", "root.a.b", "root.c", "root.a.x"}[r.IntN(5)]
	prio, most = []int{0, 1, 10, 20}[r.IntN(4)], r.IntN(4)
	o = queue.Options{Channel: channel, Priority: &prio, MaxRetries: &most}
	switch r.IntN(6) {
	case 0:
		o.Delay = time.Duration(1+r.IntN(100)) * time.Second
	case 1:
		o.At = r.m.wall.Add(time.Duration(r.IntN(20)-5) * time.Hour)
	}
	if r.IntN(2) == 0 {
		o.IdentityKey = []string{"x", "xy", "x\x00y", "z"}[r.IntN(4)]
		o.PullForward = r.IntN(3) == 0
	}
	if len(r.m.jobs) > 0 && r.IntN(3) == 0 {
		o.Parent = queue.ID(max(1, len(r.m.jobs)-r.IntN(10)))
	}
	return channel, prio, most, o
}

func (r *random) enqueue() string {
	channel, prio, most, o := r.options()
	want := r.m.enqueue(channel, prio, most, o)
	if got := queuetest.Enqueue(r.T, r.q, modelKind, 0, o); got != want {
		r.Fatalf("Enqueue(%+v) = %v, want %v", o, got, want)
	}
	return fmt.Sprintf("enqueue %v: %+v", want, o)
}

func (r *random) finish() string {
	ids := r.m.running()
	if len(ids) == 0 {
		return "nothing runs"
	}
	id := ids[r.IntN(len(ids))]
	how := []string{"done", "done", "done", "retry", "later", "snooze", "permanent"}[r.IntN(7)]
	ghost := r.m.job(id).ghost
	var result error
	var done queue.Done
	switch how {
	case "done":
		if channel, prio, most, o := r.options(); r.IntN(3) == 0 {
			how = "done with a child"
			o.Parent = id
			done = func(tx *store.Tx) error {
				_, err := queue.Enqueue(tx, r.q.Queue, modelKind, 0, o)
				return err
			}
			if !ghost {
				r.m.enqueue(channel, prio, most, o)
			}
		}
	case "retry":
		result = errors.New("no")
	case "later":
		result = queue.RetryLater(errors.New("no"), time.Minute)
	case "snooze":
		result = queue.Snooze(errors.New("no"), time.Minute)
	case "permanent":
		result = queue.Permanent(errors.New("no"))
	}
	model := how
	if model == "done with a child" {
		model = "done"
	}
	r.m.returned(r.m.job(id), model)
	h := r.running[id]
	delete(r.running, id)
	h.how <- func() (queue.Done, error) { return done, result }
	return fmt.Sprintf("job %v returns: %s (ended by hand: %v)", id, how, ghost)
}

func (r *random) byHand() string {
	if len(r.m.jobs) == 0 {
		return "no job"
	}
	id := queue.ID(max(1, len(r.m.jobs)-r.IntN(15)))
	op := []string{"requeue", "requeue", "cancel", "set done"}[r.IntN(4)]
	refused := r.m.byHand(r.m.job(id), op)
	do := map[string]func(context.Context, queue.ID) error{"requeue": r.q.Requeue, "cancel": r.q.Cancel, "set done": r.q.SetDone}[op]
	var se *queue.StateError
	if err := do(context.Background(), id); errors.As(err, &se) != refused || err != nil && !refused {
		r.Fatalf("%s %v = %v, want refused: %v", op, id, err, refused)
	}
	return fmt.Sprint(op, id)
}

func (r *random) pause() string {
	name := []string{"root", "root.a", "root.a.b", "root.c"}[r.IntN(4)]
	on := r.IntN(4) == 0
	err := r.q.PauseChannel(context.Background(), name, on)
	if known := r.m.known(name) || !on && r.m.paused[name]; errors.Is(err, queue.ErrUnknownChannel) == known {
		r.Fatalf("PauseChannel(%s, %v) = %v, known: %v", name, on, err, known)
	} else if !known {
		return "pause of nothing"
	}
	if zero := !on && r.m.rule(name).capacity == 0; errors.Is(err, queue.ErrCapacityZero) != zero || err != nil && !zero {
		r.Fatal(err)
	}
	r.m.paused[name] = on
	if !on {
		r.m.start()
	}
	return fmt.Sprint("pause ", name, on)
}

func (r *random) reload() string {
	n := r.IntN(len(modelConfigs))
	if err := r.q.SetChannels(context.Background(), modelConfigs[n].text, ""); err != nil {
		r.Fatal(err)
	}
	r.m.reload(n)
	r.m.start()
	return "reload " + modelConfigs[n].text
}

func (r *random) cut() string {
	cut := powerCut(r.T, r.store)
	r.end()
	r.store = cut
	r.m.cut()
	r.m.tick()
	r.open()
	return "power cut"
}

func (r *random) restart() string {
	r.end()
	r.m.stopped()
	r.m.reload(r.IntN(len(modelConfigs)))
	r.m.tick()
	r.open()
	return "restart as " + modelConfigs[r.m.config].text
}

// end stops the queue. Handlers of jobs that were ended by hand are let go, or the stop would wait for them.
func (r *random) end() {
	for id, h := range r.running {
		if i := r.q.Info(r.T, id); i.State.Terminal() {
			h.how <- func() (queue.Done, error) { return nil, nil }
		}
	}
	r.stop()
}

func (r *random) compare(op string) {
	synctest.Wait()
	for len(r.entered) > 0 {
		h := <-r.entered
		if r.running[h.id] != nil {
			r.Fatalf("after %s: job %v runs twice", op, h.id)
		}
		r.running[h.id] = h
	}
	var got []queue.ID
	for id := range r.running {
		got = append(got, id)
	}
	slices.Sort(got)
	if want := r.m.running(); !slices.Equal(got, want) {
		r.Fatalf("after %s: handlers of %v go on, want %v", op, got, want)
	}
	counts := map[queue.State]int{}
	for _, i := range r.q.Jobs(r.T, queue.Filter{Limit: 1000}) {
		j := r.m.job(i.ID)
		if i.State != j.state || i.Attempt != j.attempt || i.Interruptions != j.ints || i.Waiting != j.waiting || i.ChildrenOpen != len(j.open) {
			r.Fatalf("after %s: job %+v, want %+v", op, i, *j)
		}
		if j.due != 0 && i.ETA.Sub(r.clock.Now()) != j.due-r.m.board || !j.at.IsZero() && !i.ETA.Equal(j.at) {
			r.Fatalf("after %s: job %v has eta %v, want %v or %v", op, i.ID, i.ETA, j.due-r.m.board, j.at)
		}
		counts[i.State]++
	}
	for s, n := range r.q.Counts() {
		if counts[s] != n {
			r.Fatalf("after %s: Counts() says %d %s, there are %d", op, n, s, counts[s])
		}
	}
	if err := r.store.View(queue.Check); err != nil {
		r.Fatalf("after %s: Check() = %v", op, err)
	}
}
