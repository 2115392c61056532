package coffee1900

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"crema/device"
	"crema/device/gpio"
)

// Wiring says which of the board's lines lead to which pins of J7 (manual, section 2); ""
// where none does.
type Wiring struct {
	Busy, Flow, Cup, Door string
	Start, Inhibit, Reset string
	// Pull has the board's own pull-ups on, which BUSY and FLOW need where nothing else
	// pulls them up; else the board pulls none of the inputs, up or down.
	Pull bool
}

// Empty tells whether nothing is wired.
func (w Wiring) Empty() bool { w.Pull = false; return w == Wiring{} }

// HeaderOptions says how a header is used; the zero value is right for most.
type HeaderOptions struct {
	Logger *slog.Logger // nil: nowhere
}

// The times of section 2 and of what hangs on the lines.
const (
	bounce  = 25 * time.Millisecond  // CUP bounces for up to 20 ms; a door is no better
	settled = 5 * time.Millisecond   // BUSY is no contact, but its wire is long
	press   = 200 * time.Millisecond // START: 100 to 300 ms
	reset   = 1200 * time.Millisecond
	begins  = time.Second      // how soon after START the machine shows BUSY
	reopen  = 30 * time.Second // how often a line that can't be opened is tried
	soon    = time.Second      // how often an output that is perhaps low is
)

// Header is J7 beside the serial line: device.Wires. It is safe for concurrent use.
type Header struct {
	lines gpio.Lines
	w     Wiring
	o     HeaderOptions
	flow  *flow // nil: not wired

	pulses chan struct{} // has one: who takes it may make START or RESET low, or close them
	stuck  chan struct{} // an output is perhaps low, or an input can't be read any more

	mu    sync.Mutex
	pins  map[string]*pin
	order []string     // outputs first
	lost  []gpio.Input // those that could not be read, to be closed
	hold  bool         // what is wished
	guard gpio.Guard
	alone string // why no guard stands, as it was logged last
}

var _ device.Wires = (*Header)(nil)

// pin is one line of the header.
type pin struct {
	line string // of the board
	in   gpio.Input
	out  gpio.Output
	low  bool // it is an output that is perhaps low, and not open
	err  error
	// unread is the last error of a reading, as it was logged.
	unread string
}

// NewHeader is the header on these lines; it opens none before Run.
func NewHeader(lines gpio.Lines, w Wiring, o HeaderOptions) *Header {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h := &Header{lines: lines, w: w, o: o, pins: map[string]*pin{}, pulses: make(chan struct{}, 1), stuck: make(chan struct{}, 1)}
	h.pulses <- struct{}{}
	for _, p := range []struct{ name, line string }{
		{"reset", w.Reset}, {"start", w.Start}, {"inhibit", w.Inhibit}, {"busy", w.Busy}, {"flow", w.Flow}, {"cup", w.Cup}, {"door", w.Door},
	} {
		if p.line != "" {
			h.pins[p.name] = &pin{line: p.line, err: errClosed}
			h.order = append(h.order, p.name)
		}
	}
	if w.Flow != "" {
		h.flow = newFlow(h.busy)
	}
	return h
}

// errAlone is an output without a guard.
var errAlone = errors.New("nothing makes it high if crema dies")

// errClosed is a line while nobody runs the header.
var errClosed = errors.New("the line is not open")

// Run opens the lines and keeps them until ctx ends.
func (h *Header) Run(ctx context.Context) error {
	defer h.close()
	for {
		again := reopen
		if h.open() {
			again = soon
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.stuck:
		case <-time.After(again):
		}
	}
}

