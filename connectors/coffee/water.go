package coffee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/connectors/coffee/ledger"
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

// keptWater is what a comparison needs of programs that have ended: it is put into the commits
// that bring cups and those of a comparison, and costs none of its own. A cup's water ends after
// the cup is counted, so the last cup before a program's end is in neither number, nor is what
// was made until the next one has begun.
type keptWater struct {
	Machine string        `json:"machine"`         // whose counters, and their era
	From    time.Time     `json:"from"`            // board's wall time
	Doses   uint64        `json:"doses,omitempty"` // of cups
	Cups    uint64        `json:"cups,omitempty"`
	Last    ComparedWater `json:"last,omitzero"`
}

// ComparedWater is the last comparison of the water with the counters.
type ComparedWater struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Doses are the cups by the flow meter, Cups those by the machine's counters.
	Doses uint64 `json:"doses"`
	Cups  uint64 `json:"cups"`
}

var keptWaters = store.NewBucket[string, keptWater]("coffee.water", store.StringKey())

// waterWatch compares the doses of cups with the cups counted, between moments at which no
// cup was in the making.
type waterWatch struct {
	before    keptWater // of programs that have ended, since the last comparison
	seen      time.Time // the end of the last dose that was counted
	doses     uint64    // of cups
	machine   string    // whose counters, and their era
	from, now waterMark
}

type waterMark struct {
	at          time.Time // board's wall time; zero: none yet
	doses, cups uint64
}

// watchWater takes a mark, if nothing runs: after a good poll, by its status and its counters.
func (b *Backend) watchWater() error {
	if b.wires == nil {
		return nil
	}
	s, snap := b.wires.Signals(), b.Snapshot()
	if s.Flow == nil || s.Flow.Runs || s.Busy != nil && *s.Busy || snap.Status.State == device.StateBrewing {
		return nil
	}
	return b.d.Store.View(func(tx *store.Tx) error {
		m, found, err := ledger.GetMachine(tx, b.id.Model, b.id.Serial)
		if err != nil || !found || !m.Known {
			return err
		}
		per, _, err := b.calibrated(tx)
		if err != nil {
			return err
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		w := &b.water
		for _, d := range s.Flow.Doses {
			if !d.End.After(w.seen) {
				continue
			}
			if w.seen = d.End; b.isCup(d, per) {
				w.doses++
			}
		}
		w.now = waterMark{at: b.d.Clock.Now(), doses: w.doses}
		for _, n := range m.N {
			w.now.cups += n
		}
		of := fmt.Sprintf("%s/%s/%d", m.Model, m.Serial, m.Era)
		if w.machine == of {
			return nil
		}
		kept, _, err := keptWaters.Get(tx, b.cfg.Name)
		if err != nil {
			return err
		}
		if w.machine != "" || kept.Machine != of {
			kept = keptWater{} // other counters, or those that were reset
		}
		w.machine, w.from, w.before = of, w.now, kept
		return nil
	})
}

// since is when the comparison begins, and what it has come to.
func (w *waterWatch) since() ComparedWater {
	c := ComparedWater{From: w.from.at, To: w.now.at, Doses: w.before.Doses + w.now.doses - w.from.doses, Cups: w.before.Cups + w.now.cups - w.from.cups}
	if !w.before.From.IsZero() {
		c.From = w.before.From
	}
	return c
}

// keepWater keeps what the comparison has come to, in a commit that is made anyway.
func (b *Backend) keepWater(tx *store.Tx) error {
	b.mu.Lock()
	machine, c := b.water.machine, b.water.since()
	b.mu.Unlock()
	if machine == "" {
		return nil
	}
	kept, _, err := keptWaters.Get(tx, b.cfg.Name)
	if err != nil {
		return err
	}
	return keptWaters.Put(tx, b.cfg.Name, keptWater{Machine: machine, From: c.From, Doses: c.Doses, Cups: c.Cups, Last: kept.Last})
}

// waterFound is what a comparison found.
type waterFound struct {
	compared bool
	differs  string // in words; "" where nothing does
	machine  string // whose counters they are, and their era
	now      waterMark
	all      ComparedWater
}

// behind is what differs, behind another text.
func (f waterFound) behind() string {
	if f.differs == "" {
		return ""
	}
	return "; " + f.differs
}

// compareWater compares what was poured and counted since the last comparison that was told.
func (b *Backend) compareWater() waterFound {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := waterFound{compared: b.water.now.at.After(b.water.from.at), machine: b.water.machine, now: b.water.now, all: b.water.since()}
	if f.compared && f.all.Doses != f.all.Cups {
		f.differs = fmt.Sprintf("from %s to %s UTC the flow meter saw the water of %d cups, and the machine counted %d",
			f.all.From.UTC().Format(time.DateTime), f.all.To.UTC().Format(time.DateTime), f.all.Doses, f.all.Cups)
	}
	return f
}

// reasonWater is the checkpoint of water that does not agree with the counters.
const reasonWater = "water"

// tellWater has a person see what differs, or closes what was told before; the next
// comparison begins where this one ended.
func (b *Backend) tellWater(tx *store.Tx, f waterFound) error {
	if !f.compared {
		return nil
	}
	tx.OnCommit(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.water.machine == f.machine { // else it has begun anew, with other counters
			b.water.from, b.water.before = f.now, keptWater{}
		}
	})
	if err := keptWaters.Put(tx, b.cfg.Name, keptWater{Machine: f.machine, From: f.now.at, Last: f.all}); err != nil {
		return err
	}
	if f.differs == "" {
		return b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelMachine, b.cfg.Name, reasonWater)
	}
	return b.tellPerson(tx, ModelMachine, b.cfg.Name, reasonWater,
		"Of %s: %s. More water than cups: cups that are not counted, or rinses with as much water. Less: the flow meter or its wire.", b.cfg.Name, f.differs)
}
