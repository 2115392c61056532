package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/store"
)

// step does one operation to both, and says which.
func (r *random) step() string {
	defer func() {
		r.m.judge()
		r.m.prune()
	}()
	switch n := r.IntN(100); {
	case n < 22:
		return r.enqueue()
	case n < 28:
		return r.graph()
	case n < 30:
		return r.batch()
	case n < 54:
		return r.finish()
	case n < 58:
		return r.jobStep()
	case n < 68:
		return r.pass()
	case n < 72:
		return r.jump()
	case n < 80:
		return r.byHand()
	case n < 84:
		return r.bulk()
	case n < 88:
		return r.pause()
	case n < 92:
		return r.reload()
	case n < 97 || n < 98 && r.armed:
		return r.cut()
	case n < 98:
		return r.crashLoop()
	default:
		return r.restart()
	}
}

func (r *random) enqueue() string {
	var kinds []string
	var options []queue.Options
	for range 1 + r.IntN(2)*r.IntN(3) {
		kind, o := r.options()
		kinds, options = append(kinds, kind), append(options, o)
	}
	undo := r.IntN(12) == 0
	var want, got []queue.ID
	wanted := r.m.try(func(m *model) error {
		want = nil
		for i, o := range options {
			id, err := m.enqueue(kinds[i], o)
			if err != nil {
				return err
			}
			want = append(want, id)
		}
		if undo {
			return errUndone
		}
		return nil
	})
	err := r.store.Update(context.Background(), func(tx *store.Tx) error {
		got = nil
		for i, o := range options {
			id, err := r.enqueueIn(tx, kinds[i], o)
			if err != nil {
				return err
			}
			got = append(got, id)
		}
		if undo {
			return errUndone
		}
		return nil
	})
	what := fmt.Sprintf("enqueue %v: %s: %v", want, show(options), err)
	if !errors.Is(err, wanted) || err == nil && !slices.Equal(got, want) {
		r.Fatalf("%s gives %v; want %v", what, got, wanted)
	}
	return what
}

var errUndone = errors.New("undone")

func (r *random) enqueueIn(tx *store.Tx, kind string, o queue.Options) (queue.ID, error) {
	return queue.Enqueue(tx, r.q.Queue, queue.Kind[modelArgs]{Name: kind}, modelArgs{Stubborn: o.Description == "stubborn"}, o)
}

var modelChannels = []string{"root", "root.a", "root.a.b", "root.c", "root.a.x", "root.d", "root.d.e"}

func (r *random) options() (kind string, o queue.Options) {
	o = queue.Options{Channel: modelChannels[r.IntN(len(modelChannels))], Priority: ptr([]int{0, 1, 10, 20}[r.IntN(4)]), MaxRetries: ptr(r.IntN(4))}
	// No two come to their ends in the same millisecond, or the order of what follows would be anybody's.
	r.files++
	o.Timeout = time.Duration(20+r.IntN(600))*time.Second + time.Duration(r.files)*1100*time.Microsecond
	switch r.IntN(6) {
	case 0:
		if o.Delay = time.Duration(1+r.IntN(100)) * time.Second; o.Delay == survived {
			o.Delay++ // see modelSnooze
		}
	case 1:
		o.At = r.m.wall.Add(time.Duration(r.IntN(20)-5) * time.Hour)
	}
	if r.IntN(2) == 0 {
		o.IdentityKey = []string{"x", "xy", "x\x00y", "z"}[r.IntN(4)]
		o.PullForward = r.IntN(3) == 0
		o.SkipRunning = r.IntN(3) == 0
	}
	if r.IntN(5) == 0 {
		o.MaxAge = time.Duration(1+r.IntN(240)) * time.Second
	}
	if r.IntN(4) == 0 {
		o.Description = "stubborn"
	}
	if recent := queue.ID(max(1, len(r.m.jobs)-r.IntN(10))); len(r.m.jobs) > 0 {
		switch r.IntN(11) {
		case 0, 1:
			o.Parent = recent
		case 2:
			o.Follows = recent
		}
		for r.IntN(8) == 0 {
			o.After = append(o.After, queue.ID(max(1, len(r.m.jobs)+2-r.IntN(12))))
		}
	}
	if last := len(r.m.batches); last > 0 && r.IntN(6) == 0 {
		o.Batch = queue.BatchID(max(1, last-r.IntN(3)))
	}
	if kind = "model"; r.IntN(10) == 0 {
		kind = "rare"
	}
	return kind, o
}

