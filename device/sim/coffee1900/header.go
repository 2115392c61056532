package coffee1900

import (
	"context"
	"sync"
	"time"
)

// Pin is a line of header J7 (manual, section 2), by its number there.
type Pin int

// The lines of the header. Busy to Door are the machine's, Start to Reset the controller's.
const (
	Busy Pin = iota + 2
	Flow
	Cup
	Door
	Start
	Inhibit
	Reset
)

// The manual's times and rates (section 2).
const (
	startLeast = 100 * time.Millisecond
	startMost  = 300 * time.Millisecond
	resetLeast = time.Second
	bounces    = 20 * time.Millisecond
	pulsesAMl  = 2
	pulsesMost = 120 // a second
)

// HeaderOptions says how a header behaves.
type HeaderOptions struct {
	// Out is told each change of a line of the machine's, and each line's first level when
	// Run begins; high is the electrical level. The machine goes on when it returns, so
	// that one that waits for the controller loses no edge. It is called by one goroutine
	// at a time and must not call the header.
	Out func(p Pin, high bool)
	// Rate is how many pulses a second FLOW gives, 1 to 120; 0: 40, which are 20 ml.
	Rate int
}

// Header is the machine's side of J7. Its methods are safe for concurrent use. A machine
// that has one makes its cups at the pace of their water: a cup takes the longer of its
// brewing time and its pulses, and only while Run runs.
type Header struct {
	m    *Machine
	o    HeaderOptions
	news chan struct{} // a cup was started or ended, or a rinse was asked for

	out sync.Mutex // one line at a time

	// Guarded by the machine's lock.
	chosen    int       // the slot chosen last on the panel
	low       time.Time // when START went low; zero while it is high
	reset     *time.Timer
	inhibited bool
	started   bool          // the cup in the making was not begun by Run yet
	brew      time.Duration // how long that one takes at least
	rinse     int           // ml to run that are no cup
	pulses    uint64
}

// Header gives the machine a header. It must be called before anything else of the
// machine, once.
func (m *Machine) Header(o HeaderOptions) *Header {
	if o.Rate == 0 {
		o.Rate = 40
	}
	if o.Rate < 1 || o.Rate > pulsesMost {
		panic("coffee1900: FLOW gives 1 to 120 pulses a second")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.header = &Header{m: m, o: o, news: make(chan struct{}, 1)}
	return m.header
}

// Run moves the lines until ctx ends, and returns ctx's error.
func (h *Header) Run(ctx context.Context) error {
	for p, high := range map[Pin]bool{Busy: true, Flow: true, Cup: true, Door: false} {
		h.set(p, high)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.news:
		}
		for h.next(ctx) {
		}
	}
}

// next does what is asked for: a cup, or a rinse.
func (h *Header) next(ctx context.Context) bool {
	h.m.mu.Lock()
	cup, brew, rinse := h.m.brewing.cup, h.brew, h.rinse
	begin := h.started
	h.started, h.rinse = false, 0
	var ml int
	if begin && cup != nil {
		ml = h.m.slots[cup.Slot].volume
	}
	h.m.mu.Unlock()
	switch {
	case begin && cup != nil:
		h.set(Busy, false)
		done := time.NewTimer(brew)
		defer done.Stop()
		here := func() bool {
			h.m.mu.Lock()
			defer h.m.mu.Unlock()
			return h.m.brewing.cup == cup
		}
		if h.flow(ctx, ml, here) {
			select {
			case <-ctx.Done():
			case <-done.C:
			}
		}
		h.m.mu.Lock()
		if h.m.brewing.cup == cup && ctx.Err() == nil {
			h.m.finish()
		}
		h.m.mu.Unlock()
		h.set(Busy, true)
	case rinse > 0:
		h.flow(ctx, rinse, func() bool { return true })
	default:
		return begin
	}
	return ctx.Err() == nil
}

// flow gives the pulses of so much water, as long as it runs, and tells whether all
// of it did.
func (h *Header) flow(ctx context.Context, ml int, runs func() bool) bool {
	half := time.Second / time.Duration(2*h.o.Rate)
	for range ml * pulsesAMl {
		if ctx.Err() != nil || !runs() {
			return false
		}
		h.set(Flow, false)
		time.Sleep(half)
		h.set(Flow, true)
		time.Sleep(half)
		h.m.mu.Lock()
		h.pulses++
		h.m.mu.Unlock()
	}
	return true
}

func (h *Header) set(p Pin, high bool) {
	h.out.Lock()
	defer h.out.Unlock()
	h.o.Out(p, high)
}

// Pulses is how many whole pulses FLOW has given.
func (h *Header) Pulses() uint64 {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	return h.pulses
}

// PutCup stands a cup under the spout, or takes it away; CUP bounces for 20 ms.
func (h *Header) PutCup(there bool) {
	for range 4 {
		h.set(Cup, !there)
		time.Sleep(bounces / 8)
		h.set(Cup, there)
		time.Sleep(bounces / 8)
	}
	h.set(Cup, !there)
}

// OpenDoor opens the door, with its alarm, or closes it.
func (h *Header) OpenDoor(open bool) {
	h.m.Alarm(doorOpen, open)
	h.set(Door, open)
}

// Rinse lets so many ml run that are no cup; BUSY stays high.
func (h *Header) Rinse(ml int) {
	h.m.mu.Lock()
	h.rinse += ml
	h.m.mu.Unlock()
	h.wake()
}

func (h *Header) wake() {
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// Drive is the controller: it makes START, INHIBIT or RESET high or low. They are high
// at first. Other lines are not its to drive.
func (h *Header) Drive(p Pin, high bool) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	switch p {
	case Start:
		h.press(high)
	case Inhibit:
		h.inhibited = !high
	case Reset:
		h.restart(high)
	}
}

// press starts a cup when START rises after 100 to 300 ms; with the machine locked.
func (h *Header) press(high bool) {
	if !high {
		if h.low.IsZero() {
			h.low = time.Now()
		}
		return
	}
	low := h.low
	h.low = time.Time{}
	if d := time.Since(low); low.IsZero() || d < startLeast || d > startMost || h.m.refusal(h.chosen) != 0 {
		return
	}
	h.m.start(h.m.cup(h.chosen, remote), h.m.brewing.time)
}

// restart restarts the machine once RESET was low for a second; with the machine locked.
func (h *Header) restart(high bool) {
	switch {
	case high && h.reset != nil:
		h.reset.Stop()
		h.reset = nil
	case !high && h.reset == nil:
		h.reset = time.AfterFunc(resetLeast, h.m.Restart)
	}
}

// begin hands the cup in the making to Run; with the machine locked.
func (h *Header) begin(d time.Duration) {
	h.started, h.brew = true, d
	h.wake()
}
