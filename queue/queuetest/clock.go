package queuetest

import (
	"sync"
	"time"

	"crema/queue"
)

// A Clock is a queue.Clock that goes on by itself with the time package (so with the false time of a testing/synctest bubble too) and can be
// moved. It is trusted until SetTrusted says otherwise. Safe for concurrent use.
type Clock struct {
	mu      sync.Mutex
	start   time.Time     // on package time's clock
	board   time.Duration // at start
	wall    time.Time     // at start
	trusted bool
	changed chan struct{}
	boot    string
}

var _ queue.Clock = (*Clock)(nil)

// NewClock gives a trusted clock that shows wall now, with an hour of board time behind it.
func NewClock(wall time.Time) *Clock {
	return &Clock{start: time.Now(), board: time.Hour, wall: wall, trusted: true, changed: make(chan struct{}), boot: "test-boot"}
}

// Now is the wall clock, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall.Add(time.Since(c.start)).UTC()
}

// Board is the board time.
func (c *Clock) Board() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.board + time.Since(c.start)
}

// Trusted tells what SetTrusted set.
func (c *Clock) Trusted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trusted
}

// Changed is closed by each Advance, Jump and SetTrusted.
func (c *Clock) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// BootID is "test-boot".
func (c *Clock) BootID() string { return c.boot }

// Advance lets time pass: board and wall time go on by d, and whoever waits looks again. It panics for a d below 0: board time never goes back.
func (c *Clock) Advance(d time.Duration) {
	if d < 0 {
		panic("queuetest: time does not go back: use Jump for the wall clock")
	}
	c.change(func() { c.board += d; c.wall = c.wall.Add(d) })
}

// Jump sets the wall clock ahead or, with d below 0, back. Board time does not move.
func (c *Clock) Jump(d time.Duration) { c.change(func() { c.wall = c.wall.Add(d) }) }

// SetTrusted says whether the wall clock can be believed.
func (c *Clock) SetTrusted(trusted bool) { c.change(func() { c.trusted = trusted }) }

func (c *Clock) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.changed)
	c.changed = make(chan struct{})
}
