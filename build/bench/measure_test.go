package main

import (
	"context"
	"sync"
	"testing"
	"time"
)

// noted is a peer in memory that notes what it was given.
type noted struct {
	mu    sync.Mutex
	given map[int]int
}

func (n *noted) Enqueue(_ context.Context, p Payload) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.given[p.N()]++
	return nil
}

func (n *noted) EnqueueAll(ctx context.Context, ps []Payload) error {
	for _, p := range ps {
		_ = n.Enqueue(ctx, p)
	}
	return nil
}

func (n *noted) Work(ctx context.Context, h Handler) error {
	for number := range n.given {
		h.Begin(payload(number))
		h.Done(1)
	}
	<-ctx.Done()
	return nil
}

func (n *noted) Stats() Stats { return Stats{} }
func (n *noted) Close() error { return nil }

// A number that came twice would be no new job for those who have identity keys.
func TestEachJobOfAMeasurementIsAnother(t *testing.T) {
	l := Lengths{Window: 5 * time.Millisecond, Jobs: 50, Batch: 40, Live: 3}
	for _, m := range measurements {
		t.Run(m.name, func(t *testing.T) {
			if m.name == "idle" || m.name == "live" {
				t.Skip("they give what they wait for")
			}
			p := &noted{given: map[int]int{}}
			if m.ready != nil {
				if err := m.ready(t.Context(), p, l); err != nil {
					t.Fatal(err)
				}
			}
			f, err := m.run(t.Context(), p, l)
			if err != nil {
				t.Fatal(err)
			}
			if f.Jobs != len(p.given) {
				t.Errorf("the figure is of %d jobs, the peer has %d", f.Jobs, len(p.given))
			}
			for n, times := range p.given {
				if n < 0 || times != 1 {
					t.Errorf("job %d was given %d times", n, times)
				}
			}
			if f.Rate <= 0 {
				t.Errorf("rate %v", f.Rate)
			}
		})
	}
}
