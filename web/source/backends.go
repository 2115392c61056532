package source

import (
	"context"
	"strconv"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/device"
	"crema/queue"
	"crema/store"
	"crema/web"
)

type backends struct{ p *Parts }

func (s backends) List(context.Context) ([]web.Backend, error) {
	var list []web.Backend
	err := s.p.Store.View(func(tx *store.Tx) error {
		for _, b := range s.p.Connector.Backends() {
			v, err := b.View(tx)
			if err != nil {
				return err
			}
			list = append(list, s.backend(v))
		}
		return nil
	})
	return list, err
}

func (s backends) Get(_ context.Context, name string) (web.Backend, error) {
	b, err := s.p.Connector.Backend(name)
	if err != nil {
		return web.Backend{}, asProblem(err)
	}
	var v coffee.View
	err = s.p.Store.View(func(tx *store.Tx) (err error) {
		v, err = b.View(tx)
		return err
	})
	return s.backend(v), err
}

func (s backends) Test(ctx context.Context, name string) (web.Report, error) {
	b, err := s.p.Connector.Backend(name)
	if err != nil {
		return web.Report{}, asProblem(err)
	}
	findings, err := b.Test(ctx)
	r := web.Report{OK: len(findings) == 0}
	for _, f := range findings {
		r.Findings = append(r.Findings, web.Finding(f))
	}
	return r, err
}

func (s backends) Sync(ctx context.Context, name, flow string) (string, error) {
	return s.job(ctx, name, func(b *coffee.Backend) (queue.ID, error) { return b.Start(ctx, flow) })
}

func (s backends) Brew(ctx context.Context, name string, slot int) (string, error) {
	return s.job(ctx, name, func(b *coffee.Backend) (queue.ID, error) { return b.Brew(ctx, slot) })
}

func (s backends) Lock(ctx context.Context, name string, locked bool) error {
	b, err := s.p.Connector.Backend(name)
	if err != nil {
		return asProblem(err)
	}
	return b.SetLock(ctx, locked)
}

func (s backends) job(_ context.Context, name string, start func(*coffee.Backend) (queue.ID, error)) (string, error) {
	b, err := s.p.Connector.Backend(name)
	if err != nil {
		return "", asProblem(err)
	}
	job, err := start(b)
	return job.String(), asProblem(err)
}

// backend is a view on the wire.
func (s backends) backend(v coffee.View) web.Backend {
	b := web.Backend{
		Name: v.Name, Type: "coffee", Version: v.Version, State: string(v.State), Location: v.Location, FromFile: v.FromFile,
		Flows: v.Flows, Locked: v.Locked, Brew: v.Brews, Last: map[string]web.Time{}, Machine: machine(v),
	}
	for _, c := range s.p.Config.Backends {
		if c.Name == v.Name {
			b.Machine.Port = c.Settings["port"]
		}
	}
	for _, slot := range v.Slots {
		b.Slots = append(b.Slots, web.Slot{
			Slot: slot.Number, Name: slot.Name, Price: web.Money(slot.Price), Enabled: slot.Enabled, OdooID: id(uint64(slot.Product)),
		})
	}
	for _, a := range v.Status.Alarms {
		b.Alarms = append(b.Alarms, web.Alarm{Code: a.Code, Text: a.Text, Severity: a.Severity.String()})
	}
	for _, l := range v.Levels {
		b.Levels = append(b.Levels, web.Level{
			Name: l.Name, Level: l.Level, Capacity: l.Capacity, Unit: l.Unit.String(), Low: l.Low > 0 && l.Level <= l.Low})
	}
	for flow, at := range v.Last {
		b.Last[flow] = web.At(at)
	}
	return b
}

func machine(v coffee.View) web.Machine {
	m := web.Machine{
		State: string(v.Health.State), Serial: v.Serial, Firmware: v.Health.Identity.Firmware,
		Since: web.At(v.Health.Since), Message: errText(v.Health.Err),
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
