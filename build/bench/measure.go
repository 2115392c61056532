package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Lengths say how long a measurement goes on.
type Lengths struct {
	Window time.Duration // of enqueueing one by one, and the longest of processing
	Probe  time.Duration // of each probe of the disk
	Jobs   int           // to process, and of a burst
	Batch  int           // jobs a bulk call
	Live   int           // jobs one by one: idle and live
}

// A Figure is what a measurement found.
type Figure struct {
	Rate     float64 `json:",omitempty"` // jobs a second
	P50, P99 float64 `json:",omitempty"` // seconds
	Jobs     int     // that it is about
}

// A measurement does one thing with a peer.
type measurement struct {
	name   string
	places int
	queue  bool // bare storage can't
	life   bool // it is for syncs and bytes, not for time
	ready  func(ctx context.Context, p Peer, l Lengths) error
	run    func(ctx context.Context, p Peer, l Lengths) (Figure, error)
}

var measurements = []measurement{
	{name: "enqueue1", places: 1, run: enqueueBy(1)},
	{name: "enqueue16", places: 1, run: enqueueBy(16)},
	{name: "batch", places: 1, run: batch},
	{name: "process2", places: 2, queue: true, ready: fill, run: process},
	{name: "process8", places: 8, queue: true, ready: fill, run: process},
	{name: "idle", places: 2, queue: true, run: idle},
	{name: "live", places: 2, queue: true, life: true, run: live},
	{name: "burst", places: 8, queue: true, life: true, run: burst},
}

// pick finds measurements by name; all for "".
func pick(names string) ([]measurement, error) {
	if names == "" {
		return measurements, nil
	}
	var picked []measurement
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(measurements, func(m measurement) bool { return m.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no measurement is called %q: see go doc crema/build/bench", name)
		}
		picked = append(picked, measurements[i])
	}
	return picked, nil
}

func enqueueBy(writers int) func(context.Context, Peer, Lengths) (Figure, error) {
	return func(ctx context.Context, p Peer, l Lengths) (Figure, error) {
		var wg sync.WaitGroup
		var n atomic.Int64
		failed := make(chan error, writers)
		start := time.Now()
		for range writers {
			wg.Go(func() {
				for time.Since(start) < l.Window {
					if err := p.Enqueue(ctx, payload(int(n.Add(1)))); err != nil {
						failed <- err
						return
					}
				}
			})
		}
		wg.Wait()
		return per(int(n.Load()), start), firstOf(failed)
	}
}

func batch(ctx context.Context, p Peer, l Lengths) (Figure, error) {
	n, took := 0, time.Duration(0)
	for n == 0 || took < l.Window/2 {
		ps := payloads(n, l.Batch) // an identity key that is there already would add nothing
		start := time.Now()
		if err := p.EnqueueAll(ctx, ps); err != nil {
			return Figure{}, err
		}
		took += time.Since(start)
		n += len(ps)
	}
	return Figure{Rate: float64(n) / took.Seconds(), Jobs: n}, nil
}

func fill(ctx context.Context, p Peer, l Lengths) error {
	return p.EnqueueAll(ctx, payloads(0, l.Jobs))
}

// process works until all is done, or for twice the window.
func process(ctx context.Context, p Peer, l Lengths) (Figure, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*l.Window)
	defer cancel()
	var done atomic.Int64
	var last atomic.Int64 // since start
	start := time.Now()
	err := p.Work(ctx, Handler{Begin: func(Payload) {}, Done: func(n int) {
		if ctx.Err() != nil {
			return
		}
		last.Store(int64(time.Since(start)))
		if done.Add(int64(n)) >= int64(l.Jobs) {
			cancel()
		}
	}})
	f := Figure{Jobs: int(done.Load())}
	if s := time.Duration(last.Load()).Seconds(); s > 0 {
		f.Rate = float64(f.Jobs) / s
	}
	return f, err
}

func per(n int, start time.Time) Figure {
	return Figure{Rate: float64(n) / time.Since(start).Seconds(), Jobs: n}
}

func firstOf(errs chan error) error {
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}
