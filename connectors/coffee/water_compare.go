package coffee

import (
	"fmt"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// keptWater is what a comparison needs of programs that have ended: it is put into the commits
// that bring cups and those of a comparison, and costs none of its own. A cup's water ends after
// the cup is counted, so the last cup before a program's end is in neither number, nor is what
// was made until the next one has begun.
type keptWater struct {
	Machine string        `json:"machine"`         // whose counters, and their era
	Told    uint64        `json:"told,omitempty"`  // how many comparisons were told before it
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
	told      uint64    // how many comparisons were told
	seen      time.Time // the begin of the last dose that was looked at
	seenCup   bool      // that was a cup's
	doses     uint64    // of cups
	machine   string    // whose counters, and their era
	from, now waterMark
}

type waterMark struct {
	number      uint64    // they are counted: a clock may be set back; 0: none yet
	at          time.Time // board's wall time, for people
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
		w.count(s.Flow.Doses, func(d device.Dose) bool { return b.isCup(d, per) })
		w.now = waterMark{number: w.now.number + 1, at: b.d.Clock.Now(), doses: w.doses}
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
		w.told = kept.Told
		if w.machine != "" || kept.Machine != of {
			kept = keptWater{} // other counters, or those that were reset
		}
		w.machine, w.from, w.before = of, w.now, kept
		return nil
	})
}

// count counts the cups' doses among those that there are. The last one may have gone on since it was looked at.
func (w *waterWatch) count(doses []device.Dose, isCup func(device.Dose) bool) {
	for _, d := range doses {
		again := d.Start.Equal(w.seen)
		if !again && !d.Start.After(w.seen) {
			continue
		}
		cup := isCup(d)
		if cup && !(again && w.seenCup) {
			w.doses++
		}
		w.seen, w.seenCup = d.Start, cup || again && w.seenCup
	}
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
	machine, told, c := b.water.machine, b.water.told, b.water.since()
	b.mu.Unlock()
	if machine == "" {
		return nil
	}
	kept, _, err := keptWaters.Get(tx, b.cfg.Name)
	if err != nil || kept.Told != told { // else the comparison was told a moment ago, and memory has not heard of it yet
		return err
	}
	return keptWaters.Put(tx, b.cfg.Name, keptWater{Machine: machine, Told: told, From: c.From, Doses: c.Doses, Cups: c.Cups, Last: kept.Last})
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
	f := waterFound{compared: b.water.now.number > b.water.from.number, machine: b.water.machine, now: b.water.now, all: b.water.since()}
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
	kept, _, err := keptWaters.Get(tx, b.cfg.Name)
	if err != nil {
		return err
	}
	tx.OnCommit(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.water.told = kept.Told + 1
		if b.water.machine == f.machine { // else it has begun anew, with other counters
			b.water.from, b.water.before = f.now, keptWater{}
		}
	})
	if err := keptWaters.Put(tx, b.cfg.Name, keptWater{Machine: f.machine, Told: kept.Told + 1, From: f.now.at, Last: f.all}); err != nil {
		return err
	}
	if f.differs == "" {
		return b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelMachine, b.cfg.Name, reasonWater)
	}
	return b.tellPerson(tx, ModelMachine, b.cfg.Name, reasonWater,
		"Of %s: %s. More water than cups: cups that are not counted, or rinses with as much water. Less: the flow meter or its wire.", b.cfg.Name, f.differs)
}
