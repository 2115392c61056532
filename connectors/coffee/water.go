package coffee

import (
	"time"

	"crema/device"
	"crema/store"
)

// WiresView is what a page shows of the wires: what the store has of them, and, once they are read, how they are.
type WiresView struct {
	device.Signals
	PerPulse   int64        // 0.0001 ml
	Calibrated *Calibration // nil: nobody has, the setting says it
	Hour, Day  Water        // of the last hour and day; of less, where they are counted for less
	Compared   ComparedWater
	b          *Backend
}

// Water is what ran in some time.
type Water struct {
	Cups, Rinses int
	Millilitres  int64 // of both
}

// wiresView is nil where nothing is wired.
func (b *Backend) wiresView(tx *store.Tx) (*WiresView, error) {
	if b.wires == nil {
		return nil, nil
	}
	v := &WiresView{b: b}
	var err error
	if v.PerPulse, v.Calibrated, err = b.calibrated(tx); err != nil {
		return v, err
	}
	kept, _, err := keptWaters.Get(tx, b.cfg.Name)
	v.Compared = kept.Last
	return v, err
}

// Read asks the wires how they are. It belongs behind the transaction of [Backend.View]: that is not to wait for them.
func (v *WiresView) Read() {
	v.Signals = v.b.wires.Signals()
	if v.Flow == nil {
		return
	}
	flow := *v.Flow
	flow.Since = v.b.wall(flow.Since)
	v.Flow = &flow
	now := time.Now()
	var hour, day int64
	for _, d := range flow.Doses {
		amount := int64(d.Pulses) * v.PerPulse
		if now.Sub(d.End) < time.Hour {
			v.Hour.add(v.b.isCup(d, v.PerPulse))
			hour += amount
		}
		if now.Sub(d.End) < 24*time.Hour {
			v.Day.add(v.b.isCup(d, v.PerPulse))
			day += amount
		}
	}
	v.Hour.Millilitres, v.Day.Millilitres = hour/10_000, day/10_000
}

func (w *Water) add(cup bool) {
	if cup {
		w.Cups++
	} else {
		w.Rinses++
	}
}

// isCup tells a cup's water from a rinse's: by its amount, and by BUSY where that is known.
func (b *Backend) isCup(d device.Dose, per int64) bool {
	return int64(d.Pulses)*per > b.cfg.Rinse*10_000 && (d.Busy == nil || *d.Busy)
}
