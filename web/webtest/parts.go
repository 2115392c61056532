package webtest

import (
	"context"
	"slices"
	"strconv"

	"crema/web"
)

type (
	backends struct{ *Board }
	jobs     struct{ *Board }
	channels struct{ *Board }
	notices  struct{ *Board }
	batches  struct{ *Board }
	cups     struct{ *Board }
)

func (b backends) Sync(_ context.Context, name, flow string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	if err != nil {
		return "", err
	}
	if !slices.Contains(m.Flows, flow) {
		return "", web.NotFound("flow", flow, "there are catalogue, sales")
	}
	b.ask("sync %s %s", name, flow)
	return b.start("coffee."+flow, flow+" of "+name, name), nil
}

func (b backends) Lock(_ context.Context, name string, locked bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	if err != nil {
		return err
	}
	b.ask("lock %s %t", name, locked)
	m.Locked = locked
	return nil
}

// AckAlarm ends an alarm but a warning, whose cause lasts.
func (b backends) AckAlarm(_ context.Context, name string, code int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	if err != nil {
		return err
	}
	b.ask("ack %s %d", name, code)
	m.Alarms = slices.DeleteFunc(slices.Clone(m.Alarms), func(a web.Alarm) bool { return a.Code == code && a.Severity != "warning" })
	return nil
}

func (b backends) Press(_ context.Context, name string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	if err != nil {
		return "", err
	}
	if m.Wires == nil || !m.Wires.Starts {
		return "", web.Conflict("START of "+name+" is not wired", "wire it")
	}
	b.ask("press %s", name)
	return b.start("coffee.brew", "one cup", name), nil
}

func (b backends) Restart(_ context.Context, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	if err != nil {
		return err
	}
	if m.Wires == nil || !m.Wires.Resets {
		return web.Conflict("RESET of "+name+" is not wired", "wire it")
	}
	b.ask("restart %s", name)
	return b.Err
}

func (b backends) Calibrate(_ context.Context, name string, ml int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	if err != nil {
		return err
	}
	if m.Wires == nil || m.Wires.Water == nil {
		return web.Conflict("FLOW of "+name+" is not wired", "wire it")
	}
	b.ask("calibrate %s %d", name, ml)
	m.Wires.Water.Calibrated = &web.Calibrated{Time: web.At(Now()), ML: ml, Pulses: 200, Ended: web.At(Now())}
	return b.Err
}

func (b backends) Brew(_ context.Context, name string, slot int) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	switch {
	case err != nil:
		return "", err
	case !m.Brew:
		return "", web.Conflict("brewing is switched off for "+name, "switch it on in the configuration")
	case slot >= len(m.Slots):
		return "", web.NotFound("slot", strconv.Itoa(slot), "see its slots")
	}
	b.ask("brew %s %d", name, slot)
	return b.start("coffee.brew", "one cup", name), nil
}

func (b cups) List(_ context.Context, f web.CupFilter) (web.Page[web.Cup], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return paged(b.Ledger, f.Paging, func(c web.Cup) bool {
		return (f.Backend == "" || c.Backend == f.Backend) && (f.State == "" || c.State == f.State)
	}), b.Err
}

func (b cups) Recent(_ context.Context, backend string, n int) ([]web.Cup, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []web.Cup
	for _, c := range slices.Backward(b.Ledger) {
		if c.Backend == backend && len(out) < n {
			out = append(out, c)
		}
	}
	return out, b.Err
}

func (b cups) Today(_ context.Context, backend string) (web.Day, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Days[backend], b.Err
}
