package queue

import (
	"fmt"
	"strconv"
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
	err := eachItem(config, func(name, value string, _ bool) error {
		if _, twice := t.own[name]; twice {
			return fmt.Errorf("channel %q is named twice", name)
		}
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < 1 {
			return fmt.Errorf("time %q of channel %q: want whole seconds from 1", value, name)
		}
		d := time.Duration(n) * time.Second
		if d > limit {
			return fmt.Errorf("time of channel %q is %d s, above the limit of %d s: lower it or raise the limit", name, n, int64(limit/time.Second))
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
