package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

// fated is a job of the model, which knows no counters and no blame: it looks at all that a job comes after, again and again, until nothing
// changes any more.
type fated struct {
	id      queue.ID
	deps    []fatedDep
	key     string
	channel string
	state   queue.State
	swept   bool // cancelled for the end of another
	runs    int
	hold    time.Duration // board time; 0: none
	due     time.Duration
}

type fatedDep struct {
	on     *fated
	when   queue.When
	waived bool
}

// fits tells whether the job may run after how this one stands; open that it is to wait.
func (d *fatedDep) look() (fits, open bool) {
	switch s := d.on.state; {
	case d.waived:
		return true, false
	case !s.Terminal():
		return false, true
	case s == queue.StateDone:
		return d.when != queue.WhenFailed, false
	case s == queue.StateFailed:
		return d.when != queue.WhenDone, false
	}
	return false, false
}

func (j *fated) look() (forbidden bool, open int) {
	for n := range j.deps {
		fits, waits := j.deps[n].look()
		if waits {
			open++
		} else if !fits {
			forbidden = true
		}
	}
	return forbidden, open
}

// fates drives a queue and the model with graphs and hands. Handlers return at once, with what their job's number and the number of the run
// say; so what becomes of each job does not hang on the order.
type fates struct {
	*testing.T
	*rand.Rand
	seed   uint64
	store  *store.Store
	clock  *queuetest.Clock
	board  time.Duration
	b      *bench
	stop   func()
	jobs   []*fated
	paused map[string]bool

	mu   sync.Mutex
	runs map[queue.ID]int
	seen map[string]int // what has happened, to tell that it was enough
}

func (f *fates) outcome(id queue.ID, run int) queue.State {
	switch n := rand.New(rand.NewPCG(f.seed, uint64(id)<<16|uint64(run))).IntN(20); {
	case n < 12:
		return queue.StateDone
	case n < 17:
		return queue.StateFailed
	}
	return queue.StateCancelled
}

func (f *fates) open() {
	f.b = benchOn(f.T, f.store, f.clock, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		run := f.runs[j.ID]
		f.runs[j.ID]++
		switch f.outcome(j.ID, run) {
		case queue.StateFailed:
			return nil, queue.Permanent(errors.New("spilt"))
		case queue.StateCancelled:
			return nil, queue.Cancel(errors.New("no cup"))
		}
		return nil, nil
	}, channels("root:3,root.a:2,root.b:1"), func(c *queue.Config) { c.Keep = queue.KeepAll })
	f.stop = f.b.Start(f.T)
}

// settle does all that can happen.
func (f *fates) settle() {
	for changed := true; changed; {
		changed = false
		for _, j := range f.jobs {
			forbidden, open := j.look()
			switch {
			case j.state == queue.StateWaitDependencies && forbidden:
				j.state, j.swept = queue.StateCancelled, true
			case j.state == queue.StateWaitDependencies && open == 0:
				j.state, j.due = queue.StatePending, j.hold
			case j.state == queue.StateCancelled && j.swept && !forbidden:
				j.state, j.swept = queue.StateWaitDependencies, false
				f.seen["revived"]++
			default:
				continue
			}
			changed = true
		}
		if changed {
			continue
		}
		for _, j := range f.jobs {
			if j.state == queue.StatePending && j.due <= f.board && !f.paused[j.channel] {
				j.state, changed = f.outcome(j.id, j.runs), true
				j.runs++
				f.seen[string(j.state)]++
				break
			}
		}
	}
}

func (f *fates) step() string {
	switch n := f.IntN(20); {
	case n < 6:
		return f.enqueue()
	case n < 14:
		return f.byHand()
	case n < 17:
		name := []string{"root.a", "root.b"}[f.IntN(2)]
		on := f.IntN(2) == 0
		if err := f.b.PauseChannel(context.Background(), name, on); err != nil {
			f.Fatal(err)
		}
		f.paused[name] = on
		return fmt.Sprint("pause ", name, on)
	case n < 19:
		d := time.Duration(f.IntN(40)) * time.Minute
		f.clock.Advance(d)
		f.board += d
		return fmt.Sprint("advance ", d)
	}
	cut := powerCut(f.T, f.store)
	f.stop()
	f.store = cut
	f.open()
	return "power cut"
}

