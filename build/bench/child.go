package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

// A Trial is one measurement of one peer, in a process of its own.
type Trial struct {
	Peer, Measure, Dir string
	CPUProfile         string // file for that of the measurement alone; empty is none
	MemProfile         string // file for what was allocated until its end; empty is none
	Lengths            Lengths
}

// A Result is what a trial found.
type Result struct {
	Peer, Measure string
	Figure        Figure
	Limits        Limits  // of the disk, before and after
	Commits       float64 // of the store a job; 0 where unknown
	Written       float64 // bytes a job that the process wrote
	Device        float64 // bytes a job that the device counted; others' among them
	CPU           float64 // microseconds of processor a job
	Syncs         float64 // a job, counted by strace; 0 where it was not
}

// try runs a trial in this process.
func try(ctx context.Context, t Trial) (r Result, err error) {
	e, m, err := t.find()
	if err != nil {
		return r, err
	}
	r = Result{Peer: t.Peer, Measure: t.Measure}
	p, err := e.open(t.Dir, m.places)
	if err != nil {
		return r, fmt.Errorf("open %s: %w", t.Peer, err)
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if m.ready != nil {
		if err := m.ready(ctx, p, t.Lengths); err != nil {
			return r, err
		}
	}
	before, err := probe(t.Dir, t.Lengths.Probe)
	if err != nil {
		return r, err
	}
	if err := t.measure(ctx, p, m, &r); err != nil {
		return r, fmt.Errorf("%s of %s: %w", t.Measure, t.Peer, err)
	}
	after, err := probe(t.Dir, t.Lengths.Probe)
	r.Limits = before.mean(after)
	return r, err
}

func (t Trial) find() (e entrant, m measurement, err error) {
	es, err := choose(t.Peer)
	if err != nil {
		return e, m, err
	}
	ms, err := pick(t.Measure)
	if err != nil {
		return e, m, err
	}
	if len(es) != 1 || len(ms) != 1 {
		return e, m, fmt.Errorf("a trial of %d peers and %d measurements: want one of each", len(es), len(ms))
	}
	return es[0], ms[0], nil
}

// measure runs the measurement between two readings of the counters.
func (t Trial) measure(ctx context.Context, p Peer, m measurement, r *Result) error {
	if t.MemProfile != "" {
		runtime.MemProfileRate = 4096
	}
	stop, err := profile(t.CPUProfile)
	if err != nil {
		return err
	}
	io0, err := readIO(t.Dir)
	if err != nil {
		return err
	}
	commits := p.Stats().Commits
	mark()
	r.Figure, err = m.run(ctx, p, t.Lengths)
	mark()
	if err := errors.Join(err, stop(), allocated(t.MemProfile)); err != nil {
		return err
	}
	io1, err := readIO(t.Dir)
	if err != nil {
		return err
	}
	if n := float64(r.Figure.Jobs); n > 0 {
		r.Commits = float64(p.Stats().Commits-commits) / n
		r.Written = float64(io1.written-io0.written) / n
		r.CPU = float64(io1.cpu-io0.cpu) / n
		r.Device = float64(io1.device-io0.device) / n
	}
	return nil
}

// profile takes a CPU profile until stop is called.
func profile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// allocated writes what the process has allocated so far.
func allocated(path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}
