package devicetest

import (
	"errors"

	"crema/device"
	"crema/device/sim"
)

func identity(r *rig) {
	truth := r.wire.Truth()
	if r.id.Model != truth.Model || r.id.Serial != truth.Serial || r.id.Firmware == "" || r.id.Slots != len(truth.Slots) {
		r.Errorf("Connect = %+v, the machine is %s %s with %d slots", r.id, truth.Model, truth.Serial, len(truth.Slots))
	}
	first := r.id
	r.connect() // again, without Close
	if r.id.Serial != first.Serial || r.id.Boot != first.Boot {
		r.Errorf("Connect = %+v, then %+v", first, r.id)
	}
	for range 2 {
		if err := r.m.Close(); err != nil {
			r.Errorf("Close = %v", err)
		}
	}
	_, err := r.m.Status(r.ctx())
	r.wants("Status after Close", err, device.ErrAway)
	_, err = r.m.ReadSlot(r.ctx(), 0)
	r.wants("ReadSlot after Close", err, device.ErrAway)
	r.connect()
	_, err = r.m.Status(r.ctx())
	r.must(err)
}

func anotherModel(r *rig) {
	s, ok := r.wire.Machine.(sim.ModelSetter)
	if !ok {
		r.Skip("the simulated machine is always its own model")
	}
	want := r.id.Model
	s.SetModel("1234")
	_, err := r.m.Connect(r.ctx())
	var wrong *device.WrongModelError
	if !errors.As(err, &wrong) || wrong.Want != want || wrong.Got != "1234" {
		r.Errorf("Connect to a Coffee 1234 = %v", err)
	}
	_, err = r.m.Status(r.ctx())
	r.wants("Status of the wrong model", err, device.ErrAway)
}

func levels(r *rig) {
	levels, err := r.m.Levels(r.ctx())
	r.must(err)
	if len(levels) == 0 {
		r.Fatal("no levels")
	}
	seen := map[int]bool{}
	for _, l := range levels {
		if seen[l.ID] || l.Name == "" || l.Level < 0 || l.Capacity > 0 && l.Level > l.Capacity || l.Low < 0 {
			r.Errorf("level %+v", l)
		}
		seen[l.ID] = true
	}
}
