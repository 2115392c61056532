package board

import "time"

// Offer gives the clock the time of a source: a Date header over verified TLS, or a
// person. It makes the time trusted. While the kernel is synchronised its clock is the
// better one and stays; a trusted time is corrected only by more than 5 s, by a person at
// once. It reports whether the offer was believed: not one that is earlier than the
// build.
func (c *Clock) Offer(t time.Time, source string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Before(c.build) || t.IsZero() {
		c.log.Warn("a time was refused: it is earlier than the build", "time", t, "source", source)
		return false
	}
	c.check()
	if c.synced {
		return true
	}
	off := t.Sub(c.now())
	if c.trust.Level == Trusted && off.Abs() <= offerTolerance && source != SourcePerson {
		return true
	}
	gained := c.trust.Level != Trusted
	c.trust = Trust{Trusted, source}
	c.settle(t.Round(0).Add(-c.kernel.Uptime()), gained)
	return true
}

// check looks at the kernel and decides what Now and its trust are. The lock is held.
func (c *Clock) check() {
	uptime := c.kernel.Uptime()
	began := c.kernel.Wall().Add(-uptime)
	c.synced = c.kernel.Synchronised()
	before := c.trust
	switch {
	case c.synced:
		c.trust = Trust{Trusted, SourceKernel}
	case c.trust.Level == Trusted:
		began = c.began
	case c.mayEstimate(uptime, began.Add(uptime)):
		c.trust = Trust{Estimated, SourceEstimate}
	default:
		c.trust = Trust{Level: Untrusted}
	}
	c.settle(began, before.Level != c.trust.Level)
}

// mayEstimate reports whether nothing speaks against the kernel's clock. An estimate
// is taken back when the clock goes where it can't be.
func (c *Clock) mayEstimate(uptime time.Duration, wall time.Time) bool {
	if c.strict || !c.restored || uptime < estimateAfter || !wall.After(c.build) {
		return false
	}
	// What was estimated a moment ago may be persisted to the nanosecond, and wobble.
	if c.trust.Level == Estimated {
		wall = wall.Add(jump)
	}
	return wall.After(c.believed)
}

// settle puts the wall time on its new footing, and tells who waits when it jumped
// or the trust is another.
func (c *Clock) settle(began time.Time, trust bool) {
	by := began.Sub(c.began)
	c.began = began
	jumped := by.Abs() > jump
	if jumped {
		c.log.Info("the wall time jumped", "by", by, "trust", c.trust.Level, "source", c.trust.Source)
	}
	if trust {
		c.log.Info("the trust in the wall time changed", "trust", c.trust.Level, "source", c.trust.Source)
	}
	if jumped || trust {
		close(c.changed)
		c.changed = make(chan struct{})
	}
}

// now returns the wall time; the lock is held. A jump of the kernel's clock that no
// check has seen yet is looked at before it is believed.
func (c *Clock) now() time.Time {
	uptime := c.kernel.Uptime()
	ours := c.began.Add(uptime)
	if c.trust.Level == Trusted && !c.synced {
		return ours.UTC()
	}
	wall := c.kernel.Wall()
	if wall.Sub(ours).Abs() <= jump {
		return wall.UTC()
	}
	c.check()
	return c.began.Add(uptime).UTC()
}

// board returns the board time at an uptime; the lock is held.
func (c *Clock) board(uptime time.Duration) time.Duration {
	c.last = max(c.last, c.base+max(uptime-c.since, 0))
	return c.last
}
