package gpio

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/warthog618/go-gpiocdev"
)

// NoLineError is a line that the board does not have.
type NoLineError struct {
	Line string
	Why  string // what was looked for, or what forbids it
}

func (e *NoLineError) Error() string {
	return fmt.Sprintf("there is no line %q: %s", e.Line, e.Why)
}

// InUseError is a line that another program, or the kernel, holds.
type InUseError struct{ Line, Consumer string }

func (e *InUseError) Error() string {
	return fmt.Sprintf("line %q is in use by %q: take another line, or end that", e.Line, e.Consumer)
}

// place is where a line is: on which chip, by its path and its label, and at which offset there.
type place struct {
	chip, label string
	offset      int
}

// find finds a line by its name, or by "label/offset". A name that two lines bear is refused.
func find(name string) (place, error) {
	label, offset, err := split(name)
	if err != nil {
		return place{}, err
	}
	l := look{name: name, label: label}
	for _, chip := range gpiocdev.Chips() {
		c, err := gpiocdev.NewChip(chip)
		if errors.Is(err, gpiocdev.ErrNotCharacterDevice) {
			continue // another name of a chip: gpiochip4 is a link to gpiochip0 on a Pi 5
		}
		if err != nil {
			l.failed = append(l.failed, fmt.Errorf("%s: %w", chip, err))
			continue
		}
		l.labels = append(l.labels, c.Label)
		l.found = append(l.found, on(c, name, label, offset)...)
		c.Close()
	}
	return l.one()
}

// look is what was found of a line on all chips.
type look struct {
	name, label string // label: "" where it is looked for by its name
	found       []place
	labels      []string // of the chips
	failed      []error  // of chips that could not be looked at
}

// one is the one line that is meant.
func (l look) one() (place, error) {
	switch {
	case len(l.found) == 1:
		return l.found[0], nil
	case len(l.found) > 1 && l.label != "":
		return place{}, &NoLineError{l.name, fmt.Sprintf("%d chips have the label %q: write the line's name; `gpioinfo` lists them", len(l.found), l.label)}
	case len(l.found) > 1:
		var places []string
		for _, p := range l.found {
			places = append(places, fmt.Sprintf("%q", fmt.Sprintf("%s/%d", p.label, p.offset)))
		}
		return place{}, &NoLineError{l.name, fmt.Sprintf("%d lines bear that name: write the chip's label and the offset, %s", len(l.found), strings.Join(places, " or "))}
	case len(l.failed) > 0: // it may be there
		return place{}, permitted(l.name, fmt.Errorf("look for line %q: %w", l.name, l.failed[0]))
	case len(l.labels) == 0:
		return place{}, &NoLineError{l.name, "this board has no GPIO chip (/dev/gpiochip…)"}
	default:
		return place{}, &NoLineError{l.name, "no chip has it; the chips are " + strings.Join(l.labels, ", ") + "; `gpioinfo` lists their lines"}
	}
}

// Same returns one text for all names of a line that the board has now: a name and its chip's
// "label/offset" mean one. A line that is not there is its name.
func (Chips) Same(name string) string {
	p, err := find(name)
	if err != nil {
		return name
	}
	return fmt.Sprintf("%s/%d", p.chip, p.offset)
}

// split takes "label/offset" apart; of the name of a line the label is "".
func split(name string) (label string, offset int, err error) {
	at := strings.LastIndexByte(name, '/')
	if at < 0 {
		return "", 0, nil
	}
	label = name[:at]
	if strings.HasPrefix(label, "gpiochip") && strings.Trim(label[len("gpiochip"):], "0123456789") == "" {
		return "", 0, &NoLineError{name, "a chip's number changes with the kernel: write its label, as in \"pinctrl-rp1/17\", or the line's name"}
	}
	if offset, err = strconv.Atoi(name[at+1:]); err != nil || offset < 0 || label == "" {
		return "", 0, &NoLineError{name, "behind the / belongs the line's offset, 0 or more"}
	}
	return label, offset, nil
}

// on are the lines of a chip that are meant: with a label at most one.
func on(c *gpiocdev.Chip, name, label string, offset int) []place {
	if label != "" {
		if c.Label == label && offset < c.Lines() {
			return []place{{c.Name, c.Label, offset}}
		}
		return nil
	}
	var found []place
	for n := range c.Lines() {
		if info, err := c.LineInfo(n); err == nil && info.Name == name {
			found = append(found, place{c.Name, c.Label, n})
		}
	}
	return found
}

// consumer is who holds a line; "" where nobody says so.
func (p place) consumer() string {
	c, err := gpiocdev.NewChip(p.chip)
	if err != nil {
		return ""
	}
	defer c.Close()
	info, err := c.LineInfo(p.offset)
	if err != nil || !info.Used {
		return ""
	}
	return info.Consumer
}

// permitted says more of an error that the file system gave.
func permitted(name string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("line %q: %w: the user that runs crema must be in the group gpio", name, err)
	}
	return err
}
