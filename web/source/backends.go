package source

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/odoo"
	"crema/device"
	"crema/queue"
	"crema/store"
	"crema/web"
)

type backends struct{ p *Parts }

func (s backends) List(context.Context) ([]web.Backend, error) {
	var list []web.Backend
	var wired []*coffee.WiresView
	err := s.p.Store.View(func(tx *store.Tx) error {
		all, err := connectors.Backends{}.List(tx)
		for _, stored := range all {
			b, v, err := s.backend(tx, stored)
			if err != nil {
				return err
			}
			list, wired = append(list, b), append(wired, v)
		}
		return err
	})
	for i, v := range wired {
		list[i].Wires = wires(v)
	}
	return list, err
}

func (s backends) Get(_ context.Context, name string) (b web.Backend, err error) {
	var wired *coffee.WiresView
	err = s.p.Store.View(func(tx *store.Tx) error {
		stored, err := connectors.Backends{}.Get(tx, name)
		if err == nil {
			b, wired, err = s.backend(tx, stored)
		}
		return err
	})
	b.Wires = wires(wired)
	return b, asProblem(err)
}

func (s backends) Test(ctx context.Context, name string) (web.Report, error) {
	findings, err := s.p.Host.Test(ctx, name)
	if err != nil {
		return web.Report{}, asProblem(err)
	}
	s.p.Events.Publish(web.Event{Type: "backend", Backend: name})
	return report(connectors.Tested{Findings: findings}), nil
}

func (s backends) Sync(ctx context.Context, name, flow string) (string, error) {
	job, err := s.p.Host.Start(ctx, name, flow)
	return job.String(), asProblem(err)
}

func (s backends) Brew(ctx context.Context, name string, slot int) (string, error) {
	m, err := s.machine(name)
	if err != nil {
		return "", asProblem(err)
	}
	job, err := m.Brew(ctx, slot)
	return job.String(), asProblem(err)
}

func (s backends) Lock(ctx context.Context, name string, locked bool) error {
	m, err := s.machine(name)
	if err != nil {
		return asProblem(err)
	}
	return wireProblem(name, m.SetLock(ctx, locked))
}

func (s backends) AckAlarm(ctx context.Context, name string, code int) error {
	m, err := s.machine(name)
	if err != nil {
		return asProblem(err)
	}
	switch err := m.AckAlarm(ctx, code); {
	case errors.Is(err, device.ErrAway):
		return web.Conflict(fmt.Sprintf("the machine of %s is away", name), "see why it is away, and try again when it is back")
	case errors.Is(err, device.ErrBadArgument):
		return web.NotFound("alarm", strconv.Itoa(code), "those that are set are in GET /api/v1/backends/"+name)
	default:
		return err
	}
}

func (s backends) Press(ctx context.Context, name string) (string, error) {
	m, err := s.machine(name)
	if err != nil {
		return "", asProblem(err)
	}
	job, err := m.Press(ctx)
	if err != nil {
		return "", wireProblem(name, err)
	}
	return job.String(), nil
}

func (s backends) Restart(ctx context.Context, name string) error {
	m, err := s.machine(name)
	if err != nil {
		return asProblem(err)
	}
	return wireProblem(name, m.Restart(ctx))
}

func (s backends) Calibrate(ctx context.Context, name string, ml int64) error {
	m, err := s.machine(name)
	if err != nil {
		return asProblem(err)
	}
	_, err = m.Calibrate(ctx, ml)
	return wireProblem(name, err)
}

// machine is a backend that is a coffee machine.
func (s backends) machine(name string) (m *coffee.Backend, err error) {
	err = s.p.Store.View(func(tx *store.Tx) error {
		m, err = s.p.Machines.Backend(tx, name)
		return err
	})
	return m, err
}

