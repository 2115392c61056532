package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"

	"crema/device/board"
	"crema/queue"
	"crema/store"
)

// crema is crema's queue as main wires it.
type crema struct {
	db    *store.Store
	queue *queue.Queue
	kind  queue.Kind[Payload]
	keyed bool

	h Handler // set before Run
}

// stamps is where main keeps the clock's stamp, with every commit.
var stamps = store.NewBucket[string, board.Stamp]("board.stamps", store.StringKey())

func openCrema(dir string, places int) (Peer, error) { return newCrema(dir, places, false) }

func openCremaKey(dir string, places int) (Peer, error) { return newCrema(dir, places, true) }

func newCrema(dir string, places int, keyed bool) (*crema, error) {
	debug.SetGCPercent(400) // as main does
	clock, err := board.OpenClock(board.ClockOptions{Build: board.BuildTime()})
	if err != nil {
		return nil, err
	}
	db, err := store.Open(filepath.Join(dir, "crema.db"), store.Options{
		Stamp: func(tx *store.Tx) error { return stamps.Put(tx, "clock", clock.Stamp()) }})
	if err != nil {
		return nil, err
	}
	err = db.View(func(tx *store.Tx) error {
		last, _, err := stamps.Get(tx, "clock")
		clock.Restore(last)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	channels := fmt.Sprintf("root:%d,root.bench:%d", places, places)
	q, err := queue.New(db, clock, queue.Config{Channels: channels, Timeouts: "root:600,root.bench:120"})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	c := &crema{db: db, queue: q, keyed: keyed, kind: queue.Kind[Payload]{Name: "bench.cup", Channel: "root.bench", Ahead: true,
		Describe: func(p Payload) string { return "book cup " + p.Number }}}
	queue.Register(q, c.kind, c.work)
	return c, nil
}

func (c *crema) work(_ context.Context, job *queue.Job[Payload]) (queue.Done, error) {
	c.h.Begin(job.Args)
	return func(tx *store.Tx) error {
		tx.OnCommit(func() { c.h.Done(1) })
		return nil
	}, nil
}

func (c *crema) add(tx *store.Tx, p Payload) error {
	o := queue.Options{Backend: "kitchen", Related: "coffee.cup/" + p.Number}
	if c.keyed {
		o.IdentityKey = "sales/kitchen/" + p.Number
	}
	_, err := queue.Enqueue(tx, c.queue, c.kind, p, o)
	return err
}

func (c *crema) Enqueue(ctx context.Context, p Payload) error {
	return c.db.Update(ctx, func(tx *store.Tx) error { return c.add(tx, p) })
}

func (c *crema) EnqueueAll(ctx context.Context, ps []Payload) error {
	return c.db.Update(ctx, func(tx *store.Tx) error {
		for _, p := range ps {
			if err := c.add(tx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *crema) Work(ctx context.Context, h Handler) error {
	c.h = h
	return c.queue.Run(ctx)
}

func (c *crema) Stats() Stats { return Stats{Commits: c.db.Stats().Commits} }

func (c *crema) Close() error { return c.db.Close() }
