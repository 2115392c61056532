package queue

import (
	"fmt"
	"time"
)

// Retention bounds the finished jobs that are kept of a channel: the done and the cancelled together, and the failed by bounds of their own.
// What goes beyond a bound is removed in small pieces, the job that ended first before the others. A bound of 0 is that of the nearest
// channel above that has one, and at last the default; one below 0 is none.
//
// Each channel has its bounds for itself: a busy one doesn't push out what a quiet one did. Total bounds all of them together, so that the
// disk does not fill however many channels there are; the channel that holds most gives first. While the store is nearly full (ErrFull), what
// finished jobs hold is halved, and halved again, until there is room or a mebibyte is left.
type Retention struct {
	Age         time.Duration // since the end, in board time; the default is 30 days
	Count       int           // the default is 10,000
	Bytes       int64         // with arguments and log, about; the default is 16 MiB
	FailedAge   time.Duration // the default is 180 days
	FailedCount int           // the default is 10,000
	FailedBytes int64         // the default is 16 MiB
	Total       int64         // bytes of the finished jobs of all channels; the default is 128 MiB. In Config.Keep only
}

var defaultKeep = Retention{
	Age: 30 * 24 * time.Hour, Count: 10_000, Bytes: 16 << 20,
	FailedAge: 180 * 24 * time.Hour, FailedCount: 10_000, FailedBytes: 16 << 20,
	Total: 128 << 20,
}

// KeepAll is the Retention that removes nothing.
var KeepAll = Retention{Age: -1, Count: -1, Bytes: -1, FailedAge: -1, FailedCount: -1, FailedBytes: -1, Total: -1}

// over lays r over what is above it.
func (r Retention) over(above Retention) Retention {
	return Retention{
		Age: or(r.Age, above.Age), Count: or(r.Count, above.Count), Bytes: or(r.Bytes, above.Bytes),
		FailedAge: or(r.FailedAge, above.FailedAge), FailedCount: or(r.FailedCount, above.FailedCount),
		FailedBytes: or(r.FailedBytes, above.FailedBytes), Total: or(r.Total, above.Total),
	}
}

func or[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

// A bound is a Retention's part for one shelf; below 0 is none.
type bound struct {
	age   time.Duration
	count int
	bytes int64
}

// bounds are those of a channel: of the done and cancelled, and of the failed.
type bounds [2]bound

// A keeper knows the bounds of each channel. It is immutable but for what it remembers, which the queue's mutex guards.
type keeper struct {
	all   Retention
	own   map[string]Retention
	known map[string]bounds
}

func newKeeper(all Retention, channels map[string]Retention) (*keeper, error) {
	k := &keeper{all: all.over(defaultKeep), own: map[string]Retention{}, known: map[string]bounds{}}
	for name, r := range channels {
		full, err := channelName(name)
		if err != nil {
			return nil, fmt.Errorf("retention: %w", err)
		}
		if _, twice := k.own[full]; twice {
			return nil, fmt.Errorf("retention: channel %q is named twice", full)
		}
		if r.Total != 0 {
			return nil, fmt.Errorf("retention: channel %q: the total is of all channels: set it in Config.Keep", full)
		}
		k.own[full] = r
	}
	return k, nil
}

// of gives a channel's bounds; q.mu is held.
func (k *keeper) of(channel string) bounds {
	b, ok := k.known[channel]
	if ok {
		return b
	}
	r := Retention{}
	for _, name := range ancestors(channel) {
		r = r.over(k.own[name])
	}
	r = r.over(k.all)
	b = bounds{{r.Age, r.Count, r.Bytes}, {r.FailedAge, r.FailedCount, r.FailedBytes}}
	if len(k.known) < internMost {
		k.known[channel] = b
	}
	return b
}

// slack keeps pruning from making a commit for every job that ends.
func slack(limit int) int { return min(limit/10, piece) }

// byteSlack is about a piece of small jobs.
func byteSlack(limit int64) int64 { return min(limit/10, 64<<10) }

// exceeds tells whether so much is enough more than the bounds allow to begin removing, age apart.
func (b bound) exceeds(count int, bytes int64) bool {
	return b.count >= 0 && count > b.count+slack(b.count) || b.bytes >= 0 && bytes > b.bytes+byteSlack(b.bytes)
}

// excess is how much has to go, once it has begun.
func (b bound) excess(count int, bytes int64) (jobs int, size int64) {
	if b.count >= 0 {
		jobs = max(count-b.count, 0)
	}
	if b.bytes >= 0 {
		size = max(bytes-b.bytes, 0)
	}
	return jobs, size
}