func (r *random) finish() string {
	ids := r.m.running()
	if len(ids) == 0 {
		return r.enqueue()
	}
	id := ids[r.IntN(len(ids))]
	how := []string{"done", "done", "done", "done", "retry", "later", "snooze", "permanent", "cancel"}[r.IntN(9)]
	return r.finishAs(id, how)
}

func (r *random) finishAs(id queue.ID, how string) string {
	j := r.m.job(id)
	what := fmt.Sprintf("job %v returns: %s (ended by hand: %v, time over: %v)", id, how, j.ghost, j.over)
	results := map[string]error{"retry": errors.New("no"), "later": queue.RetryLater(errors.New("no"), modelLater),
		"snooze": queue.Snooze(errors.New("no"), modelSnooze), "permanent": queue.Permanent(errors.New("no")), "cancel": queue.Cancel(errors.New("no"))}
	var done queue.Done
	if how == "done" && r.IntN(3) == 0 {
		kind, o := r.options()
		o.Parent, o.Follows, o.After, o.Batch = id, 0, nil, 0
		if j.kid && r.IntN(2) == 0 {
			o.Parent, o.Follows = 0, id
		}
		done = func(tx *store.Tx) error {
			_, err := r.enqueueIn(tx, kind, o)
			return err
		}
		if !j.ghost && !j.over {
			if _, err := r.m.enqueue(kind, o); err != nil {
				r.Fatal(err)
			}
		}
		what += fmt.Sprintf(", with a child: %s", show([]queue.Options{o}))
	}
	r.m.returned(j, how)
	h := r.running[id]
	delete(r.running, id)
	h.how <- func() (queue.Done, error) { return done, results[how] }
	return what
}

// jobStep has a job commit something while it goes on.
func (r *random) jobStep() string {
	ids := r.m.running()
	if len(ids) == 0 {
		return r.enqueue()
	}
	id := ids[r.IntN(len(ids))]
	j := r.m.job(id)
	lost := j.ghost || j.over
	r.m.proved(j)
	err := r.running[id].step(context.Background(), func(*store.Tx) error { return nil })
	if errors.Is(err, queue.ErrLeaseLost) != lost || err != nil && !lost {
		r.Fatalf("Step() of job %v = %v, want a lost lease: %v", id, err, lost)
	}
	return fmt.Sprintf("step of job %v", id)
}

func (r *random) pass() string {
	d := time.Duration(1+r.IntN(90)) * time.Second
	if r.IntN(2) == 0 {
		r.clock.Advance(d)
		r.m.leap(d)
		return fmt.Sprint("the clock goes on by ", d)
	}
	r.m.pass(d, func(j *mjob) {
		if !j.stubborn {
			r.m.returned(j, "retry")
		}
	})
	time.Sleep(d)
	return fmt.Sprint("time passes: ", d)
}

func (r *random) jump() string {
	d := time.Duration(r.IntN(21)-10) * time.Hour
	trusted := r.IntN(4) > 0
	r.clock.SetTrusted(trusted)
	r.m.trusted = trusted
	r.m.tick()
	synctest.Wait() // the queue has seen the one before the other comes
	r.clock.Jump(d)
	r.m.wall = r.m.wall.Add(d)
	r.m.tick()
	return fmt.Sprintf("the clock jumps by %v, trusted: %v", d, trusted)
}

func (r *random) restart() string {
	for _, id := range r.m.running() {
		if r.m.job(id).over {
			r.note(r.finishAs(id, "retry"))
			r.m.judge() // it was a commit
			r.m.prune()
			r.compare()
		}
	}
	r.end()
	r.m.softStop()
	r.program()
	r.open()
	return "restart" + r.about()
}

// program draws what is started next.
func (r *random) program() {
	r.m.kinds["rare"] = r.IntN(3) > 0
	if r.IntN(3) == 0 {
		r.m.config = r.config()
	}
	r.m.begin()
}

func (r *random) about() string {
	return fmt.Sprintf(" with %v, knows rare: %v", r.m.config, r.m.kinds["rare"])
}
