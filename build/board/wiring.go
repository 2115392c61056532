package board

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"crema/device/sim/coffee1900"
)

// The board's only GPIO chip, a PL061: where it is, and what of it is read past the processor. Its line 3 is the power button.
const (
	pl061       = 0x9030000
	pl061Data   = pl061 + 0x3fc // the levels of all its lines
	pl061Output = pl061 + 0x400 // which of them are outputs
)

// lineOf are the chip's lines that header J7 is wired to.
var lineOf = map[coffee1900.Pin]int{coffee1900.Busy: 0, coffee1900.Flow: 1, coffee1900.Cup: 2, coffee1900.Door: 4,
	coffee1900.Start: 5, coffee1900.Inhibit: 6, coffee1900.Reset: 7}

// wired are the settings of the lobby's machine with its header.
const wired = `gpio_busy    = "9030000.pl061/0"
gpio_flow    = "9030000.pl061/1"
gpio_cup     = "9030000.pl061/2"
gpio_door    = "9030000.pl061/4"
gpio_start   = "9030000.pl061/5"
gpio_inhibit = "9030000.pl061/6"
gpio_reset   = "9030000.pl061/7"
`

// A wiring lies between the header of the lobby's machine and the lines of the board, for one power-on. The board's outputs are
// open drains, of which the emulator tells nothing: it is asked about a thousand times a second whether one is driven low, and is
// the pull-up itself.
type wiring struct {
	w      *world
	header *coffee1900.Header

	mu      sync.Mutex
	reach   *qtest // nil while the board is off
	chip    string
	merge   bool // two pulses at once
	flowed  uint64
	err     error // the first
	changes []change
}

// A change of an output.
type change struct {
	pin  coffee1900.Pin
	high bool
	at   time.Time
}

// wire gives the lobby's machine a header. It goes before the board's first power-on.
func (w *world) wire() *wiring {
	l := &wiring{w: w}
	l.header = w.lobby.Machine.(*coffee1900.Machine).Header(coffee1900.HeaderOptions{Rate: 120, Out: l.out})
	return l
}

// connect puts the header on a board that was just switched on.
func (l *wiring) connect() error {
	reach, err := l.w.emu.reach()
	if err != nil {
		return err
	}
	chip, err := l.w.emu.device("pl061")
	if err != nil {
		return errors.Join(err, reach.close())
	}
	l.mu.Lock()
	l.reach, l.chip = reach, chip
	l.mu.Unlock()
	ctx, stop := context.WithCancel(l.w.ctx)
	l.w.wait.Go(func() { l.header.Run(ctx) }) //nolint:errcheck // it ends with ctx
	l.w.wait.Go(func() {
		defer stop()
		defer reach.close()
		l.watch(ctx, reach)
	})
	return nil
}

// out is the machine: it moves a line. A pulse of FLOW is over when the board has counted it, since edges closer than the answer to an
// interrupt merge, on this chip as on others.
func (l *wiring) out(p coffee1900.Pin, high bool) {
	l.mu.Lock()
	merge, broken := l.merge, l.err != nil
	l.mu.Unlock()
	if p != coffee1900.Flow || high {
		if !merge || p != coffee1900.Flow {
			l.set(p, high)
		}
		return
	}
	l.flowed++
	switch {
	case merge && l.flowed%2 == 0:
		for _, high := range []bool{false, true, false, true} {
			l.set(p, high)
		}
	case !merge:
		if l.set(p, false); !broken {
			l.counted(l.flowed)
		}
	}
}

func (l *wiring) set(p coffee1900.Pin, high bool) {
	level := 0
	if high {
		level = 1
	}
	if _, err := l.reach.do("set_irq_in %s unnamed-gpio-in %d %d", l.chip, lineOf[p], level); err != nil {
		l.fail(err)
	}
}

// counted waits until the board has counted so many pulses.
func (l *wiring) counted(pulses uint64) {
	for end := time.Now().Add(10 * time.Second); ; {
		s, err := l.w.signals()
		switch {
		case err != nil:
			l.fail(err)
		case s.Water == nil:
			l.fail(errors.New("the board has no flow meter"))
		case s.Water.Pulses+s.Water.Rejected >= pulses:
			return
		case time.Now().After(end):
			l.fail(fmt.Errorf("of %d pulses of FLOW the board counted %d", pulses, s.Water.Pulses))
		default:
			continue
		}
		return
	}
}

func (l *wiring) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil && l.w.ctx.Err() == nil {
		l.err = err
	}
}

// watch tells the machine what the board's outputs do, and notes it, until the board is off.
func (l *wiring) watch(ctx context.Context, reach *qtest) {
	was := map[coffee1900.Pin]bool{coffee1900.Start: true, coffee1900.Inhibit: true, coffee1900.Reset: true}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		output, err := reach.register(pl061Output)
		var data uint32
		if err == nil {
			data, err = reach.register(pl061Data)
		}
		if err != nil {
			l.fail(fmt.Errorf("the board's outputs can't be read any more: %w", err))
			return
		}
		now := time.Now()
		for pin, before := range was {
			high := (output&^data)>>lineOf[pin]&1 == 0
			if high == before {
				continue
			}
			was[pin] = high
			l.header.Drive(pin, high)
			l.mu.Lock()
			l.changes = append(l.changes, change{pin, high, now})
			l.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// high tells whether an output is.
func (l *wiring) high(p coffee1900.Pin) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range slices.Backward(l.changes) {
		if c.pin == p {
			return c.high
		}
	}
	return true
}

// last is when an output became high, or low, the last time.
func (l *wiring) last(p coffee1900.Pin, high bool) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range slices.Backward(l.changes) {
		if c.pin == p && c.high == high {
			return c.at
		}
	}
	return time.Time{}
}

// lows are how long an output was low each time.
func (l *wiring) lows(p coffee1900.Pin) (all []time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var fell time.Time
	for _, c := range l.changes {
		switch {
		case c.pin != p:
		case c.high:
			all = append(all, c.at.Sub(fell))
		default:
			fell = c.at
		}
	}
	return all
}

// broken is the first that went wrong with the lines themselves.
func (l *wiring) broken() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}