func (f *fates) enqueue() string {
	d := &sketcher{Rand: f.Rand, again: true}
	s := d.draw(1 + f.IntN(4))
	ref := reference{next: map[string][]way{}}
	ref.lay(s)
	edges := ref.edges(d.names)
	made := map[string]*fated{}
	var extra map[string]*fated
	keys := map[string]bool{"": true}
	nodes := map[string]*queue.Node{}
	extra = map[string]*fated{}
	p := s.part(nodes, func(name string) *queue.Node {
		j := &fated{channel: []string{"root.a", "root.b"}[f.IntN(2)], state: queue.StateWaitDependencies}
		o := queue.Options{Channel: j.channel, Description: name}
		if key := []string{"", "", "", "x", "y", "z"}[f.IntN(6)]; !keys[key] {
			keys[key], j.key, o.IdentityKey = true, key, key
		}
		if f.IntN(4) == 0 {
			o.Delay = time.Duration(1+f.IntN(60)) * time.Minute
			j.hold = f.board + o.Delay
		}
		if len(f.jobs) > 0 && f.IntN(3) == 0 {
			extra[name] = f.jobs[f.IntN(len(f.jobs))]
			o.After = []queue.ID{extra[name].id}
		}
		made[name] = j
		return queue.NewNode(f.b.kind, name, o)
	})
	err := f.store.Update(context.Background(), func(tx *store.Tx) error {
		_, err := queue.EnqueueGraph(tx, f.b.Queue.Queue, p)
		return err
	})
	if cyclic(edges, d.names) {
		if !errors.Is(err, queue.ErrCycle) {
			f.Fatalf("EnqueueGraph() = %v, want ErrCycle", err)
		}
		return "enqueue a cycle"
	}
	if err != nil {
		f.Fatal(err)
	}
	f.adopt(made, nodes, edges, extra)
	return fmt.Sprintf("enqueue %d jobs: %v", len(nodes), edges)
}

// adopt takes the new jobs into the model, under the numbers that they have got, and finds the others by their keys.
func (f *fates) adopt(made map[string]*fated, nodes map[string]*queue.Node, edges map[string]queue.When, extra map[string]*fated) {
	known := len(f.jobs)
	fresh := map[queue.ID]*fated{}
	is := map[string]*fated{}
	for name, j := range made {
		var found *fated
		for _, old := range f.jobs[:known] {
			if j.key != "" && old.key == j.key && (old.state == queue.StatePending || old.state == queue.StateWaitDependencies) {
				found = old
			}
		}
		is[name] = found
		if found == nil {
			j.id, is[name] = nodes[name].ID(), j
			fresh[j.id] = j
		} else if f.seen["found"]++; nodes[name].ID() != found.id {
			f.Fatalf("%s with key %q is job %v, want %v", name, j.key, nodes[name].ID(), found.id)
		}
	}
	for n := range len(fresh) {
		j := fresh[queue.ID(known+n+1)]
		if j == nil {
			f.Fatalf("the new jobs are %v, want %d from %d", fresh, len(fresh), known+1)
		}
		f.jobs = append(f.jobs, j)
	}
	for key, when := range edges {
		from, to, _ := strings.Cut(key, ">")
		if fresh[is[to].id] != nil {
			is[to].deps = append(is[to].deps, fatedDep{on: is[from], when: when})
		}
	}
	for name, on := range extra {
		if fresh[is[name].id] != nil {
			is[name].after(on)
		}
	}
}

func (j *fated) after(on *fated) {
	for n := range j.deps {
		if j.deps[n].on == on {
			if j.deps[n].when == queue.WhenFailed {
				j.deps[n].when = queue.WhenEither
			}
			return
		}
	}
	j.deps = append(j.deps, fatedDep{on: on, when: queue.WhenDone})
}

