package odoo

import (
	"errors"
	"sync"
	"time"
)

// A State says how Odoo looks from here.
type State string

const (
	// StateUnknown is an Odoo that wasn't called yet.
	StateUnknown State = "unknown"
	// StateUp is an Odoo that answered the last call, be it with a refusal.
	StateUp State = "up"
	// StateDown is an Odoo that didn't answer the last call, or couldn't for lack of its database.
	StateDown State = "down"
	// StateRefused is an Odoo that doesn't accept the key, wants a login that is missing, or is too old: a person must act.
	StateRefused State = "refused"
)

// A Status is what the client knows about Odoo, from its calls alone.
type Status struct {
	State        State
	Latency      time.Duration // of the last call that Odoo answered, or the age of the call under way if that is longer
	Version      string        // "19.0"; empty before the first [Client.Probe]
	Err          error         // why State is not up; nil when it is
	Since        time.Time     // when State began; zero while unknown
	FailingSince time.Time     // when Odoo was last seen to become unusable; zero while it is up or unknown
}

// health is what calls leave behind for Status, and the row of failures that Backoff grows with.
type health struct {
	mu       sync.Mutex
	status   Status
	failures int
	started  time.Time // of the call under way; zero: none
	found    Version   // what the last good probe found; zero: there was none
	foundAt  time.Time
	doubted  bool // what was found may not be so any more
}

func (h *health) begin(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.started = now
}

// skip ends a call that says nothing about Odoo, because this side broke it off, and gives the number of failures
// in a row until now.
func (h *health) skip() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.started = time.Time{}
	return h.failures
}

// row gives the number of failures in a row until now.
func (h *health) row() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failures
}

// probed ends a good probe. It is answered without a database and without a key, so an Odoo that is down or refuses
// the key stays so until a call goes well.
func (h *health) probed(now time.Time) {
	h.mu.Lock()
	state := h.status.State
	h.mu.Unlock()
	if state == StateDown || state == StateRefused {
		h.skip()
		return
	}
	h.end(now, nil)
}

// end takes a call's outcome and gives the number of failures in a row.
func (h *health) end(now time.Time, err error) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	took := now.Sub(h.started)
	h.started = time.Time{}
	state := StateDown
	switch {
	case err == nil, Answered(err) && ClassOf(err) != Stop:
		state = StateUp
	case ClassOf(err) == Stop, errors.Is(err, ErrOldServer), errors.Is(err, ErrNoLogin):
		state = StateRefused
	case ClassOf(err) == Refused:
		state = StateUp // such as a proxy's 413: the way to Odoo works
	}
	if state != h.status.State {
		h.status.State, h.status.Since = state, now
	}
	if state == StateUp {
		h.status.Latency, h.status.Err, h.status.FailingSince, h.failures = max(took, 0), nil, time.Time{}, 0
		if err != nil && ClassOf(err) == Transient {
			h.failures = 1
		}
		return h.failures
	}
	h.status.Err = err
	if h.status.FailingSince.IsZero() {
		h.status.FailingSince = now
	}
	h.failures++
	h.doubted = h.doubted || h.failures%doubtAfter == 0
	return h.failures
}

func (h *health) version(v Version, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.found, h.foundAt, h.doubted, h.status.Version = v, now, false, v.Text
}

// known is what the last good probe found, and whether it can be believed.
func (h *health) known(now time.Time) (Version, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	age := now.Sub(h.foundAt)
	return h.found, h.found.Major != 0 && !h.doubted && age >= 0 && age < believedFor
}

// doubt has the version asked for again before the next call.
func (h *health) doubt() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.doubted = true
}

func (h *health) read(now time.Time) Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.status
	if !h.started.IsZero() {
		s.Latency = max(s.Latency, now.Sub(h.started))
	}
	return s
}

// Status tells how Odoo is, by the calls made so far. It makes none and never waits.
func (c *Client) Status() Status { return c.health.read(c.now()) }
