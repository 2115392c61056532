package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// working runs f while p works, and ends both.
func working(ctx context.Context, p Peer, h Handler, f func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		err := p.Work(ctx, h)
		cancel() // f waits no longer for a peer that has failed
		ended <- err
	}()
	err := f(ctx)
	cancel()
	if failed := <-ended; failed != nil {
		return failed
	}
	return err
}

// warm are the jobs that idle does first and does not time.
const warm = 20

// idle gives job after job to a queue that has nothing to do, and asks for the time
// from the call to the handler.
func idle(ctx context.Context, p Peer, l Lengths) (Figure, error) {
	begun, done := make(chan time.Time, 1), make(chan struct{}, 1)
	var waits []float64
	h := Handler{Begin: func(Payload) { begun <- time.Now() }, Done: func(int) { done <- struct{}{} }}
	err := working(ctx, p, h, func(ctx context.Context) error {
		for i := range l.Live + warm {
			start := time.Now()
			if err := p.Enqueue(ctx, payload(i)); err != nil {
				return err
			}
			at := start
			for _, wait := range []func() bool{
				func() bool { return received(ctx, begun, &at) },
				func() bool { return received(ctx, done, new(struct{})) },
			} {
				if !wait() {
					return errors.New("the peer stopped")
				}
			}
			if i >= warm {
				waits = append(waits, at.Sub(start).Seconds())
			}
		}
		return nil
	})
	if err != nil {
		return Figure{}, err
	}
	slices.Sort(waits)
	return Figure{P50: waits[len(waits)/2], P99: waits[len(waits)*99/100], Jobs: len(waits) + warm}, nil
}

// received waits for a value, or for the end of ctx.
func received[T any](ctx context.Context, ch <-chan T, v *T) bool {
	select {
	case *v = <-ch:
		return true
	case <-ctx.Done():
		return false
	}
}

// countdown is a Handler that closes all when n jobs are done.
func countdown(n int) (h Handler, all <-chan struct{}) {
	var mu sync.Mutex
	ch := make(chan struct{})
	return Handler{Begin: func(Payload) {}, Done: func(d int) {
		mu.Lock()
		defer mu.Unlock()
		if n > 0 && n <= d {
			close(ch)
		}
		n -= d
	}}, ch
}

// live is the appliance's usual day: a job now and then, and done at once.
func live(ctx context.Context, p Peer, l Lengths) (Figure, error) {
	h, all := countdown(l.Live)
	start := time.Now()
	err := working(ctx, p, h, func(ctx context.Context) error {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for i := range l.Live {
			if err := p.Enqueue(ctx, payload(i)); err != nil {
				return err
			}
			<-tick.C
		}
		if !received(ctx, all, new(struct{})) {
			return errors.New("the peer stopped")
		}
		return nil
	})
	return per(l.Live, start), err
}

// burst is one bulk call, and then work until all is done.
func burst(ctx context.Context, p Peer, l Lengths) (Figure, error) {
	h, all := countdown(l.Jobs)
	start := time.Now()
	if err := p.EnqueueAll(ctx, payloads(0, l.Jobs)); err != nil {
		return Figure{}, err
	}
	err := working(ctx, p, h, func(ctx context.Context) error {
		if !received(ctx, all, new(struct{})) {
			return errors.New("the peer stopped")
		}
		return nil
	})
	return per(l.Jobs, start), err
}
