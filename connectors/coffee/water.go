package coffee

import (
	"time"

	"crema/device"
	"crema/store"
)

// WiresView is what a page shows of the wires.
type WiresView struct {
	device.Signals
	PerPulse   int64        // 0.0001 ml
	Calibrated *Calibration // nil: nobody has, the setting says it
	Hour, Day  Water        // of the last hour and day; of less, where they are counted for less
	Compared   ComparedWater
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
	v := &WiresView{Signals: b.wires.Signals()}
	var err error
	if v.PerPulse, v.Calibrated, err = b.calibrated(tx); err != nil || v.Flow == nil {
		return v, err
	}
	kept, _, err := keptWaters.Get(tx, b.cfg.Name)
	if err != nil {
		return v, err
	}
	v.Compared = kept.Last
	now := time.Now()
	counted := *v.Flow
	counted.Since = b.wall(counted.Since)
	v.Flow = &counted
	var hour, day int64
	for _, d := range v.Flow.Doses {
		amount := int64(d.Pulses) * v.PerPulse
		if now.Sub(d.End) < time.Hour {
			v.Hour.add(b.isCup(d, v.PerPulse))
			hour += amount
		}
		if now.Sub(d.End) < 24*time.Hour {
			v.Day.add(b.isCup(d, v.PerPulse))
			day += amount
		}
	}
	v.Hour.Millilitres, v.Day.Millilitres = hour/10_000, day/10_000
	return v, nil
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
