package board

import (
	"errors"
	"fmt"
	"time"

	"crema/device"
	"crema/device/sim"
	"crema/device/sim/coffee1900"
)

// lock locks the lobby's panel, or frees it, and waits for INHIBIT.
func (l *wiring) lock(locked bool) error {
	if err := l.w.send("POST", "backends/lobby/lock", fmt.Sprintf(`{"locked":%t}`, locked), nil); err != nil {
		return err
	}
	if err := l.waitFor(coffee1900.Inhibit, !locked, 15*time.Second); err != nil {
		return err
	}
	return l.shows("the lock", func(s signals) bool { return s.Inhibited == locked })
}

func (l *wiring) waitFor(p coffee1900.Pin, high bool, limit time.Duration) error {
	return l.w.until(fmt.Sprintf("pin %d of J7 is high: %t", p, high), limit, func() bool { return l.high(p) == high })
}

// holds: INHIBIT stays low while the machine's line is out, and is high after a stop.
func (l *wiring) holds() error {
	if err := l.lock(true); err != nil {
		return err
	}
	if _, err := l.w.lobby.Buy(sim.Order{}); !errors.Is(err, sim.ErrPanelLocked) {
		return fmt.Errorf("the locked panel sells, or says otherwise than that it is locked: %v", err)
	}
	l.w.lobby.plug(false)
	if err := l.w.until("the lobby's machine is away", 30*time.Second, func() bool { return l.w.machineIs("lobby") == "away" }); err != nil {
		return err
	}
	if l.high(coffee1900.Inhibit) {
		return errors.New("INHIBIT is high while the machine is away")
	}
	l.w.lobby.plug(true)
	if _, err := l.w.emu.ask("stop"); err != nil {
		return err
	}
	if err := l.waitFor(coffee1900.Inhibit, true, 2*time.Second); err != nil {
		return err
	}
	l.w.say("INHIBIT was low while the panel was locked, also with the machine's line out, and high after a stop")
	return l.again()
}

// again starts crema, which locks the panel as before.
func (l *wiring) again() error {
	if _, err := l.w.emu.ask("start"); err != nil {
		return err
	}
	if _, err := l.w.emu.page(l.w.ctx, time.Minute); err != nil {
		return err
	}
	return l.waitFor(coffee1900.Inhibit, false, 15*time.Second)
}

// dies: INHIBIT is high after crema was killed, also with a guard that had to be started anew, but not where both were killed at once.
func (l *wiring) dies() error {
	took, err := l.killed()
	if err != nil {
		return err
	}
	l.w.say("crema was killed with INHIBIT low: high within %s", took.Round(time.Millisecond))
	if err := inTurn(l.again, l.killGuard); err != nil {
		return err
	}
	for _, there := range []bool{false, true} {
		if err := l.w.until(fmt.Sprintf("there is a guard: %t", there), 10*time.Second, func() bool {
			_, err := l.w.emu.ask("signal", "0", guard)
			return (err == nil) == there
		}); err != nil {
			return err
		}
	}
	if took, err = l.killed(); err != nil {
		return err
	}
	l.w.say("its guard was killed, and a while later crema: high within %s", took.Round(time.Millisecond))
	if err := inTurn(l.again, l.killGuard); err != nil {
		return err
	}
	switch _, err := l.killed(); {
	case err == nil:
		return errors.New("the control: INHIBIT is high after crema was killed, though its guard was killed just before")
	case !errors.Is(err, errStillNot):
		return err
	}
	l.w.say("control: where both were killed at once it stayed low")
	return inTurn(l.again, with(l.lock, false))
}

// guard is the word by which crema's guard is known.
const guard = "gpio-guard"

func (l *wiring) killGuard() error {
	_, err := l.w.emu.ask("signal", "9", guard)
	return err
}

// killed kills crema, which isn't started again, and tells how long it took until INHIBIT was high; errStillNot is that it wasn't in 5 s.
func (l *wiring) killed() (time.Duration, error) {
	began := time.Now()
	if _, err := l.w.emu.ask("kill"); err != nil {
		return 0, err
	}
	if err := l.waitFor(coffee1900.Inhibit, true, 5*time.Second); err != nil {
		return 0, err
	}
	return l.last(coffee1900.Inhibit, true).Sub(began), nil
}

// A pulse is an output that crema has low for a while.
type pulse struct {
	name  string
	pin   coffee1900.Pin
	path  string        // of what asks for it
	whole time.Duration // its length, at least
	most  time.Duration // that it may be low where crema dies
}

// diesPulsing: RESET and START are high soon after crema was killed while they were low.
func (l *wiring) diesPulsing() error {
	for _, p := range []pulse{{"RESET", coffee1900.Reset, "backends/lobby/restart", time.Second, 900 * time.Millisecond},
		{"START", coffee1900.Start, "backends/lobby/press", 200 * time.Millisecond, 300 * time.Millisecond}} {
		if err := l.diesIn(p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// diesIn kills crema within the first three quarters of a pulse. Where that was too late, as on a busy computer, it is tried again.
func (l *wiring) diesIn(p pulse) error {
	for range 5 {
		if err := inTurn(l.ready, l.w.awaits("the machine is ready", 30*time.Second, func() bool { return l.w.lobby.Truth().State == device.StateReady.String() })); err != nil {
			return err
		}
		before := len(l.lows(p.pin))
		answered := make(chan error, 1)
		go func() { answered <- l.w.api("POST", p.path, nil) }()
		if err := l.falls(p.pin, answered); err != nil {
			return err
		}
		fell := l.last(p.pin, false)
		if _, err := l.w.emu.ask("kill"); err != nil {
			return err
		}
		died := time.Since(fell)
		if err := l.waitFor(p.pin, true, 5*time.Second); err != nil {
			return err
		}
		low := l.lows(p.pin)[before]
		if died < p.whole*3/4 && low > p.most {
			return fmt.Errorf("crema was killed while it was low, and it was so for %s", low)
		}
		if _, err := l.w.emu.ask("start"); err != nil {
			return err
		}
		if _, err := l.w.emu.page(l.w.ctx, time.Minute); err != nil {
			return err
		}
		if died < p.whole*3/4 {
			l.w.say("crema was killed with %s low, dead after %s of at least %s: low for %s", p.name, died.Round(time.Millisecond), p.whole, low.Round(time.Millisecond))
			return nil
		}
	}
	return errors.New("crema could not be killed while it was low: this computer is too busy")
}

// falls waits until an output is low, without a pause: some are for a fifth of a second. What was asked for it may be answered, but not
// refused.
func (l *wiring) falls(p coffee1900.Pin, answered <-chan error) error {
	for end := time.Now().Add(15 * time.Second); l.high(p); {
		select {
		case err := <-answered:
			if err != nil {
				return err
			}
			answered = nil
		case <-time.After(time.Millisecond):
		}
		if time.Now().After(end) {
			return errors.New("it was asked for, and is not low after 15 s")
		}
	}
	return nil
}
