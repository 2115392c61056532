package board

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"
)

// declare says how each key of [queue] is read.
func (q *Queue) declare(t *table, checks Checks) {
	t.on("channels", func(v *value) {
		s, ok := v.lines()
		if !ok {
			return
		}
		if checks.Channels != nil {
			if err := checks.Channels(s); err != nil {
				v.refuse(fmt.Sprintf("write name:capacity with commas or line ends between, each with :sequential or :throttle=SECONDS if wanted: %q", DefaultChannels), "%v", err)
				return
			}
		}
		q.Channels = s
	})
	t.on("timeouts", func(v *value) {
		s, ok := v.lines()
		if !ok {
			return
		}
		if _, err := splitTimeouts(s); err != nil {
			v.refuse(fmt.Sprintf("write channel:seconds with commas between: %q", DefaultTimeouts), "%v", err)
			return
		}
		q.Timeouts, q.timeoutsAt = s, &v.pos
	})
	t.on("limit", func(v *value) {
		if v.kind == unstable.String && !v.loose {
			v.wants("a whole number", "write the seconds without quotes: limit = 3600")
			return
		}
		if n, ok := v.integer(1, 7*24*3600); ok {
			q.Limit = time.Duration(n) * time.Second
		}
	})
	t.on("runner", func(v *value) {
		if b, ok := v.boolean(); ok {
			q.Runner = b
		}
	})
}

// timeout is one channel's part of the timeouts.
type timeout struct {
	channel string
	seconds int64
}

// splitTimeouts reads "root:600,root.sales:120"; "" is no timeout but the limit.
func splitTimeouts(s string) ([]timeout, error) {
	var list []timeout
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		channel, seconds, _ := strings.Cut(part, ":")
		n, err := strconv.ParseInt(seconds, 10, 32)
		switch {
		case !isChannel(channel):
			return nil, fmt.Errorf("%q is no channel: want names joined by dots, as root.sales, or sales for short", channel)
		case err != nil || n <= 0:
			return nil, fmt.Errorf("%q is no number of seconds for %s", seconds, channel)
		case seen[wholeChannel(channel)]:
			return nil, fmt.Errorf("%s is there twice", channel)
		}
		seen[wholeChannel(channel)] = true
		list = append(list, timeout{channel, n})
	}
	return list, nil
}

func isChannel(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || strings.ContainsAny(part, " \t") {
			return false
		}
	}
	return true
}

// wholeChannel is a channel's name with root before it.
func wholeChannel(s string) string {
	if s == "root" || strings.HasPrefix(s, "root.") {
		return s
	}
	return "root." + s
}

// check holds the timeouts against the limit, whichever of both came first. The
// default timeouts give way to a lower limit; those that somebody wrote are refused,
// since whoever wrote them expects them.
func (q *Queue) check(r *reader) {
	list, err := splitTimeouts(q.Timeouts)
	if err != nil {
		return // reported where it was read
	}
	limit := int64(q.Limit / time.Second)
	parts := make([]string, len(list))
	for i, t := range list {
		parts[i] = fmt.Sprintf("%s:%d", t.channel, min(t.seconds, limit))
		if t.seconds > limit && q.timeoutsAt != nil {
			r.problems = append(r.problems, &Problem{*q.timeoutsAt,
				fmt.Sprintf("%s may take %d seconds, longer than limit = %d", t.channel, t.seconds, limit),
				"lower the timeout or raise limit"})
		}
	}
	q.Timeouts = strings.Join(parts, ",")
}
