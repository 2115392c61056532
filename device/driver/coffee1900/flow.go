package coffee1900

import (
	"slices"
	"sync"
	"time"

	"crema/device"
	"crema/device/gpio"
)

const (
	flowMost  = 120             // pulses a second (manual, section 2)
	silence   = 2 * time.Second // without a pulse: the dose is over
	doseKept  = 48 * time.Hour  // how long doses are kept
	dosesMost = 4096            // and how many
)

// flow makes doses of the pulses of FLOW.
type flow struct {
	busy func() *bool

	mu    sync.Mutex
	count *gpio.Counter
	since time.Time
	open  *device.Dose  // the one that runs
	last  time.Duration // when its last pulse came, by the kernel's clock: the handler may be late
	doses []device.Dose
}

func newFlow(busy func() *bool) *flow {
	return &flow{busy: busy, count: gpio.NewCounter(flowMost), since: time.Now()}
}

// edge counts a falling edge.
func (f *flow) edge(e gpio.Edge) {
	now := time.Now()
	f.mu.Lock()
	n := f.count.Add(e)
	if f.open != nil && e.At-f.last >= silence {
		f.end()
	}
	f.forget(now)
	if n == 0 {
		f.mu.Unlock()
		return
	}
	goesOn := e.At-f.last < silence
	f.last = e.At
	if f.open == nil {
		f.open = &device.Dose{Start: now}
		// Somebody may have looked after a standstill of the program, before the pulses that came in it.
		if last := len(f.doses) - 1; last >= 0 && goesOn {
			*f.open = f.doses[last]
			f.doses = f.doses[:last]
		}
	}
	dose := f.open
	dose.End = now
	dose.Pulses += n
	asked := dose.Busy != nil && *dose.Busy
	f.mu.Unlock()
	if asked {
		return
	}
	// BUSY may fall a little after the first water: once it was low, it is a cup's.
	busy := f.busy()
	f.mu.Lock()
	if busy != nil {
		dose.Busy = busy
	}
	f.mu.Unlock()
}

// end ends the dose that runs.
func (f *flow) end() {
	f.doses = append(f.doses, *f.open)
	f.open = nil
}

// forget forgets old doses.
func (f *flow) forget(now time.Time) {
	old := 0
	for old < len(f.doses) && (now.Sub(f.doses[old].End) >= doseKept || len(f.doses)-old > dosesMost) {
		old++
	}
	f.doses = slices.Delete(f.doses, 0, old)
}

func (f *flow) figures() *device.Flow {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if f.open != nil && now.Sub(f.open.End) >= silence {
		f.end()
	}
	f.forget(now)
	c := f.count.Counts()
	return &device.Flow{Since: f.since, Pulses: c.Pulses, Missed: c.Missed, Rejected: c.Rejected,
		Doses: slices.Clone(f.doses), Runs: f.open != nil}
}
