package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// step is what one of the crowd does.
func (c *crowd) step(r *rand.Rand) {
	ctx := context.Background()
	id := queue.ID(1 + r.IntN(700))
	var err error
	switch n := r.IntN(24); {
	case n < 12:
		err = c.enqueue(r)
	case n < 14:
		err = c.q.Store.Update(ctx, func(tx *store.Tx) error { return c.graph(tx, rand.New(rand.NewPCG(c.seed, uint64(id)))) })
	case n < 17:
		err = c.q.Cancel(ctx, id)
	case n < 19:
		c.anew.Store(id, true)
		err = c.q.Requeue(ctx, id)
	case n < 20:
		err = c.q.SetDone(ctx, id)
	case n < 21:
		f := queue.Filter{Channel: "bulk", Limit: 1 + r.IntN(20)}
		do := []func(context.Context, queue.Filter) (int, error){c.q.RequeueAll, c.q.CancelAll, c.q.SetDoneAll}[r.IntN(3)]
		_, err = do(ctx, f)
	case n < 22:
		_, err = c.q.CancelAll(ctx, queue.Filter{State: queue.StateStarted, Limit: 3})
	case n < 23:
		err = c.q.SetChannels(ctx, crowdChannels[r.IntN(len(crowdChannels))], "")
	default:
		name := []string{"root", "bulk"}[r.IntN(2)]
		err = errors.Join(c.q.PauseChannel(ctx, name, true), c.q.PauseChannel(ctx, name, false))
	}
	var refused *queue.StateError
	if err != nil && !errors.As(err, &refused) && !errors.Is(err, queue.ErrNotFound) && !errors.Is(err, queue.ErrUnknownChannel) &&
		!errors.Is(err, queue.ErrCycle) {
		c.Errorf("operation = %v", err)
	}
}

func (c *crowd) options(r *rand.Rand) queue.Options {
	o := queue.Options{Channel: []string{"root", "a", "b", "c", "a.x", "bulk"}[r.IntN(6)], Priority: ptr(r.IntN(20))}
	if r.IntN(3) == 0 {
		o.IdentityKey = fmt.Sprint("k", r.IntN(5))
		o.SkipRunning = r.IntN(3) == 0
	}
	if r.IntN(3) == 0 {
		o.Batch = c.batches[r.IntN(len(c.batches))]
	}
	return o
}

// enqueue adds a job, or, of five times once, does so and takes it back.
func (c *crowd) enqueue(r *rand.Rand) error {
	o := c.options(r)
	switch id := queue.ID(1 + r.IntN(600)); r.IntN(6) {
	case 0, 1:
		o.Parent = id
	case 2:
		o.After = []queue.ID{id}
	}
	undo, args := r.IntN(5) == 0, r.Uint64()
	err := c.q.Store.Update(context.Background(), func(tx *store.Tx) error {
		if _, err := queue.Enqueue(tx, c.q.Queue, c.kind, args, o); err != nil {
			return err
		}
		if undo {
			return errCrowd
		}
		return nil
	})
	if undo && errors.Is(err, errCrowd) {
		return nil
	}
	return err
}

// graph adds some jobs that come after each other. It may run more than once.
func (c *crowd) graph(tx *store.Tx, r *rand.Rand) error {
	node := func() *queue.Node { return queue.NewNode(c.kind, r.Uint64(), c.options(r)) }
	last := node()
	g := queue.Chain(node().OnFailed(node(), last), queue.Group(node(), node().OnDone(node())), last)
	_, err := queue.EnqueueGraph(tx, c.q.Queue, g)
	return err
}

// reader looks at all there is to see. What it sees is of one moment, and right.
func (c *crowd) reader() {
	for {
		err := c.q.Store.View(func(tx *store.Tx) error {
			channels, err := c.q.Channels(tx)
			if err != nil {
				return err
			}
			for _, i := range channels {
				if i.Running < 0 {
					c.Errorf("%d jobs run in %s", i.Running, i.Name)
				}
			}
			_, _, err = c.q.Graph(tx, 1)
			if errors.Is(err, queue.ErrNotFound) {
				err = nil
			}
			return errors.Join(err, queue.Check(tx))
		})
		if err != nil {
			c.Error(err)
			return
		}
		c.q.Counts()
		c.q.Kept()
		select {
		case <-c.stop:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// cutter takes the power away now and then: a program on what is there then comes to an end with all of it.
func (c *crowd) cutter() {
	for n := range 3 {
		select {
		case <-c.stop:
			return
		case <-time.After(time.Duration(20*(n+1)) * time.Millisecond):
		}
		c.Run(fmt.Sprint("cut ", n), func(t *testing.T) {
			q := queuetest.WithClock(t, powerCut(t, c.q.Store), c.q.Clock, channels("root:4"))
			queue.Register(q.Queue, c.kind, c.work(q.Queue))
			for _, name := range []string{"root", "bulk"} { // the cut may have come within a pause
				if err := q.PauseChannel(t.Context(), name, false); err != nil && !errors.Is(err, queue.ErrUnknownChannel) {
					t.Error(err)
				}
			}
			if err := q.RunUntilIdle(t.Context()); err != nil {
				t.Error(err)
			}
			for _, j := range q.Jobs(t, queue.Filter{Limit: 1000}) {
				if !j.State.Terminal() {
					t.Errorf("job %v of %s is %s, waiting %v, children %d, before it %d", j.ID, j.Channel, j.State, j.Waiting, j.ChildrenOpen, j.DependenciesOpen)
				}
			}
		})
	}
}
