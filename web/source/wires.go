package source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"crema/connectors/coffee"
	"crema/device"
	"crema/web"
)

// wires are a machine's wires, which are read now, on the wire; nil where it has none.
func wires(v *coffee.WiresView) *web.Wires {
	if v == nil {
		return nil
	}
	v.Read()
	return wiresOf(v)
}

// wiresOf are wires that were read.
func wiresOf(v *coffee.WiresView) *web.Wires {
	w := &web.Wires{Faults: []string{}, Busy: v.Busy, Cup: v.Cup, Door: v.Door, Inhibited: v.Held, Starts: v.Presses, Resets: v.Resets}
	for _, e := range v.Errs {
		w.Faults = append(w.Faults, e.Error())
	}
	if f := v.Flow; f != nil {
		w.Water = &web.Water{Since: web.At(f.Since), Pulses: f.Pulses, Missed: f.Missed, Rejected: f.Rejected, Runs: f.Runs,
			PerPulse: perPulse(v.PerPulse), Hour: poured(v.Hour), Day: poured(v.Day)}
		if c := v.Calibrated; c != nil {
			w.Water.Calibrated = &web.Calibrated{Time: web.At(c.At), ML: c.Millilitres, Pulses: c.Pulses, Ended: web.At(c.Ended)}
		}
		if c := v.Compared; !c.To.IsZero() {
			w.Water.Compared = &web.Compared{From: web.At(c.From), To: web.At(c.To), Poured: c.Doses, Counted: c.Cups}
		}
	}
	return w
}

func poured(w coffee.Water) web.Poured {
	return web.Poured{Cups: w.Cups, Rinses: w.Rinses, ML: w.Millilitres}
}

// perPulse is 0.0001 ml as decimal ml.
func perPulse(n int64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%04d", n/10_000, n%10_000), "0"), ".")
}

// wireProblem says what keeps a wire from being used.
func wireProblem(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, coffee.ErrNotWired):
		return web.Conflict(err.Error(), "wire it, and write its line in the settings of "+name)
	case errors.Is(err, coffee.ErrWater):
		return web.Conflict(err.Error(), "make a drink into a measuring cup, and say how much it was")
	case errors.Is(err, device.ErrOutcomeUnknown):
		return web.Conflict(err.Error(), "look at the machine of "+name+" first: it may have been done")
	case errors.Is(err, device.ErrBusy):
		return web.Conflict("the machine of "+name+" makes a cup", "wait until it is done")
	case errors.Is(err, device.ErrWires), errors.Is(err, device.ErrUnsupported):
		return web.Conflict(err.Error(), "test "+name+": it says which wire can't be used")
	default:
		return err
	}
}

// wireMetrics are those of the machines that have wires.
func (p *Parts) wireMetrics(ctx context.Context, e *exposition) error {
	list, err := backends{p}.List(ctx)
	if err != nil {
		return err
	}
	counter := func(name, help string, value func(*web.Water) uint64) {
		e.family(name, "counter", help)
		for _, b := range list {
			if b.Wires != nil && b.Wires.Water != nil {
				e.sample(name, float64(value(b.Wires.Water)), "backend", b.Name)
			}
		}
	}
	counter("crema_flow_pulses_total", "Pulses of the flow meter, since the program started or its backend was changed.", func(w *web.Water) uint64 { return w.Pulses })
	counter("crema_flow_missed_total", "Of these, those whose message was lost and that were counted by their numbers.", func(w *web.Water) uint64 { return w.Missed })
	counter("crema_flow_rejected_total", "Edges of the flow meter's wire too close to be pulses: noise.", func(w *web.Water) uint64 { return w.Rejected })
	e.family("crema_wire_faults", "gauge", "Wires of a machine that can't be used.")
	for _, b := range list {
		if b.Wires != nil {
			e.sample("crema_wire_faults", float64(len(b.Wires.Faults)), "backend", b.Name)
		}
	}
	return nil
}
