package coffee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/device"
	"crema/store"
)

// Calibration is how much water a pulse of FLOW is, as a person measured it. Its times are the board's wall time.
type Calibration struct {
	PerPulse    int64     `json:"per_pulse"` // 0.0001 ml
	At          time.Time `json:"at"`
	Millilitres int64     `json:"ml"`      // that were measured
	Pulses      uint64    `json:"pulses"`  // of that water
	Ended       time.Time `json:"ended"`   // when it had run
	Setting     string    `json:"setting"` // what ml_per_pulse said then: one that was changed since is newer
	Machine     string    `json:"machine"` // whose flow meter it is; "" until the first machine was reached
}

var calibrations = store.NewBucket[string, Calibration]("coffee.calibrations", store.StringKey())

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

// Calibrate takes it that the water that ran last was so many millilitres. It counts for the machine that is there, until
// ml_per_pulse is changed. ErrNotWired, ErrWater: nothing was kept.
func (b *Backend) Calibrate(ctx context.Context, ml int64) (Calibration, error) {
	if b.wires == nil || b.wires.Signals().Flow == nil {
		return Calibration{}, fmt.Errorf("calibrate %s: %w: gpio_flow", b.cfg.Name, ErrNotWired)
	}
	f := b.wires.Signals().Flow
	if f.Runs {
		return Calibration{}, errWaterRuns
	}
	var last device.Dose
	if n := len(f.Doses); n > 0 {
		last = f.Doses[n-1]
	}
	if last.Pulses < calibrateLeast || time.Since(last.End) > calibrateWithin {
		return Calibration{}, errNoWater
	}
	pulses := int64(last.Pulses)
	if ml < 1 || ml > 10_000 {
		return Calibration{}, errWaterAmounts
	}
	c := Calibration{PerPulse: (ml*10_000 + pulses/2) / pulses, At: b.d.Clock.Now().UTC(), Millilitres: ml, Pulses: last.Pulses,
		Ended: b.wall(last.End).UTC(), Setting: b.cfg.PerPulse}
	if c.PerPulse < leastPerPulse || c.PerPulse > mostPerPulse {
		return Calibration{}, errWaterAmounts
	}
	return c, b.d.Store.Update(ctx, func(tx *store.Tx) error {
		of := c
		of.Machine = b.machineName(tx)
		return calibrations.Put(tx, b.cfg.Name, of)
	})
}

// wall is the board's wall time of a moment of this program, whose own clock may have been set since.
func (b *Backend) wall(at time.Time) time.Time { return b.d.Clock.Now().Add(-time.Since(at)) }

// machineName is the machine that the line led to last; "" before the first one.
func (b *Backend) machineName(tx *store.Tx) string {
	if model, serial, ok := b.identity(tx); ok {
		return model + "/" + serial
	}
	return ""
}

// calibrated is how much a pulse is; c is nil where the setting says it.
func (b *Backend) calibrated(tx *store.Tx) (per int64, c *Calibration, err error) {
	kept, ok, err := calibrations.Get(tx, b.cfg.Name)
	if err == nil && ok && kept.Setting == b.cfg.PerPulse && kept.Machine == b.machineName(tx) {
		return kept.PerPulse, &kept, nil
	}
	return perPulse(b.cfg.PerPulse), nil, err
}

// dropCalibration forgets a calibration that the setting is newer than: one that is set back does not bring it back.
func (b *Backend) dropCalibration(ctx context.Context) {
	old := func(tx *store.Tx) (bool, error) {
		c, ok, err := calibrations.Get(tx, b.cfg.Name)
		return ok && c.Setting != b.cfg.PerPulse, err
	}
	var drop bool
	err := b.d.Store.View(func(tx *store.Tx) (err error) {
		drop, err = old(tx)
		return err
	})
	if err == nil && drop {
		err = b.d.Store.Update(ctx, func(tx *store.Tx) error {
			if drop, err := old(tx); err != nil || !drop {
				return err
			}
			return calibrations.Delete(tx, b.cfg.Name)
		})
	}
	if err != nil && ctx.Err() == nil {
		b.log.Error("forget the calibration of the flow meter", "error", err)
	}
}

// calibratedFirst gives a calibration that was made before any machine was reached to the first one.
func (b *Backend) calibratedFirst(tx *store.Tx, id device.Identity) error {
	c, ok, err := calibrations.Get(tx, b.cfg.Name)
	if err != nil || !ok || c.Machine != "" {
		return err
	}
	c.Machine = id.Model + "/" + id.Serial
	return calibrations.Put(tx, b.cfg.Name, c)
}
