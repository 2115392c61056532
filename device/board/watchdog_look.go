package board

import (
	"bytes"
	"cmp"
	"runtime"
	"slices"
	"strconv"
	"time"
)

// run looks at the loops and feeds, until Close.
func (d *Watchdog) run() {
	defer close(d.stopped)
	ticker := time.NewTicker(d.every)
	defer ticker.Stop()
	for last := time.Now(); ; {
		if d.look() {
			d.feed()
		}
		select {
		case <-d.stop:
			return
		case <-ticker.C:
		}
		now := time.Now()
		d.counted.Add(int64(min(now.Sub(last), 2*d.every)))
		last = now
	}
}

// look tells whether all loops were heard of in time. It tells once of each that was not,
// and of all being well again: a card that stood still for a minute may go on.
func (d *Watchdog) look() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.counted.Load()
	var late []*loop
	for l := range d.loops {
		if l.due.Load()+int64(d.every) < now { // it spoke up to that much after the last count
			late = append(late, l)
		}
	}
	if len(late) == 0 {
		if len(d.stuck) > 0 {
			d.log.Warn("all loops go on again", "stuck_before", d.stuck[0].Loop)
			d.stuck = nil
			d.noting.Go(d.keepNote)
		}
		return true
	}
	slices.SortFunc(late, func(a, b *loop) int { return cmp.Compare(a.due.Load(), b.due.Load()) })
	for _, l := range late {
		if slices.ContainsFunc(d.stuck, func(s Stuck) bool { return s.Loop == l.name }) {
			continue
		}
		stack := stackOf(l.routine.Load())
		s := Stuck{Loop: l.name, Since: d.o.Now().Add(-time.Duration(now - l.due.Load())).UTC(), Boot: d.boot, Doing: doing(stack)}
		d.log.Error("a loop of crema is stuck", "loop", l.name, "restarts", d.Restarts(), "stack", stack)
		if d.stuck = append(d.stuck, s); len(d.stuck) == 1 { // the others may wait for the first
			d.noting.Go(d.keepNote) // what is stuck may be the disk
		}
	}
	return false
}

// Stuck are the loops that make no progress, the one that was the first to do so first.
func (d *Watchdog) Stuck() []Stuck {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.stuck)
}

// Restarts tells whether somebody restarts the program when a loop is stuck.
func (d *Watchdog) Restarts() bool {
	return slices.ContainsFunc(d.fed, func(f feeder) bool { return f.every() > 0 })
}

func (d *Watchdog) feed() {
	for _, f := range d.fed {
		if err := f.feed(); err != nil {
			d.log.Error("the watchdog can't be fed", "error", err)
		}
	}
}

// routine is the number of the goroutine that asks.
func routine() int64 {
	var buf [64]byte
	text := buf[:runtime.Stack(buf[:], false)]
	digits, _, _ := bytes.Cut(bytes.TrimPrefix(text, []byte("goroutine ")), []byte(" "))
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		return -1 // its stack will not be found
	}
	return n
}

// stackOf is the stack of a goroutine, its innermost 8 KiB; "" where there is none any more.
func stackOf(routine int64) string {
	const all, most = 1 << 20, 8 << 10
	buf := make([]byte, all)
	text := buf[:runtime.Stack(buf, true)]
	_, text, found := bytes.Cut(text, []byte("goroutine "+strconv.FormatInt(routine, 10)+" "))
	if !found {
		return ""
	}
	text, _, _ = bytes.Cut(text, []byte("\n\n"))
	return string(text[:min(len(text), most)])
}
