package web

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Five wrong logins are free; each further one doubles the wait, from 1 s to 5 min.
// After a quarter of an hour in peace an address begins anew.
const (
	freeFailures  = 5
	maxWait       = 5 * time.Minute
	throttleFor   = 15 * time.Minute
	maxThrottled  = 1024
	ipv6SiteBits  = 64 // one subscriber has at least that much: count it as one
	waitDoublings = 9  // 2^9 s is more than maxWait
)

// throttle slows down those who guess, by the process's own clock.
type throttle struct {
	mu sync.Mutex
	by map[string]*failures
}

type failures struct {
	count int
	last  time.Time
}

func newThrottle() *throttle { return &throttle{by: make(map[string]*failures)} }

// wait is how long the address must still wait before its next try.
func (t *throttle) wait(remote string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.by[throttleKey(remote)]
	if f == nil || f.count < freeFailures {
		return 0
	}
	hold := min(time.Second<<min(f.count-freeFailures, waitDoublings), maxWait)
	return max(0, hold-time.Since(f.last))
}

// failed counts a wrong try.
func (t *throttle) failed(remote string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	key := throttleKey(remote)
	f := t.by[key]
	if f == nil || now.Sub(f.last) > throttleFor {
		t.makeRoom(now)
		f = new(failures)
		t.by[key] = f
	}
	f.count++
	f.last = now
}

// passed forgets the wrong tries before a right one.
func (t *throttle) passed(remote string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.by, throttleKey(remote))
}

func (t *throttle) makeRoom(now time.Time) {
	if len(t.by) < maxThrottled {
		return
	}
	var oldest string
	for key, f := range t.by {
		if now.Sub(f.last) > throttleFor {
			delete(t.by, key)
		} else if oldest == "" || f.last.Before(t.by[oldest].last) {
			oldest = key
		}
	}
	if len(t.by) >= maxThrottled {
		delete(t.by, oldest)
	}
}

// throttleKey is the address without its port, an IPv6 one without its last half.
func throttleKey(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(ipv6SiteBits); err == nil {
			return p.String()
		}
	}
	return addr.String()
}
