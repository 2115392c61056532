package queue

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const (
	rootChannel = "root"
	unlimited   = -1
)

// channels is the configured tree. A channel's name is its whole path, "root.machine"; "machine" is short for that.
// It is immutable once parsed.
type channels struct {
	capacity map[string]int // unlimited for parents that are only implied
}

// parseChannels reads "root:4,root.machine:2": names and capacities, separated by commas or newlines. A missing capacity is 1, 0 never
// runs anything. Without an entry for root, root has 1.
func parseChannels(config string) (channels, error) {
	c := channels{capacity: map[string]int{}}
	err := eachItem(config, func(name, value string, hasValue bool) error {
		if _, twice := c.capacity[name]; twice {
			return fmt.Errorf("channel %q is named twice", name)
		}
		c.capacity[name] = 1
		if !hasValue {
			return nil
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return fmt.Errorf("capacity %q of channel %q: want a whole number from 0; only name:capacity is understood", value, name)
		}
		c.capacity[name] = n
		return nil
	})
	if err != nil {
		return channels{}, fmt.Errorf("channels: %w", err)
	}
	if _, ok := c.capacity[rootChannel]; !ok {
		c.capacity[rootChannel] = 1
	}
	for _, name := range slices.Collect(maps.Keys(c.capacity)) {
		for _, parent := range ancestors(name)[1:] {
			if _, ok := c.capacity[parent]; !ok {
				c.capacity[parent] = unlimited
			}
		}
	}
	return c, nil
}

// eachItem walks "name:value" items and puts the position of the item before each error.
func eachItem(config string, item func(name, value string, hasValue bool) error) error {
	for pos := 0; pos <= len(config); {
		end := strings.IndexAny(config[pos:], ",\n")
		if end < 0 {
			end = len(config) - pos
		}
		text := config[pos : pos+end]
		if trimmed := strings.TrimSpace(text); trimmed != "" {
			at := pos + strings.Index(text, trimmed) + 1
			name, value, hasValue := strings.Cut(trimmed, ":")
			full, err := channelName(strings.TrimSpace(name))
			if err == nil {
				err = item(full, strings.TrimSpace(value), hasValue)
			}
			if err != nil {
				return fmt.Errorf("at character %d, %q: %w", at, trimmed, err)
			}
		}
		pos += end + 1
	}
	return nil
}

// channelName checks a name and makes it whole: "" is root, "sales" is "root.sales".
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
	if name == rootChannel || strings.HasPrefix(name, rootChannel+".") {
		return name, nil
	}
	return rootChannel + "." + name, nil
}

// ancestors lists a channel and all above it, root last.
func ancestors(name string) []string {
	list := []string{name}
	for {
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return list
		}
		name = name[:dot]
		list = append(list, name)
	}
}

// known tells whether a channel is configured, or implied by one that is.
func (c channels) known(name string) bool {
	_, ok := c.capacity[name]
	return ok
}

// limit is the capacity of one channel by itself. One that is not configured has no limit of its own: its parents bound it.
func (c channels) limit(name string) int {
	if n, ok := c.capacity[name]; ok {
		return n
	}
	return unlimited
}

// names lists the known channels in order.
func (c channels) names() []string { return slices.Sorted(maps.Keys(c.capacity)) }
