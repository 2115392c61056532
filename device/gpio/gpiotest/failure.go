package gpiotest

import (
	"errors"

	"crema/device/gpio"
)

// Call is what is done to a line, or about the outputs' guard.
type Call string

// The calls that can fail. Closing one sets it high first; where that fails it is given back as
// it is, as a chip does that leaves its lines alone.
const (
	Open    Call = "open"
	SetHigh Call = "set high"
	SetLow  Call = "set low"
	Read    Call = "read"
	Guarded Call = "guard" // its line is "": whether a guard stands
)

// Fail has calls fail with the error that is told for them, without an effect; nil: none does. It is
// asked by one goroutine at a time, and must not call the board.
func (b *Board) Fail(told func(c Call, line string) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = told
}

func (b *Board) failure(c Call, line string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails == nil {
		return nil
	}
	return b.fails(c, line)
}

// Guard has no process to watch: the test is the program. It acts only where Close says that not all is well.
func (b *Board) Guard(outputs []string) (gpio.Guard, error) { return guard{b, outputs}, nil }

type guard struct {
	b       *Board
	outputs []string
}

func (g guard) Err() error { return g.b.failure(Guarded, "") }

func (g guard) Close(well bool) error {
	if well {
		return nil
	}
	var errs []error
	for _, name := range g.outputs {
		o, err := g.b.Output(name)
		if err == nil {
			err = o.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
