package devicetest

import (
	"slices"
	"time"

	"crema/device"
	"crema/device/sim"
)

// stopping is an alarm code that stops each machine that the suite knows.
const stopping = 8

func status(r *rig) {
	s, err := r.m.Status(r.ctx())
	r.must(err)
	if s.State != device.StateReady || s.Temperature < 200 || s.Temperature > 1500 || len(s.Alarms) != 0 {
		r.Errorf("Status of a ready machine = %+v", s)
	}
	r.buy(sim.Order{Slot: r.on()[0], Brew: time.Hour})
	s, err = r.m.Status(r.ctx())
	r.must(err)
	if s.State != device.StateBrewing {
		r.Errorf("Status while a cup is made = %v", s.State)
	}
}

func lock(r *rig) {
	slot := r.on()[0]
	for _, locked := range []bool{true, true, false, false, true, false} {
		r.must(r.m.Lock(r.ctx(), locked))
		if got := r.wire.Truth().Locked; got != locked {
			r.Fatalf("Lock(%v): the machine is locked: %v", locked, got)
		}
		s, err := r.m.Status(r.ctx())
		r.must(err)
		if s.Locked != nil && *s.Locked != locked {
			r.Errorf("Status.Locked = %v after Lock(%v)", *s.Locked, locked)
		}
		_, err = r.wire.Buy(sim.Order{Slot: slot})
		if locked {
			r.wants("a customer at a locked panel", err, sim.ErrPanelLocked)
		} else {
			r.must(err)
		}
	}
}

func alarms(r *rig) {
	// An alarm that only waits to be acknowledged stops one machine and not another.
	cause := false
	set := func() (codes []int) {
		s, err := r.m.Status(r.ctx())
		r.must(err)
		for _, a := range s.Alarms {
			if a.Text == "" || a.Fix == "" {
				r.Errorf("alarm %d does not say what it is, or what to do: %+v", a.Code, a)
			}
			codes = append(codes, a.Code)
		}
		stopped := s.State == device.StateError
		if cause && !stopped || stopped && !slices.Contains(codes, stopping) {
			r.Errorf("alarms %v and state %v", codes, s.State)
		}
		return codes
	}
	cause = true
	r.wire.Alarm(stopping, true)
	if got := set(); !slices.Equal(got, []int{stopping}) {
		r.Errorf("alarms %v, want %d", got, stopping)
	}
	cause = false
	r.wire.Alarm(stopping, false)
	if got := set(); !slices.Equal(got, []int{stopping}) {
		r.Errorf("alarms %v before anybody acknowledged", got)
	}
	r.must(r.m.AckAlarm(r.ctx(), stopping))
	if got := set(); len(got) != 0 {
		r.Errorf("alarms %v, acknowledged and their cause gone", got)
	}
	cause = true
	r.wire.Alarm(stopping, true)
	r.must(r.m.AckAlarm(r.ctx(), stopping))
	if got := set(); !slices.Equal(got, []int{stopping}) {
		r.Errorf("alarms %v, acknowledged with their cause there", got)
	}
}
