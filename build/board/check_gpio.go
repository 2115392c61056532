package board

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"crema/device"
	"crema/device/sim/coffee1900"
)

// checkGPIO has header J7 of the lobby's machine on the GPIO chips of two boards. On one each pulse of FLOW counts and the page shows what
// stands and is open; on the other START and RESET are as long as the manual wants them, and INHIBIT is low while it is wanted and not for
// longer: neither after a stop nor after crema was killed, which no output survives. The controls are two pulses at once, of which not all
// can be counted, and a guard that was killed together with crema.
func checkGPIO(ctx context.Context, r *rig) error {
	r.processors = max(r.processors, 2) // the edges, crema and its guard at once
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error {
		return r.wired(ctx, 80, func(l *wiring) []step { return []step{l.contacts, l.water, l.merged} })
	})
	both.Go(func() error {
		return r.wired(ctx, 81, func(l *wiring) []step {
			return []step{l.inert, l.presses, l.restarts, l.holds, l.dies, l.diesPulsing, l.atRest}
		})
	})
	return both.Wait()
}

// wired takes the steps on a board that was just switched on.
func (r *rig) wired(ctx context.Context, part uint64, steps func(*wiring) []step) (err error) {
	w, err := r.newWorld(ctx, part, setting{lobby: wired})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	l := w.wire()
	if err := inTurn(with(w.boot, nil), l.connect, w.ready); err != nil {
		return err
	}
	if err := inTurn(steps(l)...); err != nil {
		return err
	}
	return inTurn(l.broken, w.off)
}

// inert: no output was low before anybody wanted it so.
func (l *wiring) inert() error {
	l.mu.Lock()
	changes := len(l.changes)
	l.mu.Unlock()
	if changes > 0 {
		return fmt.Errorf("from power on to the first page outputs moved: %v", l.changes)
	}
	if _, err := l.w.signals(); err != nil {
		return err
	}
	l.w.say("no output moved from power on until crema ran")
	return nil
}

// contacts: a cup, whose contact bounces, and the door.
func (l *wiring) contacts() error {
	rest := func(s signals) bool { return is(s.Busy, false) && is(s.Cup, false) && is(s.Door, false) }
	if err := l.shows("a machine at rest", rest); err != nil {
		return err
	}
	l.header.OpenDoor(true)
	if err := l.shows("an open door", func(s signals) bool { return is(s.Door, true) }); err != nil {
		return err
	}
	l.header.OpenDoor(false)
	if err := l.shows("a closed door", rest); err != nil {
		return err
	}
	if err := l.w.api("POST", "backends/lobby/alarms/16/ack", nil); err != nil { // the door's
		return err
	}
	for _, there := range []bool{true, false, true} {
		l.header.PutCup(there)
		if err := l.shows("a cup, or none", func(s signals) bool { return is(s.Cup, there) }); err != nil {
			return err
		}
	}
	for range 20 {
		if s, err := l.w.signals(); err != nil || !is(s.Cup, true) {
			return errors.Join(errors.New("a cup that stands there comes and goes"), err)
		}
	}
	l.w.say("the door and a cup with a contact that bounces are shown, and stay")
	return l.w.until("the machine is ready", 15*time.Second, func() bool { return l.w.lobby.Truth().State == device.StateReady.String() })
}

// water: a cup's pulses.
func (l *wiring) water() error {
	began := time.Now()
	if err := inTurn(l.w.sold(l.w.lobby, 1), l.showing("that a cup is being made", func(s signals) bool { return is(s.Busy, true) }), with(l.made, 1)); err != nil {
		return err
	}
	if err := inTurn(with(l.w.settled, time.Minute), l.poured); err != nil {
		return err
	}
	l.w.say("%d pulses in %s: all counted, one cup", l.header.Pulses(), time.Since(began).Round(100*time.Millisecond))
	return nil
}

// made waits until the lobby's machine has made so many cups.
func (l *wiring) made(cups int) error {
	err := l.w.until("the cup is made", time.Minute, func() bool { return len(l.w.lobby.Truth().Cups) == cups })
	return errors.Join(err, l.broken())
}

