package gpio

import (
	"io"
	"time"
)

// Lines opens lines by name. [Chips] are the board's.
type Lines interface {
	// Input opens an input. Errors: [NoLineError], [InUseError].
	Input(name string, o InputOptions) (Input, error)
	// Output opens an output; it is high. Errors as those of Input.
	Output(name string) (Output, error)
	// Guard sees to it that these outputs are high once the program is dead, until Close.
	Guard(outputs []string) (io.Closer, error)
}

// Input is an open input, for concurrent use.
type Input interface {
	// High is its level now, debounced where it is.
	High() (bool, error)
	// Close gives it back, after the last call of its handler has returned.
	Close() error
}

// Output is an open output, for concurrent use.
type Output interface {
	// Set makes it high or low.
	Set(high bool) error
	// Close makes it high and gives it back.
	Close() error
}

// InputOptions says how an input is read.
type InputOptions struct {
	// Pull has the board's own pull-up on.
	Pull bool
	// Debounce is how long a level must last to count; 0: every edge is one.
	Debounce time.Duration
	// OnEdge is told each edge that falls; nil: nobody is.
	OnEdge func(Edge)
}

// Edge is an input that fell.
type Edge struct {
	// At is when, by the kernel's monotonic clock; only differences mean anything.
	At time.Duration
	// Seqno counts the line's edges, those included that were dropped; it wraps.
	Seqno uint32
}