func (f *fates) byHand() string {
	if len(f.jobs) == 0 {
		return "no job"
	}
	j := f.jobs[max(0, len(f.jobs)-1-f.IntN(40))]
	op := []string{"requeue", "requeue", "cancel", "set done"}[f.IntN(4)]
	ctx := context.Background()
	var err error
	refused := false
	switch op {
	case "requeue":
		err = f.b.Requeue(ctx, j.id)
		refused = j.requeue()
	case "cancel":
		err = f.b.Cancel(ctx, j.id)
		if refused = j.state == queue.StateDone || j.state == queue.StateCancelled; !refused {
			j.state, j.swept = queue.StateCancelled, false
		}
	case "set done":
		err = f.b.SetDone(ctx, j.id)
		if refused = j.state == queue.StateDone; !refused {
			j.state, j.swept = queue.StateDone, false
		}
	}
	var se *queue.StateError
	if errors.As(err, &se) != refused || err != nil && !refused {
		f.Fatalf("%s %v = %v, want refused: %v", op, j.id, err, refused)
	}
	return fmt.Sprintf("%s %v, refused: %v", op, j.id, refused)
}

func (j *fated) requeue() (refused bool) {
	switch j.state {
	case queue.StateFailed:
	case queue.StateCancelled:
		for n := range j.deps {
			if fits, open := j.deps[n].look(); !fits && !open {
				j.deps[n].waived = true
			}
		}
		if _, open := j.look(); open > 0 {
			j.state, j.swept = queue.StateWaitDependencies, false
			return false
		}
	case queue.StatePending:
	default:
		return true
	}
	j.state, j.swept, j.due = queue.StatePending, false, 0
	return false
}

func (f *fates) compare(op string) {
	synctest.Wait()
	f.settle()
	infos := f.b.Jobs(f.T, queue.Filter{})
	if len(infos) != len(f.jobs) {
		f.Fatalf("after %s: %d jobs, want %d", op, len(infos), len(f.jobs))
	}
	for n, i := range infos {
		j := f.jobs[n]
		want := 0
		if j.state == queue.StateWaitDependencies {
			_, want = j.look()
		}
		if i.ID != j.id || i.State != j.state || i.DependenciesOpen != want || f.runs[j.id] != j.runs {
			f.Fatalf("after %s: job %+v ran %d times, want %s, %d, waits for %d", op, i, f.runs[j.id], j.state, j.runs, want)
		}
		if !j.swept {
			if i.Skipped {
				f.Fatalf("after %s: job %+v is skipped", op, i)
			}
			continue
		}
		skipped := false // as one of those says that forbid it
		for _, d := range j.deps {
			fits, open := d.look()
			on := infos[d.on.id-1]
			skipped = skipped || !fits && !open && i.Skipped == (on.State == queue.StateDone || on.Skipped)
		}
		if !skipped || !strings.HasPrefix(i.Error, "job ") {
			f.Fatalf("after %s: job %+v", op, i)
		}
	}
	if err := f.store.View(queue.Check); err != nil {
		f.Fatalf("after %s: Check() = %v", op, err)
	}
}

// end lets all happen that waits, and sees that nothing does any more.
func (f *fates) end() {
	for name := range f.paused {
		if err := f.b.PauseChannel(context.Background(), name, false); err != nil {
			f.Fatal(err)
		}
	}
	clear(f.paused)
	f.clock.Advance(2 * time.Hour)
	f.board += 2 * time.Hour
	f.compare("the end")
	for _, j := range f.jobs {
		if !j.state.Terminal() {
			f.Errorf("job %v waits for ever: %s", j.id, j.state)
		}
	}
}

func TestRandomGraphsAgainstAModel(t *testing.T) {
	total := map[string]int{}
	for n := range 6 {
		seed := *seedFlag
		if seed == 0 {
			seed = rand.Uint64()
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Logf("go test ./queue -run TestRandomGraphs -seed %d -steps %d", seed, *stepsFlag)
			bubble(t, func(t *testing.T) {
				f := &fates{T: t, Rand: rand.New(rand.NewPCG(seed, 0)), seed: seed, store: storetest.Open(t), clock: queuetest.NewClock(noon),
					paused: map[string]bool{}, runs: map[queue.ID]int{}, seen: total}
				f.board = f.clock.Board()
				f.open()
				for range min(*stepsFlag, 10_000) / 2 {
					f.compare(f.step())
				}
				f.end()
				f.stop()
			})
		})
	}
	t.Log(total)
	for _, what := range []string{"revived", "found", "done", "failed", "cancelled"} {
		if total[what] < 10 {
			t.Errorf("%q happened %d times: too few to prove anything", what, total[what])
		}
	}
}