// poured compares the pulses that the board counted with the machine's.
func (l *wiring) poured() error {
	if err := l.shows("that the water stopped", func(s signals) bool { return s.Water != nil && !s.Water.Runs }); err != nil {
		return err
	}
	s, err := l.w.signals()
	if err != nil {
		return err
	}
	gave, ml := l.header.Pulses(), 0
	for _, c := range l.w.lobby.Truth().Cups {
		ml += int(l.w.lobby.Truth().Slots[c.Slot].Volume)
	}
	if n := s.Water; n.Pulses != gave || n.Rejected != 0 || n.Hour.Rinses != 0 || n.Hour.ML != ml || n.Hour.Cups != len(l.w.lobby.Truth().Cups) {
		return fmt.Errorf("the machine gave %d pulses, %d ml in %d cups; the board counted %+v", gave, ml, len(l.w.lobby.Truth().Cups), *n)
	}
	return nil
}

// presses: START makes a cup where one stands.
func (l *wiring) presses() error {
	l.header.PutCup(true)
	if err := l.shows("a cup", func(s signals) bool { return is(s.Cup, true) }); err != nil {
		return err
	}
	if err := inTurn(func() error { return l.w.api("POST", "backends/lobby/press", nil) }, with(l.made, 1), l.poured); err != nil {
		return err
	}
	lows := l.lows(coffee1900.Start)
	if cups := l.w.lobby.Truth().Cups; len(lows) != 1 || lows[0] < 100*time.Millisecond || lows[0] > 300*time.Millisecond || cups[0].Kind != device.CupRemote {
		return fmt.Errorf("START was low for %s, the cup is %+v", lows, cups[0])
	}
	l.w.say("START was low for %s and made a cup", lows[0].Round(time.Millisecond))
	return l.w.until("the panel sells again", 30*time.Second, func() bool { return l.high(coffee1900.Inhibit) })
}

// restarts: RESET.
func (l *wiring) restarts() error {
	if err := l.w.api("POST", "backends/lobby/restart", nil); err != nil {
		return err
	}
	if err := l.w.until("RESET is high again", 5*time.Second, func() bool { return len(l.lows(coffee1900.Reset)) == 1 }); err != nil {
		return err
	}
	low := l.lows(coffee1900.Reset)[0]
	if low < time.Second || low > 3*time.Second {
		return fmt.Errorf("RESET was low for %s", low)
	}
	l.w.say("RESET was low for %s", low.Round(time.Millisecond))
	return l.w.until("the machine is back", 15*time.Second, func() bool { return l.w.machineIs("lobby") == "connected" })
}

// merged is the control of the pulses.
func (l *wiring) merged() error {
	before, err := l.w.signals()
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.merge = true
	l.mu.Unlock()
	pulses := l.header.Pulses()
	if err := inTurn(l.w.sold(l.w.lobby, 1), with(l.made, 2), l.showing("that the water stopped", func(s signals) bool {
		return s.Water.Pulses > before.Water.Pulses && !s.Water.Runs
	})); err != nil {
		return err
	}
	s, err := l.w.signals()
	if err != nil {
		return err
	}
	gave, counted := l.header.Pulses()-pulses, s.Water.Pulses-before.Water.Pulses
	if counted >= gave {
		return fmt.Errorf("the control: of %d pulses, two at once, the board counted %d", gave, counted)
	}
	l.w.say("control: of %d pulses, two at once, it counted %d and saw %d as noise", gave, counted, s.Water.Rejected-before.Water.Rejected)
	return nil
}

// ready waits until crema has the lobby's machine.
func (l *wiring) ready() error {
	return l.w.until("the machine is there", 15*time.Second, func() bool { return l.w.machineIs("lobby") == "connected" })
}

// atRest: no output is low at the end, when crema knows what became of the last cup.
func (l *wiring) atRest() error {
	if err := l.waitFor(coffee1900.Inhibit, true, time.Minute); err != nil {
		return err
	}
	for _, p := range []coffee1900.Pin{coffee1900.Start, coffee1900.Inhibit, coffee1900.Reset} {
		if !l.high(p) {
			return fmt.Errorf("pin %d of J7 is low at the end", p)
		}
	}
	return nil
}
