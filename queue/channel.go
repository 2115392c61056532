package queue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	rootChannel = "root"
	unlimited   = -1
	longestName = 255 // bytes
)

// A rule is what the configuration says of one channel.
type rule struct {
	capacity   int  // unlimited for parents that are only implied
	sequential bool // one after the other, in the order of their ids
	throttle   int  // seconds of board time from one start to the next; 0: none
}

// channels is the configured tree. A channel's name is its whole path, "root.machine"; "machine" is short for that.
// It is immutable once parsed.
type channels struct {
	rules map[string]rule
	// sequences are the sequential channels that have none above them: one below such a one adds nothing to its order.
	sequences []string
	throttled []string
}

// newChannels completes what was configured: root, and the parents that are only implied.
func newChannels(rules map[string]rule) channels {
	if _, ok := rules[rootChannel]; !ok {
		rules[rootChannel] = rule{capacity: 1}
	}
	for _, name := range slices.Collect(maps.Keys(rules)) {
		for _, parent := range ancestors(name)[1:] {
			if _, ok := rules[parent]; !ok {
				rules[parent] = rule{capacity: unlimited}
			}
		}
	}
	c := channels{rules: rules}
	for _, name := range c.names() {
		if rules[name].sequential && c.sequence(name) == "" {
			c.sequences = append(c.sequences, name)
		}
		if rules[name].throttle > 0 {
			c.throttled = append(c.throttled, name)
		}
	}
	return c
}

// channelName checks a name and makes it whole: "sales" is "root.sales".
func channelName(name string) (string, error) {
	if name == "" {
		return "", fmt.Errorf("a channel needs a name")
	}
	for part := range strings.SplitSeq(name, ".") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
		}) {
			return "", fmt.Errorf("channel %q: want names of letters, digits, - and _, joined by dots", name)
		}
	}
	if name != rootChannel && !strings.HasPrefix(name, rootChannel+".") {
		name = rootChannel + "." + name
	}
	if len(name) > longestName {
		return "", fmt.Errorf("channel name of %d bytes: want at most %d", len(name), longestName)
	}
	return name, nil
}

// ancestors lists a channel and all above it, root last.
func ancestors(name string) []string {
	list := make([]string, 1, 4)
	list[0] = name
	for {
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return list
		}
		name = name[:dot]
		list = append(list, name)
	}
}

// within tells whether a channel is another one or below it.
func within(name, top string) bool {
	return strings.HasPrefix(name, top) && (len(name) == len(top) || name[len(top)] == '.')
}

// known tells whether a channel is configured, or implied by one that is.
func (c channels) known(name string) bool {
	_, ok := c.rules[name]
	return ok
}

// limit is the capacity of one channel by itself. One that is not configured has no limit of its own: its parents bound it.
func (c channels) limit(name string) int {
	if r, ok := c.rules[name]; ok {
		return r.capacity
	}
	return unlimited
}

// sequence gives the sequential channel whose order a channel's jobs keep: the topmost of those above it and itself; "" for none.
func (c channels) sequence(name string) string {
	for _, top := range c.sequences {
		if within(name, top) {
			return top
		}
	}
	return ""
}

// names lists the known channels in order.
func (c channels) names() []string { return slices.Sorted(maps.Keys(c.rules)) }

// String writes the configuration in the form that parseChannels reads: whole names in order, each with its capacity.
func (c channels) String() string {
	var b strings.Builder
	for _, name := range c.names() {
		r := c.rules[name]
		if r.capacity == unlimited {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%d", name, r.capacity)
		if r.sequential {
			b.WriteString(":" + keySequential)
		}
		if r.throttle > 0 {
			fmt.Fprintf(&b, ":%s=%d", keyThrottle, r.throttle)
		}
	}
	return b.String()
}
