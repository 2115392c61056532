package queue

import "time"

// A Clock tells the times of the board. All methods are safe for concurrent use and don't block.
type Clock interface {
	// Now is the wall clock as far as it is known. It may be wrong, and may jump, while Trusted is false.
	Now() time.Time
	// Board is the board's own time: it survives restarts and never goes back.
	Board() time.Duration
	// Trusted tells whether Now can be believed.
	Trusted() bool
	// Changed returns a channel that is closed when the wall clock jumped or trust was gained. Ask again for the next change.
	Changed() <-chan struct{}
	// BootID names this boot of the kernel.
	BootID() string
}
