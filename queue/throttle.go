package queue

import (
	"math"
	"strings"
	"time"

	"crema/store"
)

// throttleBucket holds the last start in each throttled channel.
var throttleBucket = store.NewBucket[string, lastStart]("queue.throttle", store.StringKey())

type lastStart struct {
	Board int64 `json:"board"`          // board time
	Over  bool  `json:"over,omitempty"` // the wait after it has ended, and what waited for that was looked at
}

// throttle is the wait of a channel between two starts.
func (c channels) throttle(name string) time.Duration {
	return time.Duration(c.rules[name].throttle) * time.Second
}

// throttles gives the board times at which the waits of the throttled channels end, or have ended; nil without such channels.
func (c channels) throttles(tx *store.Tx) (map[string]int64, error) {
	return c.waits(tx, func(lastStart) bool { return true })
}

// unseen are the throttles whose end nobody has looked at.
func (c channels) unseen(tx *store.Tx) (map[string]int64, error) {
	return c.waits(tx, func(last lastStart) bool { return !last.Over })
}

func (c channels) waits(tx *store.Tx, which func(lastStart) bool) (map[string]int64, error) {
	if len(c.throttled) == 0 {
		return nil, nil
	}
	until := map[string]int64{}
	for _, name := range c.throttled {
		last, ok, err := throttleBucket.Get(tx, name)
		if err != nil {
			return nil, err
		}
		if ok && which(last) {
			until[name] = last.Board + int64(c.throttle(name))
		}
	}
	return until, nil
}

// throttledUntil is when the last wait ends that keeps a job of the channel from starting; 0 for none that is not over.
func (p *places) throttledUntil(channel string) (until int64) {
	if p.until == nil {
		return 0
	}
	board := int64(p.clock.Board())
	for _, name := range ancestors(channel) {
		if end := p.until[name]; end > board {
			until = max(until, end)
		}
	}
	return until
}

// throttle notes a start in the channels that have to wait after it, and has the loop wake when they have waited.
func (e *edit) throttle(r *record, p *places) error {
	if p.until == nil {
		return nil
	}
	for _, name := range ancestors(r.Channel) {
		wait := p.channels.throttle(name)
		if wait == 0 {
			continue
		}
		if err := throttleBucket.Put(e.tx, name, lastStart{Board: r.Began}); err != nil {
			return err
		}
		p.until[name] = r.Began + int64(wait)
		e.timer = min(e.timer, p.until[name])
	}
	return nil
}

// awaitThrottle has the loop wake when a job that comes into the line can start.
func (e *edit) awaitThrottle(r *record) error {
	c, err := e.channels()
	if err != nil || len(c.throttled) == 0 {
		return err
	}
	p, err := e.q.places(e.tx)
	if err != nil {
		return err
	}
	if end := p.throttledUntil(r.Channel); end > 0 {
		e.timer = min(e.timer, end)
	}
	return nil
}

// nextThrottle is the board time of the first wait's end that jobs wait for; MaxInt64 for none.
func (c channels) nextThrottle(tx *store.Tx) (int64, error) {
	next := int64(math.MaxInt64)
	until, err := c.unseen(tx)
	if err != nil {
		return 0, err
	}
	for name, end := range until {
		if end >= next {
			continue
		}
		waits, err := readyBelow(tx, name)
		if err != nil {
			return 0, err
		}
		if waits {
			next = end
		}
	}
	return next, nil
}

// readyBelow tells whether jobs of a channel, or of those below it, stand in the line.
func readyBelow(tx *store.Tx, channel string) (bool, error) {
	for _, from := range []string{channel, channel + "."} {
		for k := range readyBucket.From(tx, readyKey{A: from, B: math.MinInt64}) {
			if k.A == channel || strings.HasPrefix(k.A, channel+".") {
				return true, nil
			}
			break
		}
	}
	for k := range readyBucket.Prefix(tx, store.Leading(store.StringKey(), "")) { // those that are to be tried alone
		s, ok, err := jobsBucket.Get(tx, k.C)
		if err != nil || ok && within(s.Channel, channel) {
			return true, err
		}
	}
	return false, nil
}

// endThrottles notes the waits that are over; who calls it lets start what waited for them.
func (q *Queue) endThrottles(tx *store.Tx, c channels) error {
	until, err := c.unseen(tx)
	if err != nil {
		return err
	}
	for name, end := range until {
		if end <= int64(q.clock.Board()) {
			if err := throttleBucket.Put(tx, name, lastStart{end - int64(c.throttle(name)), true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tidyThrottles forgets channels that are throttled no more, and last starts that lie ahead: a board that lost its time waits once, not
// until that hour comes again.
func tidyThrottles(tx *store.Tx, c channels, board int64) error {
	for name, last := range throttleBucket.All(tx) {
		var err error
		if c.throttle(name) == 0 {
			err = throttleBucket.Delete(tx, name)
		} else {
			err = throttleBucket.Put(tx, name, lastStart{Board: min(last.Board, board)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
