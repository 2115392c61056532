package gpio

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/warthog618/go-gpiocdev"
)

// Chips are the lines of the board that the program runs on. They are for concurrent use.
type Chips struct {
	// Consumer is what the kernel tells others about who holds a line.
	Consumer string
}

var _ Lines = Chips{}

// queued is how many edges the kernel is to keep for a line: over 4 s of the fastest flow.
const queued = 512

// Input opens an input of the board.
func (c Chips) Input(name string, o InputOptions) (Input, error) {
	options := []gpiocdev.LineReqOption{gpiocdev.AsInput}
	if o.Pull {
		options = append(options, gpiocdev.WithPullUp)
	} else { // a Pi's lines are pulled down from power-on
		options = append(options, gpiocdev.WithBiasDisabled)
	}
	if o.OnEdge != nil {
		options = append(options, gpiocdev.WithFallingEdge, gpiocdev.WithEventBufferSize(queued), gpiocdev.WithEventHandler(func(e gpiocdev.LineEvent) {
			o.OnEdge(Edge{At: e.Timestamp, Seqno: e.LineSeqno})
		}))
	}
	if o.Debounce > 0 {
		options = append(options, gpiocdev.WithDebounce(o.Debounce))
	}
	l, err := c.request(name, options)
	if err != nil {
		return nil, err
	}
	return line{l}, nil
}

// Output opens an output of the board.
func (c Chips) Output(name string) (Output, error) {
	l, err := c.request(name, []gpiocdev.LineReqOption{gpiocdev.AsOutput(1), gpiocdev.AsOpenDrain, gpiocdev.WithPullUp})
	if err != nil {
		return nil, err
	}
	return output{line{l}}, nil
}

func (c Chips) request(name string, options []gpiocdev.LineReqOption) (*gpiocdev.Line, error) {
	p, err := find(name)
	if err != nil {
		return nil, err
	}
	options = append(options, gpiocdev.WithConsumer(c.Consumer), gpiocdev.WithABIVersion(2))
	l, err := gpiocdev.RequestLine(p.chip, p.offset, options...)
	switch {
	case errors.Is(err, syscall.EBUSY):
		return nil, &InUseError{name, p.consumer()}
	case err != nil:
		return nil, permitted(name, fmt.Errorf("open line %q: %w", name, err))
	}
	return l, nil
}

// line is an open line of a chip.
type line struct{ l *gpiocdev.Line }

func (l line) High() (bool, error) {
	v, err := l.l.Value()
	return v != 0, err
}

func (l line) Close() error { return l.l.Close() }

type output struct{ line }

func (o output) Set(high bool) error {
	v := 0
	if high {
		v = 1
	}
	return o.l.SetValue(v)
}

// Close makes it high first: what the chip's driver does with a line that is freed is its own business.
func (o output) Close() error { return errors.Join(o.Set(true), o.line.Close()) }