// backend is a stored backend on the wire, and its wires, which are to be read behind the transaction.
func (s backends) backend(tx *store.Tx, stored connectors.Backend) (b web.Backend, wired *coffee.WiresView, err error) {
	c, known := s.connector(stored.Kind.Name())
	b = web.Backend{
		Name: stored.Name, Type: stored.Kind.Name(), Version: stored.Kind.VersionName(), State: string(stored.State),
		Location: stored.Location, Language: stored.Language, FromFile: stored.FromFile, Editable: known && !stored.FromFile,
		Settings: stored.Settings, Schedule: stored.Schedule, Secrets: map[string]bool{}, Last: map[string]web.Time{},
	}
	for _, f := range c.FlowsFor(stored) {
		b.Flows = append(b.Flows, f.Name)
	}
	for _, setting := range c.SettingsOf(stored.Kind) {
		if setting.Type != connectors.SettingSecret {
			continue
		}
		sealed, err := s.p.Host.Secrets.Sealed(tx, stored.Name, setting.Name)
		if err != nil {
			return b, nil, err
		}
		b.Secrets[setting.Name] = sealed
	}
	hook, _, err := s.p.Host.Hook(tx, stored.Name)
	if err != nil {
		return b, nil, err
	}
	b.Hinted, b.Hook = c.Hinted != nil, web.At(hook.Made)
	tested, ok, err := connectors.Backends{}.Tested(tx, stored.Name)
	if err != nil {
		return b, nil, err
	}
	if ok {
		b.Tested = &web.Tested{Time: web.At(tested.At), Report: report(tested)}
	}
	if b.Runs, err = s.runs(tx, stored.Name); err != nil {
		return b, nil, err
	}
	if m, err := s.p.Machines.Backend(tx, stored.Name); err == nil {
		v, err := m.View(tx)
		if err != nil {
			return b, nil, err
		}
		s.addMachine(&b, v)
		wired = v.Wires
	}
	return b, wired, nil
}

// runs is what came of the last start of a backend's flows.
func (s backends) runs(tx *store.Tx, name string) (map[string]web.Run, error) {
	started, err := connectors.Backends{}.Started(tx, name)
	runs := map[string]web.Run{}
	for flow, at := range started {
		info, err := s.p.Queue.Get(tx, at.Job)
		if err != nil && !errors.Is(err, queue.ErrNotFound) {
			return nil, err
		}
		runs[flow] = web.Run{Started: web.At(at.At), Job: id(uint64(at.Job)), State: string(info.State)}
	}
	return runs, err
}

// report is what a test found, on the wire.
func report(t connectors.Tested) web.Report {
	r := web.Report{OK: t.Good()}
	for _, f := range t.Findings {
		r.Findings = append(r.Findings, web.Finding{Code: f.Code, Text: f.Text, Fix: f.Fix, Warning: f.Warning})
	}
	return r
}

// addMachine adds what only machines have.
func (s backends) addMachine(b *web.Backend, v coffee.View) {
	b.Locked, b.Brew, b.Machine = v.Locked, v.Brews, machine(v)
	b.Machine.Port = b.Settings["port"]
	for _, slot := range v.Slots {
		b.Slots = append(b.Slots, web.Slot{
			Slot: slot.Number, Name: slot.Name, Price: web.Money(slot.Price), Enabled: slot.Enabled, OdooID: id(uint64(slot.Product)),
		})
	}
	for _, a := range v.Status.Alarms {
		b.Alarms = append(b.Alarms, web.Alarm{Code: a.Code, Text: a.Text, Severity: a.Severity.String(), Fix: a.Fix})
	}
	for _, l := range v.Levels {
		b.Levels = append(b.Levels, web.Level{
			Name: l.Name, Level: l.Level, Capacity: l.Capacity, Unit: l.Unit.String(), Low: l.Low > 0 && l.Level <= l.Low})
	}
	for flow, at := range v.Last {
		b.Last[flow] = web.At(at)
	}
	if w := v.Busy; w != nil {
		b.Busy = &web.Busy{Drink: w.Drink, Busy: w.Busy, Away: w.Busy && s.p.Odoo != nil && s.p.Odoo.Status().State == odoo.StateDown, Since: web.At(w.Since), Poured: web.At(w.Poured), Next: web.At(w.Next), Wait: w.Wait}
	}
}

func machine(v coffee.View) web.Machine {
	m := web.Machine{
		State: string(v.Health.State), Serial: v.Serial, Firmware: v.Health.Identity.Firmware,
		Since: web.At(v.Health.Since), Message: errText(v.Health.Err), Unbooked: v.Unbooked,
	}
	if v.Health.State == device.LinkConnected {
		m.Message = ""
		if !v.StatusAt.IsZero() {
			t := int64(v.Status.Temperature)
			m.Doing, m.Temperature = v.Status.State.String(), &t
		}
	}
	return m
}

func (p *Parts) bindings(_ context.Context, f web.BindingFilter) (web.Page[web.Binding], error) {
	var page web.Page[web.Binding]
	after, err := number("after", f.After)
	if err != nil {
		return page, err
	}
	err = p.Store.View(func(tx *store.Tx) error {
		list, last, err := connectors.ListBindings(tx, f.Backend, f.Model, after, f.Limit)
		for _, b := range list {
			page.Items = append(page.Items, web.Binding{
				Backend: b.Backend, Model: b.Model, OdooID: web.ID(strconv.FormatInt(b.OdooID, 10)), ExternalID: web.ID(b.External),
				Synced: web.At(b.Synced), Archived: b.Archived,
			})
		}
		page.Next = next(last)
		return err
	})
	return page, err
}
