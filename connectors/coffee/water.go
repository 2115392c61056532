package coffee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/device"
	"crema/store"
)

// calibration is how much water a pulse of FLOW is, as a person measured it.
type calibration struct {
	PerPulse int64     `json:"per_pulse"` // 0.0001 ml
	At       time.Time `json:"at"`
	Setting  string    `json:"setting"` // what ml_per_pulse said then: one that was changed since is newer
}

var calibrations = store.NewBucket[string, calibration]("coffee.calibrations", store.StringKey())

// What a calibration needs: water that ran lately, and enough of it.
const (
	calibrateWithin = 15 * time.Minute
	calibrateLeast  = 40 // pulses
)

// ErrWater means that there is no water that could be measured, or not yet.
var ErrWater = errors.New("it can't be calibrated")

// What keeps the water from being measured; each is ErrWater.
var (
	errNoWater      = fmt.Errorf("%w: no water ran in the last 15 minutes, or less than 40 pulses of it", ErrWater)
	errWaterRuns    = fmt.Errorf("%w: the water still runs", ErrWater)
	errWaterAmounts = fmt.Errorf("%w: no flow meter has so much or so little water for a pulse: 0.01 to 20 ml", ErrWater)
)

// Calibrate takes it that the water that ran last was so many millilitres, and returns how
// much a pulse is by that, in 0.0001 ml. ErrNotWired, ErrWater: nothing was kept.
func (b *Backend) Calibrate(ctx context.Context, ml int64) (int64, error) {
	if b.wires == nil || b.wires.Signals().Flow == nil {
		return 0, fmt.Errorf("calibrate %s: %w: gpio_flow", b.cfg.Name, ErrNotWired)
	}
	f := b.wires.Signals().Flow
	if f.Runs {
		return 0, errWaterRuns
	}
	n := len(f.Doses)
	if n == 0 || f.Doses[n-1].Pulses < calibrateLeast || time.Since(f.Doses[n-1].End) > calibrateWithin {
		return 0, errNoWater
	}
	pulses := int64(f.Doses[n-1].Pulses)
	if ml < 1 || ml > 10_000 {
		return 0, errWaterAmounts
	}
	c := calibration{PerPulse: (ml*10_000 + pulses/2) / pulses, At: b.d.Clock.Now().UTC(), Setting: b.cfg.PerPulse}
	if c.PerPulse < leastPerPulse || c.PerPulse > mostPerPulse {
		return 0, errWaterAmounts
	}
	return c.PerPulse, b.d.Store.Update(ctx, func(tx *store.Tx) error { return calibrations.Put(tx, b.cfg.Name, c) })
}

// calibrated is how much a pulse is; at is zero where the setting says it.
func (b *Backend) calibrated(tx *store.Tx) (per int64, at time.Time, err error) {
	c, ok, err := calibrations.Get(tx, b.cfg.Name)
	if err == nil && ok && c.Setting == b.cfg.PerPulse {
		return c.PerPulse, c.At, nil
	}
	return perPulse(b.cfg.PerPulse), time.Time{}, err
}

// WiresView is what a page shows of the wires.
type WiresView struct {
	device.Signals
	PerPulse   int64     // 0.0001 ml
	Calibrated time.Time // zero: nobody has, the setting says it
	Hour, Day  Water     // of the last hour and day; of less, where crema runs for less
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
