package gpio

import "time"

// Counter counts the pulses of a line by one edge of each, by the kernel's own numbers: what was
// dropped on the way is counted. It is for one goroutine at a time.
type Counter struct {
	shortest time.Duration // between two pulses
	last     Edge          // the last one that counted
	seen     uint32        // the number of the last edge
	began    bool
	c        Counts
}

// Counts is what a Counter has counted.
type Counts struct {
	Pulses   uint64 // those missed included
	Missed   uint64 // edges that the kernel dropped, counted by their numbers
	Rejected uint64 // edges too close to be pulses: noise on the line
}

// NewCounter counts pulses that come at most so many times a second. Those faster than one
// and a half times that are rejected.
func NewCounter(most int) *Counter {
	return &Counter{shortest: 2 * time.Second / time.Duration(3*most)}
}

// Add counts an edge and those missed before it, and tells how many pulses that were.
// Of those missed no more are believed than there was time for.
func (c *Counter) Add(e Edge) (pulses uint64) {
	missed := uint64(e.Seqno - c.seen - 1) // mod 2^32, as the kernel numbers
	if missed >= 1<<31 {
		missed = 0 // an older number: there is no gap
	}
	passed := e.At - c.last.At
	was := c.began
	c.seen, c.began = e.Seqno, true
	switch {
	case !was || passed < 0: // nothing to measure by
	case passed < c.shortest:
		c.c.Rejected += 1 + missed
		return 0
	default:
		room := uint64(passed/c.shortest) - 1
		if missed > room {
			c.c.Rejected += missed - room
			missed = room
		}
	}
	c.last = e
	c.c.Missed += missed
	c.c.Pulses += 1 + missed
	return 1 + missed
}

// Counts is what was counted so far.
func (c *Counter) Counts() Counts { return c.c }
