package queue

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The grammar of channels is queue_job's, read strictly:
//
//	config  = [item] {("," | newline) [item]}
//	item    = name ["." name]… [":" capacity [":" key ["=" value]]…]
//	key     = "sequential" | "throttle" "=" seconds
//
// Blanks around each part are left out, "sub" is "root.sub", a capacity that is missing is 1, and without an item for root there is
// "root:1". That of timeouts has the same items, but for each exactly one number of seconds.
const (
	keySequential = "sequential"
	keyThrottle   = "throttle"

	mostCapacity = 10_000
	mostThrottle = 30 * 24 * 3600 // seconds
)

// parseChannels reads "root:4,root.machine:2,root.till:1:sequential". What it doesn't understand it refuses, with the character at
// which that stands, counted from 1, and what to write instead.
func parseChannels(config string) (channels, error) {
	rules := map[string]rule{}
	err := eachItem(config, func(name string, parts []part) error {
		if _, twice := rules[name]; twice {
			return parts[0].wrong("channel %q is named twice: leave one out", name)
		}
		r, err := parseRule(name, parts[1:])
		rules[name] = r
		return err
	})
	if err != nil {
		return channels{}, fmt.Errorf("channels: %w", err)
	}
	return newChannels(rules), nil
}

// parseRule reads what follows a channel's name.
func parseRule(name string, parts []part) (rule, error) {
	r := rule{capacity: 1}
	if len(parts) == 0 {
		return r, nil
	}
	n, ok := whole(parts[0].text, 0, mostCapacity)
	if !ok {
		why := "want a whole number from 0 to %d behind the name"
		if _, isKey := keys[key(parts[0].text)]; isKey {
			why += "; keys come after it: " + name + ":1:" + parts[0].text
		}
		return r, parts[0].wrong("capacity %q of channel %q: "+why, parts[0].text, name, mostCapacity)
	}
	r.capacity = n
	seen := map[string]bool{}
	for _, p := range parts[1:] {
		k := key(p.text)
		read, known := keys[k]
		switch {
		case p.text == "":
			return r, p.wrong("there is nothing between the colons of channel %q: leave one out", name)
		case !known:
			return r, p.wrong("channel %q: key %q is not known: there are %s and %s=SECONDS", name, k, keySequential, keyThrottle)
		case seen[k]:
			return r, p.wrong("channel %q: %s is there twice: leave one out", name, k)
		}
		seen[k] = true
		_, value, hasValue := strings.Cut(p.text, "=")
		if err := read(&r, strings.TrimSpace(value), hasValue); err != nil {
			return r, p.wrong("channel %q: %w", name, err)
		}
	}
	return r, nil
}

// key gives what stands before the first "=".
func key(text string) string {
	k, _, _ := strings.Cut(text, "=")
	return strings.TrimSpace(k)
}

var keys = map[string]func(r *rule, value string, hasValue bool) error{
	keySequential: func(r *rule, value string, hasValue bool) error {
		if hasValue {
			return fmt.Errorf("%s takes no value, also not %q: write it for yes, leave it out for no", keySequential, value)
		}
		if r.capacity != 1 {
			return fmt.Errorf("%s needs the capacity 1, not %d; to stop such a channel, pause it", keySequential, r.capacity)
		}
		r.sequential = true
		return nil
	},
	keyThrottle: func(r *rule, value string, hasValue bool) error {
		n, ok := whole(value, 1, mostThrottle)
		if !hasValue || !ok {
			return fmt.Errorf("%s needs whole seconds from 1 to %d: %s=5", keyThrottle, mostThrottle, keyThrottle)
		}
		r.throttle = n
		return nil
	},
}

// whole reads a number of digits alone.
func whole(s string, least, most int) (int, bool) {
	if strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return int(n), err == nil && int(n) >= least && int(n) <= most
}

// A part is what stands between two colons of an item.
type part struct {
	item string
	text string // without blanks around it
	at   int    // its first character, counted from 1
}

func (p part) wrong(format string, args ...any) error {
	return fmt.Errorf("at character %d, in %q: %w", p.at, p.item, fmt.Errorf(format, args...))
}

// eachItem splits a configuration, and gives each item's parts with the whole name of its channel.
func eachItem(config string, item func(name string, parts []part) error) error {
	at := 1
	for text := range strings.SplitSeq(strings.ReplaceAll(config, "\n", ","), ",") {
		parts := split(text, at)
		at += utf8.RuneCountInString(text) + 1
		if len(parts) == 1 && parts[0].text == "" {
			continue
		}
		name, err := channelName(parts[0].text)
		if err != nil {
			return parts[0].wrong("%w", err)
		}
		if err := item(name, parts); err != nil {
			return err
		}
	}
	return nil
}

// split cuts an item that begins at a character into its parts.
func split(item string, at int) []part {
	var parts []part
	for text := range strings.SplitSeq(item, ":") {
		trimmed := strings.TrimSpace(text)
		blanks := text[:len(text)-len(strings.TrimLeftFunc(text, unicode.IsSpace))]
		parts = append(parts, part{item: strings.TrimSpace(item), text: trimmed, at: at + utf8.RuneCountInString(blanks)})
		at += utf8.RuneCountInString(text) + 1
	}
	return parts
}
