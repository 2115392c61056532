package board

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// estimateAfter is how long after the kernel's boot other sources have the word
// alone: time enough for a network to come up and the kernel to be synchronised.
const estimateAfter = 60 * time.Second

// checkEvery is how late a jump or the kernel's synchronisation is noticed at most.
const checkEvery = 5 * time.Second

// jump is the smallest step of the wall time that counts as one: more than any
// slewing makes between two checks, less than any schedule cares about.
const jump = 2 * time.Second

// offerTolerance is how far an offer may be off without correcting a time that is
// trusted already. A Date header has whole seconds and was on its way for some.
const offerTolerance = 5 * time.Second

// ClockOptions sets up a clock.
type ClockOptions struct {
	// Build is when the program was built: no true time is earlier.
	Build time.Time
	// Strict turns estimated time off.
	Strict bool
	// Kernel is whom to ask; nil for the one that runs us.
	Kernel Kernel
	// Logger is told of jumps and of trust; nil discards.
	Logger *slog.Logger
}

// Clock tells the times of the board. It is safe for concurrent use, and nothing of
// it blocks but Run.
type Clock struct {
	kernel Kernel
	build  time.Time
	strict bool
	log    *slog.Logger

	mu       sync.Mutex
	changed  chan struct{}
	restored bool
	// Board time is base at uptime since, and goes on with the uptime; last is the
	// highest that was told.
	base, since, last time.Duration
	// believed is the wall time last persisted.
	believed time.Time
	trust    Trust
	synced   bool
	// began is the wall time of the kernel's boot, as Now has it: Now less uptime. A
	// trusted time goes on from it by the monotonic clock, so that nobody who sets the
	// kernel's clock moves it.
	began time.Time
}

// OpenClock makes a clock. Until [Clock.Restore] its board time begins at 0, and
// its time is not estimated.
func OpenClock(o ClockOptions) (*Clock, error) {
	if o.Kernel == nil {
		boot, err := BootID()
		if err != nil {
			return nil, err
		}
		o.Kernel = linux{boot}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Clock{kernel: o.Kernel, build: o.Build, strict: o.Strict, log: o.Logger,
		changed: make(chan struct{}), trust: Trust{Level: Untrusted}}
	c.since = c.kernel.Uptime()
	c.began = c.kernel.Wall().Add(-c.since)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.check()
	return c, nil
}

// Restore goes on from what was last persisted, the zero Stamp on a first start. Call it
// before the first Stamp is persisted. Board time goes on behind it by what is
// certain to have passed; trust comes back if the kernel has not been booted since.
func (c *Clock) Restore(s Stamp) {
	c.mu.Lock()
	defer c.mu.Unlock()
	uptime := c.kernel.Uptime()
	boot := c.kernel.BootID()
	same := boot != "" && s.Boot == boot
	passed := uptime // since another boot at least all of this one
	switch {
	case same:
		passed = max(uptime-s.Uptime, 0)
	case boot == "":
		passed = 0
	}
	c.base, c.since, c.last = max(s.Board+passed, c.board(uptime)), uptime, 0
	if c.believed.Before(s.Wall) {
		c.believed = s.Wall
	}
	if same && s.Trust.Level == Trusted && c.trust.Level != Trusted {
		c.trust = s.Trust
		c.began = s.Wall.Add(-s.Uptime)
	}
	c.restored = true
	c.check()
}

// Restored reports whether Restore was called: only then may a Stamp be persisted.
func (c *Clock) Restored() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.restored
}

// Stamp returns what to persist, with every commit.
func (c *Clock) Stamp() Stamp {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	uptime := c.kernel.Uptime()
	if c.trust.Level != Untrusted {
		c.believed = now
	}
	return Stamp{Board: c.board(uptime), Wall: c.believed.UTC().Round(0), Boot: c.kernel.BootID(), Uptime: uptime, Trust: c.trust}
}

// Now returns the wall time, in UTC, as far as it is known: the kernel's while that
// is synchronised or nothing better is known, else what was last trusted plus what
// has passed since.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// Board returns the board time: it never goes back, and goes on over restarts.
func (c *Clock) Board() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.board(c.kernel.Uptime())
}

// Trust returns how far Now can be believed, and why.
func (c *Clock) Trust() Trust {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trust
}

// TrustName returns the level of Trust: "trusted", "estimated" or "untrusted".
func (c *Clock) TrustName() string { return c.Trust().String() }

// Trusted reports whether Now is trusted, or estimated where that is not turned off.
func (c *Clock) Trusted() bool { return c.Trust().Level != Untrusted }

// Changed returns a channel that is closed when the wall time jumps, either way, or the
// trust changes. Ask again for the next change.
func (c *Clock) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// BootID returns the name of this boot of the kernel.
func (c *Clock) BootID() string { return c.kernel.BootID() }

// Run watches the kernel until ctx ends: its synchronisation, jumps of its wall
// clock, and its uptime. It returns nil.
func (c *Clock) Run(ctx context.Context) error {
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for {
		c.mu.Lock()
		c.check()
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
