package coffee1900

import (
	"errors"
	"fmt"
	"io/fs"

	"crema/device/gpio"
)

// openOut opens an output, which makes it high, and INHIBIT low where that is wished. One that
// does not do so is not kept open: Run tries it anew.
func (h *Header) openOut(name string, p *pin) error {
	if err := h.guarded(); err != nil {
		return err
	}
	out, err := h.lines.Output(p.line)
	if err != nil {
		return err
	}
	p.low = false
	if name == "inhibit" && h.hold {
		if err := out.Set(false); err != nil {
			failed := out.Close()
			p.low = failed != nil
			return errors.Join(err, failed)
		}
	}
	p.out = out
	return nil
}

// renew closes an output that did not obey and opens it at once, by which it is as it should be;
// h.mu is held. Where that fails too Run tries it soon: the line may be low.
func (h *Header) renew(name string) error {
	p := h.pins[name]
	failed := p.out.Close()
	p.out, p.low = nil, failed != nil
	if p.err = h.openOut(name, p); p.err == nil {
		return nil
	}
	if p.low {
		h.wake()
	}
	return errors.Join(failed, p.err)
}

// guarded sees to it that no output is open without its guard.
func (h *Header) guarded() (err error) {
	if h.guard != nil {
		return nil
	}
	var outputs []string
	for _, line := range []string{h.w.Start, h.w.Inhibit, h.w.Reset} {
		if line != "" {
			outputs = append(outputs, line)
		}
	}
	if h.guard, err = h.lines.Guard(outputs); err != nil {
		h.guard = nil
		return fmt.Errorf("%w: %w", errAlone, err)
	}
	return nil
}

// fix is what a person does about a line that can't be used; "" where its name is wrong.
func fix(err error) string {
	var none *gpio.NoLineError
	var used *gpio.InUseError
	switch {
	case errors.As(err, &none):
		return ""
	case errors.Is(err, errAlone):
		return "See what keeps crema from starting a second process of itself, as too little memory or a bound of systemd's (`TasksMax`, `LimitNOFILE`); it is tried again all the time."
	case errors.As(err, &used):
		return "End what has that line, or wire another one and write that; it is tried again twice a minute."
	case errors.Is(err, fs.ErrPermission):
		return "Let the user that runs crema into the group gpio (`SupplementaryGroups=dialout gpio` in systemd's unit), and start crema again."
	case errors.Is(err, errClosed):
		return "Switch the backend on: its lines are open while it runs."
	default:
		return "See what the kernel says of it (`dmesg`); it is tried again twice a minute."
	}
}

// logGuard logs that the outputs are without a guard, once for each reason.
func (h *Header) logGuard() {
	var now string
	if h.guard != nil {
		if err := h.guard.Err(); err != nil {
			now = err.Error()
		}
	}
	if now != "" && now != h.alone {
		h.o.Logger.Warn("nothing makes the machine's outputs high if crema dies", "error", now)
	}
	h.alone = now
}

// close makes the outputs high and gives all lines back, when a pulse under way is over.
func (h *Header) close() {
	<-h.pulses
	defer func() { h.pulses <- struct{}{} }()
	h.mu.Lock()
	inputs := h.lost
	h.lost = nil
	var errs []error
	well := true
	for _, p := range h.pins {
		if p.out != nil {
			err := p.out.Close()
			p.low, errs = err != nil, append(errs, err)
		}
		if p.low { // opened anew it is high
			out, err := h.lines.Output(p.line)
			if err == nil {
				err = out.Close()
			}
			p.low, errs = err != nil, append(errs, err)
		}
		well = well && !p.low
		if p.in != nil {
			inputs = append(inputs, p.in)
		}
		p.in, p.out, p.low, p.err = nil, nil, false, errClosed
	}
	if h.guard != nil {
		errs = append(errs, h.guard.Close(well))
		h.guard = nil
	}
	h.mu.Unlock()
	for _, in := range inputs { // their handlers may want the lock
		errs = append(errs, in.Close())
	}
	if err := errors.Join(errs...); err != nil {
		h.o.Logger.Warn("closing the wires of the machine", "error", err)
	}
}
