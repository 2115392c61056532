package device

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Wired is a machine with wires beside the line that it speaks on.
type Wired interface {
	Machine
	// Wires are safe for concurrent use, and not the link's.
	Wires() Wires
}

// Wires are what a machine tells, and is told, by levels.
type Wires interface {
	// Run owns the wires until ctx ends, and returns ctx's error: what can't be opened is
	// tried again. At its end, and whenever it does not run, every output is inert.
	Run(ctx context.Context) error
	// Signals is how the wires are now.
	Signals() Signals
	// Hold stops the panel from selling, or frees it, now and whenever Run begins. It does
	// nothing where that is not wired.
	Hold(stop bool) error
	// Press starts one cup of the drink chosen last on the panel. Whether one came of it only
	// the machine's counters tell. Nothing was done: ErrUnsupported (not wired), ErrBusy,
	// ErrNoCup, ErrDoorOpen, ErrWires; unless it is ErrOutcomeUnknown, whatever else it is: the wire
	// was moved, or may have been. Never repeat it without looking.
	Press() error
	// Reset restarts the machine's controller. Nothing was done: ErrUnsupported, ErrBusy, ErrWires;
	// with ErrOutcomeUnknown it may have been restarted.
	Reset() error
}

// What keeps a wire from being pulled. Nothing was done.
var (
	ErrNoCup    = errors.New("no cup stands under the spout")
	ErrDoorOpen = errors.New("the door is open")
	ErrWires    = errors.New("the wires to the machine can't be read")
)

// WireError is a wire that can't be opened or read.
type WireError struct {
	Wire string // its name in lower case: "flow"
	Err  error
	// Fix says what to do, in whole sentences; "": it is the name of the line that is wrong.
	Fix string
}

func (e *WireError) Error() string { return fmt.Sprintf("%s: %v", e.Wire, e.Err) }
func (e *WireError) Unwrap() error { return e.Err }

// Signals is how the wires are, and what they counted since they were made: when the program
// started, or its backend was changed.
type Signals struct {
	// Errs says which wires can't be used.
	Errs []*WireError
	// Busy, Cup and Door tell whether a cup is being made, one stands under the spout, the
	// door is open; nil where that is not wired or can't be read.
	Busy, Cup, Door *bool
	// Held tells that the panel is kept from selling.
	Held bool
	// Holds, Presses and Resets tell what is wired.
	Holds, Presses, Resets bool
	Flow                   *Flow // nil: not wired
}

// Flow is what the flow meter said.
type Flow struct {
	Since    time.Time // when counting began
	Pulses   uint64    // those missed included
	Missed   uint64    // pulses whose message was lost; they count
	Rejected uint64    // edges too close to be pulses: noise on the wire
	// Doses are those of the last two days, oldest first, without the one that still runs.
	Doses []Dose
	Runs  bool // water runs now, or did a moment ago
}

// Dose is water that ran without a longer pause.
type Dose struct {
	Start, End time.Time // of its first and its last pulse
	Pulses     uint64
	// Busy tells whether a cup was being made; nil where nobody knows.
	Busy *bool
}
