package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"crema/queue"
	"crema/store"
)

func (r *random) byHand() string {
	if len(r.m.jobs) == 0 {
		return "no job"
	}
	id := queue.ID(max(1, len(r.m.jobs)-r.IntN(15)))
	op := []string{"requeue", "requeue", "cancel", "set done"}[r.IntN(4)]
	do := map[string]func(context.Context, queue.ID) error{"requeue": r.q.Requeue, "cancel": r.q.Cancel, "set done": r.q.SetDone}[op]
	err := do(context.Background(), id)
	j := r.m.job(id)
	if j == nil {
		if !errors.Is(err, queue.ErrNotFound) {
			r.Fatalf("%s %v = %v, want ErrNotFound", op, id, err)
		}
		return fmt.Sprintf("%s %v, which is gone", op, id)
	}
	refused := r.m.byHand(j, op)
	r.m.start()
	var se *queue.StateError
	if errors.As(err, &se) != refused || err != nil && !refused {
		r.Fatalf("%s %v = %v, want refused: %v", op, id, err, refused)
	}
	return fmt.Sprintf("%s %v (refused: %v)", op, id, refused)
}

// bulk treats many jobs at once.
func (r *random) bulk() string {
	f := queue.Filter{Channel: modelChannels[r.IntN(len(modelChannels))]}
	op := []string{"requeue", "cancel", "set done", "cancel open"}[r.IntN(4)]
	switch {
	case r.IntN(3) > 0 && op == "requeue":
		f.State = []queue.State{queue.StateFailed, queue.StateCancelled}[r.IntN(2)]
	case r.IntN(4) > 0:
		f.State = queue.States()[r.IntN(7)]
	}
	if op != "cancel open" && r.IntN(2) == 0 {
		f.Limit = 1 + r.IntN(5)
	}
	chooses := func(j *mjob) bool { return below(j.channel, f.Channel) && (f.State == "" || j.state == f.State) }
	var chosen []*mjob
	for _, j := range r.m.kept() {
		if chooses(j) && (f.Limit == 0 || len(chosen) < f.Limit) && !(op == "cancel open" && j.state.Terminal()) {
			chosen = append(chosen, j)
		}
	}
	want, got := 0, 0
	for i, j := range chosen {
		if chooses(j) && !r.m.byHand(j, strings.TrimSuffix(op, " open")) {
			want++
		}
		if (i+1)%200 == 0 {
			r.m.start() // that was a commit
		}
	}
	r.m.start()
	var err error
	switch op {
	case "requeue":
		got, err = r.q.RequeueAll(context.Background(), f)
	case "cancel":
		got, err = r.q.CancelAll(context.Background(), f)
	case "set done":
		got, err = r.q.SetDoneAll(context.Background(), f)
	default:
		err = r.store.Update(context.Background(), func(tx *store.Tx) (err error) {
			got, err = r.q.CancelOpen(tx, f, "no more")
			return err
		})
	}
	if err != nil || got != want {
		r.Fatalf("%s all of %+v = %d, %v; want %d", op, f, got, err, want)
	}
	return fmt.Sprintf("%s all of %q %q, at most %d: %d", op, f.Channel, f.State, f.Limit, want)
}

func (r *random) pause() string {
	name := modelChannels[r.IntN(len(modelChannels))]
	on := r.IntN(4) == 0
	err := r.q.PauseChannel(context.Background(), name, on)
	what := fmt.Sprintf("pause %s %v: %v", name, on, err)
	switch known := r.m.config.known(name); {
	case !known && (on || !r.m.paused[name]):
		if !errors.Is(err, queue.ErrUnknownChannel) {
			r.Fatalf("%s; want ErrUnknownChannel", what)
		}
		return what
	case !on && r.m.config.limit(name) == 0:
		if !errors.Is(err, queue.ErrCapacityZero) {
			r.Fatalf("%s; want ErrCapacityZero", what)
		}
	case err != nil:
		r.Fatal(what)
	}
	r.m.paused[name] = on
	if !on {
		r.m.start()
	}
	return what
}

// reload changes the channels while all goes on.
func (r *random) reload() string {
	r.m.config = r.config()
	r.m.tidy()
	r.m.start()
	if err := r.q.SetChannels(context.Background(), r.m.config.String(), ""); err != nil {
		r.Fatal(err)
	}
	return "reload " + r.m.config.String()
}

// throttles: each channel has one, or none. How long a last start is remembered that no wait follows from is nobody's business.
var throttles = map[string]time.Duration{"root": 3 * time.Second, "root.a": 20 * time.Second, "root.a.b": 7 * time.Second, "root.d": 45 * time.Second}

// config draws one.
func (r *random) config() modelConfig {
	c := modelConfig{}
	for _, name := range modelChannels {
		switch n := r.IntN(10); {
		case n < 3 && name != "root" || n < 1:
			continue
		case n < 5:
			c[name] = modelChannel{capacity: 1, sequential: r.IntN(2) == 0}
		case n < 6 && (name != "root" || r.IntN(4) == 0):
			c[name] = modelChannel{}
		default:
			c[name] = modelChannel{capacity: 1 + r.IntN(4)}
		}
		if l := c[name]; r.IntN(5) == 0 && throttles[name] > 0 {
			l.throttle = throttles[name]
			c[name] = l
		}
	}
	return c
}