// open opens what is not open, and tells whether one is perhaps low.
func (h *Header) open() (low bool) {
	h.mu.Lock()
	lost := h.lost
	h.lost = nil
	h.mu.Unlock()
	for _, in := range lost { // its handler may want the lock
		_ = in.Close() // why it can't be used is told already
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.logGuard()
	for _, name := range h.order {
		p := h.pins[name]
		if p == nil || p.in != nil || p.out != nil {
			continue
		}
		was := p.err
		p.err = h.openPin(name, p)
		low = low || p.low
		if p.err == nil {
			continue
		}
		if was == nil || was.Error() != p.err.Error() {
			h.o.Logger.Warn("a wire of the machine can't be used", "wire", name, "line", p.line, "error", p.err)
		}
	}
	return low
}

func (h *Header) openPin(name string, p *pin) (err error) {
	switch name {
	case "start", "inhibit", "reset":
		err = h.openOut(name, p)
	case "flow": // not debounced: see package gpio
		p.in, err = h.lines.Input(p.line, gpio.InputOptions{Pull: h.w.Pull, OnEdge: h.flow.edge})
	case "busy":
		p.in, err = h.lines.Input(p.line, gpio.InputOptions{Pull: h.w.Pull, Debounce: settled})
	default:
		p.in, err = h.lines.Input(p.line, gpio.InputOptions{Pull: h.w.Pull, Debounce: bounce})
	}
	return err
}

// level is that of an input; ErrWires where it can't be read.
func (h *Header) level(name string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.read(name)
}

// read reads an input; h.mu is held. One that can't be read any more is given up, and Run opens it anew.
func (h *Header) read(name string) (bool, error) {
	p := h.pins[name]
	switch {
	case p == nil:
		return false, device.ErrUnsupported
	case p.in == nil:
		return false, errors.Join(device.ErrWires, p.err)
	}
	high, err := p.in.High()
	if err == nil {
		return high, nil
	}
	if p.unread != err.Error() {
		p.unread = err.Error()
		h.o.Logger.Warn("a wire of the machine can't be read, and is opened anew", "wire", name, "line", p.line, "error", err)
	}
	h.lost = append(h.lost, p.in)
	p.in, p.err = nil, fmt.Errorf("read line %q: %w", p.line, err)
	h.wake()
	return false, errors.Join(device.ErrWires, p.err)
}

// wake has Run open what is not open.
func (h *Header) wake() {
	select {
	case h.stuck <- struct{}{}:
	default:
	}
}

// busy tells whether a cup is being made; nil where nobody knows.
func (h *Header) busy() *bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.told("busy", false)
}

// told tells whether an input is at this level; h.mu is held.
func (h *Header) told(name string, at bool) *bool {
	high, err := h.read(name)
	if err != nil {
		return nil
	}
	is := high == at
	return &is
}

// Signals is how the lines are now.
func (h *Header) Signals() device.Signals {
	h.mu.Lock()
	s := device.Signals{Busy: h.told("busy", false), Cup: h.told("cup", false), Door: h.told("door", true),
		Holds: h.w.Inhibit != "", Presses: h.w.Start != "", Resets: h.w.Reset != ""}
	_, _ = h.read("flow") // its edges don't say that they can't come
	for _, name := range h.order {
		p := h.pins[name]
		err := p.err
		if err == nil && p.out != nil {
			if alone := h.guard.Err(); alone != nil {
				err = fmt.Errorf("%w: %w", errAlone, alone)
			}
		}
		if err != nil {
			s.Errs = append(s.Errs, &device.WireError{Wire: name, Err: err, Fix: fix(err)})
		}
	}
	if p := h.pins["inhibit"]; p != nil {
		s.Held = h.hold && p.out != nil
	}
	h.mu.Unlock()
	if h.flow != nil {
		s.Flow = h.flow.figures()
	}
	return s
}

// Wired is a Coffee 1900 with a header: device.Wired. The serial line is the link's alone, as
// ever; the header is for everyone.
type Wired struct {
	*Machine
	header *Header
}

var _ device.Wired = Wired{}

// With is the machine with this header.
func (m *Machine) With(h *Header) Wired { return Wired{m, h} }

// Wires is the header.
func (w Wired) Wires() device.Wires { return w.header }
