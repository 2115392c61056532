package gpio

import "time"

// Lines opens lines by name. [Chips] are the board's.
type Lines interface {
	// Input opens an input. Errors: [NoLineError], [InUseError], fs.ErrPermission.
	Input(name string, o InputOptions) (Input, error)
	// Output opens an output; it is high. Errors as those of Input.
	Output(name string) (Output, error)
	// Guard sees to it that these outputs are high once the program is dead, until Close.
	Guard(outputs []string) (Guard, error)
}

// Guard is who makes outputs high that a dead program left low. It is for concurrent use, but
// for Close, which is called once.
type Guard interface {
	// Err says why nobody guards the outputs now; nil while somebody does.
	Err() error
	// Close ends it, when the outputs are closed. All are high: well. Else it makes them so
	// first. It waits for 2 s at most, and says what went wrong.
	Close(well bool) error
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
	// Pull has the board's own pull-up on; without it its pull-down is off as well.
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
