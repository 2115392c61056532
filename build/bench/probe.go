package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Limits are what the disk does at this moment, a second.
type Limits struct {
	Raw    float64 // 256 bytes appended and fdatasync
	Commit float64 // a put in bare bbolt, opened as crema opens it
}

// mean is that of what was probed before and after a measurement.
func (l Limits) mean(o Limits) Limits {
	return Limits{Raw: (l.Raw + o.Raw) / 2, Commit: (l.Commit + o.Commit) / 2}
}

// probe takes twice d.
func probe(dir string, d time.Duration) (l Limits, err error) {
	sub, err := os.MkdirTemp(dir, "probe-")
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(sub)) }()
	f, err := os.Create(filepath.Join(sub, "raw"))
	if err != nil {
		return l, err
	}
	defer f.Close()
	buf := make([]byte, payloadSize)
	l.Raw, err = rate(d, func() error {
		if _, err := f.Write(buf); err != nil {
			return err
		}
		return syscall.Fdatasync(int(f.Fd()))
	})
	if err != nil {
		return l, err
	}
	b, err := openBare(sub, asCrema())
	if err != nil {
		return l, err
	}
	p := payload(0)
	l.Commit, err = rate(d, func() error { return b.Enqueue(context.Background(), p) })
	return l, errors.Join(err, b.Close())
}

// rate calls f for d and says how often a second.
func rate(d time.Duration, f func() error) (float64, error) {
	n, start := 0, time.Now()
	for ; n == 0 || time.Since(start) < d; n++ {
		if err := f(); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}
