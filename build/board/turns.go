package board

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// A company is what others a check may run beside.
type company int

const (
	beside company = iota // as many as there are places for
	waits                 // those, and as many that wait as well: it waits most of its time, and takes none of their places
	alone                 // none: it measures, which they would disturb
)

// A turn is one check's run. What it says is kept until those before it have said all of theirs.
type turn struct {
	check
	failed bool
	ended  chan struct{}

	mu   sync.Mutex
	kept bytes.Buffer
	to   io.Writer // nil while it is kept
}

// runAll runs checks, so many at a time and as many that wait, and gives the names of those that failed. Those of a kind begin in their
// order, those that are to be alone behind all others; all are told of in their order.
func (r *rig) runAll(ctx context.Context, chosen []check, jobs int) (failed []string) {
	turns := make([]*turn, len(chosen))
	for i, k := range chosen {
		turns[i] = &turn{check: k, ended: make(chan struct{})}
	}
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() {
		var others sync.WaitGroup
		for _, with := range []company{beside, waits} {
			others.Go(func() { r.runKind(ctx, turns, with, jobs) })
		}
		others.Wait()
		r.runKind(ctx, turns, alone, 1)
	})
	for _, t := range turns {
		t.speakTo(r.out)
		<-t.ended
		if t.failed {
			failed = append(failed, t.name)
		}
	}
	return failed
}

// runKind runs the checks of one kind, so many at a time.
func (r *rig) runKind(ctx context.Context, turns []*turn, with company, jobs int) {
	var running errgroup.Group
	running.SetLimit(jobs)
	for _, t := range turns {
		if t.with != with {
			continue
		}
		running.Go(func() error {
			if ctx.Err() != nil { // the run is at its end
				close(t.ended)
				return nil
			}
			t.take(ctx, r)
			return nil
		})
	}
	_ = running.Wait() // a turn keeps its own error
}

// take runs the check, with a rig that speaks to nobody but it.
func (t *turn) take(ctx context.Context, shared *rig) {
	defer close(t.ended)
	own := *shared
	own.out = t
	fmt.Fprintf(own.out, "== %s: %s\n", t.name, t.what)
	began := time.Now()
	if err := t.run(ctx, &own); err != nil {
		t.failed = true
		fmt.Fprintf(own.out, "FAILED %s after %.1f s: %v\n", t.name, time.Since(began).Seconds(), err)
		return
	}
	fmt.Fprintf(own.out, "ok %s, %.1f s\n", t.name, time.Since(began).Seconds())
}

// Write is the check's voice.
func (t *turn) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.to != nil {
		return t.to.Write(text)
	}
	return t.kept.Write(text)
}

// speakTo tells what the check has said, and what it says from now on.
func (t *turn) speakTo(out io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept.WriteTo(out) //nolint:errcheck // who doesn't hear it is told by the exit code
	t.to = out
}
