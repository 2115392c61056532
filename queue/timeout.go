package queue

import (
	"fmt"
	"math"
	"time"
)

// defaultLimit bounds every job when Config.Limit says nothing: queue_job's hour.
const defaultLimit = time.Hour

// timeouts says how long a job of a channel may run; a channel without an entry has its parent's.
type timeouts struct {
	limit time.Duration
	own   map[string]time.Duration
}

// parseTimeouts reads "root:600,root.sales:120", in seconds. A value above limit is refused rather than cut: whoever wrote it expects it.
func parseTimeouts(config string, limit time.Duration) (timeouts, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	t := timeouts{limit: limit, own: map[string]time.Duration{}}
	err := eachItem(config, func(name string, parts []part) error {
		if _, twice := t.own[name]; twice {
			return parts[0].wrong("channel %q is named twice: leave one out", name)
		}
		if len(parts) == 1 {
			return parts[0].wrong("channel %q has no time: write %s:600, in whole seconds", name, name)
		}
		if len(parts) > 2 {
			return parts[2].wrong("channel %q has more than a time: want name:seconds alone", name)
		}
		n, ok := whole(parts[1].text, 1, math.MaxInt32)
		if !ok {
			return parts[1].wrong("time %q of channel %q: want whole seconds from 1", parts[1].text, name)
		}
		d := time.Duration(n) * time.Second
		if d > limit {
			return parts[1].wrong("time of channel %q is %d s, above the limit of %d s: lower it or raise the limit", name, n, int64(limit/time.Second))
		}
		t.own[name] = d
		return nil
	})
	if err != nil {
		return timeouts{}, fmt.Errorf("timeouts: %w", err)
	}
	return t, nil
}

func (t timeouts) of(channel string) time.Duration {
	for _, name := range ancestors(channel) {
		if d, ok := t.own[name]; ok {
			return d
		}
	}
	return t.limit
}
