package coffee1900

import (
	"errors"
	"fmt"
	"time"

	"crema/device"
	"crema/device/gpio"
)

// Hold makes INHIBIT low or high.
func (h *Header) Hold(stop bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.pins["inhibit"]
	if p == nil || h.hold == stop {
		return nil
	}
	h.hold = stop // Run keeps it so where it can't be now
	if p.out == nil {
		return nil
	}
	if err := p.out.Set(!stop); err != nil {
		if failed := h.renew("inhibit"); failed != nil {
			return &device.WireError{Wire: "inhibit", Err: errors.Join(err, failed), Fix: fix(err)}
		}
	}
	return nil
}

// Press makes START low for 200 ms, and waits for up to a second until BUSY is.
func (h *Header) Press() error {
	if err := h.pulse("start", press, h.mayStart); err != nil {
		return fmt.Errorf("START: %w", err)
	}
	for end := time.Now().Add(begins); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if busy := h.busy(); busy == nil || *busy {
			break
		}
	}
	return nil
}

// Reset makes RESET low for 1.2 s.
func (h *Header) Reset() error {
	if err := h.pulse("reset", reset, h.idle); err != nil {
		return fmt.Errorf("RESET: %w", err)
	}
	return nil
}

// pulse makes an output low for so long, if it may, one at a time. It is not ended early:
// half a pulse is one whose effect nobody knows.
func (h *Header) pulse(name string, d time.Duration, may func() error) error {
	<-h.pulses
	defer func() { h.pulses <- struct{}{} }()
	out, err := h.output(name)
	if err == nil {
		err = may()
	}
	if err != nil {
		return err
	}
	if err = low(out, d); err == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return errors.Join(device.ErrOutcomeUnknown, err, h.renew(name))
}

// output is an open output.
func (h *Header) output(name string) (gpio.Output, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.pins[name]
	switch {
	case p == nil:
		return nil, device.ErrUnsupported
	case p.out == nil:
		return nil, errors.Join(device.ErrWires, p.err)
	}
	return p.out, nil
}

// low makes a line low for so long, and high whatever happens.
func low(o gpio.Output, d time.Duration) (err error) {
	defer func() { err = errors.Join(err, o.Set(true)) }()
	if err := o.Set(false); err != nil {
		return err
	}
	time.Sleep(d)
	return nil
}

// idle is the interlock of RESET: no cup is in the making.
func (h *Header) idle() error {
	high, err := h.level("busy")
	switch {
	case err != nil:
		return fmt.Errorf("BUSY: %w", err)
	case !high:
		return device.ErrBusy
	}
	return nil
}

// mayStart is the interlock of START: besides, a cup stands there and the door is closed.
func (h *Header) mayStart() error {
	if err := h.idle(); err != nil {
		return err
	}
	cup, err := h.level("cup")
	switch {
	case err != nil:
		return fmt.Errorf("CUP: %w", err)
	case cup:
		return device.ErrNoCup
	}
	door, err := h.level("door")
	switch {
	case err != nil:
		return fmt.Errorf("DOOR: %w", err)
	case door:
		return device.ErrDoorOpen
	}
	return nil
}
