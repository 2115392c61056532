package coffee

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// Machines is the connector: it keeps coffee machines and Odoo in step, as many of them as
// there are backends of its kind. Its methods are safe for concurrent use.
type Machines struct {
	d    *deps
	line func(string) string // Deps.Line

	mu   sync.Mutex
	made map[string]*Backend // by name, as its record was last
}

// ErrNoMachine means that a backend is of another kind than a coffee machine.
var ErrNoMachine = errors.New("it is no coffee machine")

// New makes the connector on a host, and registers its components, kinds of job and what
// happens at a review there. What it declares is in [Machines.Connector], for the host.
func New(h *connectors.Host, d Deps) (*Machines, error) {
	if err := drinkMapper.Validate(); err != nil {
		return nil, err
	}
	m := &Machines{d: &deps{Host: h, Deps: d}, line: d.Line, made: map[string]*Backend{}}
	provide(h.Registry)
	register(h, SalesKind, flowBackend, (*Backend).sales)
	register(h, AlarmsKind, flowBackend, (*Backend).tellAlarms)
	register(h, StockKind, flowBackend, (*Backend).keepStock)
	register(h, SlotKind, func(a SlotArgs) string { return a.Backend }, (*Backend).slotJob)
	// These synchronise nothing: they find out where things stand (slots are written by jobs of
	// their own), or do what a person asked for.
	register(h, CatalogueKind, flowBackend, (*Backend).catalogue, connectors.Untested())
	register(h, CupsKind, flowBackend, (*Backend).cupsJob, connectors.Untested())
	register(h, ReconcileKind, flowBackend, (*Backend).reconcile, connectors.Untested())
	register(h, ClockKind, flowBackend, (*Backend).clockJob, connectors.Untested())
	register(h, AnchorKind, func(a AnchorArgs) string { return a.Backend }, (*Backend).anchor, connectors.Untested())
	register(h, BrewKind, func(a BrewArgs) string { return a.Backend }, (*Backend).brewJob, connectors.Untested())
	if h.Checkpoints != nil {
		m.listen()
		m.answers()
	}
	return m, nil
}

func flowBackend(a FlowArgs) string { return a.Backend }

// register gives a kind of job its handler: a method of the backend that it names.
func register[A any](h *connectors.Host, k queue.Kind[A], name func(A) string,
	work func(*Backend, context.Context, *queue.Job[A]) (queue.Done, error), options ...connectors.HandleOption) {
	connectors.Handle(h, k, name, func(ctx context.Context, w *connectors.Work, job *queue.Job[A]) (queue.Done, error) {
		b, err := connectors.ClientOf[*Backend](w)
		if err != nil {
			return nil, err
		}
		return work(b, ctx, job)
	}, options...)
}

// Connector is what there is to configure, to start and to run.
func (m *Machines) Connector() connectors.Connector {
	return connectors.Connector{
		Kind: Coffee, Versions: []*connectors.Kind{Coffee1900, Coffee2900}, Text: "Coffee machine",
		Settings: m.settings(), Check: checkSettings, Flows: m.flows(), Channel: machineChannel,
		Roles:   []connectors.AnyRole{cupReader, CupImporter, SlotAdapter},
		Prepare: m.prepare, Passed: m.passed, Hinted: m.hinted, Deleted: m.deleted,
		Open: func(_ context.Context, w *connectors.Work) (any, func() error, error) {
			b, err := m.of(w.Backend)
			return b, nil, err // the machine itself is borrowed from its link, for moments
		},
		Test: func(ctx context.Context, w *connectors.Work) ([]connectors.Finding, error) {
			b, err := m.of(w.Backend)
			if err != nil {
				return nil, err
			}
			return b.test(ctx)
		},
		Run: func(ctx context.Context, w *connectors.Work) error {
			b, err := m.of(w.Backend)
			if err != nil {
				return err
			}
			return b.run(ctx)
		},
	}
}

// Declared is the connector for those who only read a configuration: what there is to
// configure and to start, of which nothing can be run.
func Declared() connectors.Connector { return new(Machines).Connector() }

// of is the running side of a backend as its record is now. It does no I/O: one that does
// not run has a machine that is away.
func (m *Machines) of(record connectors.Backend) (*Backend, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.made[record.Name]; b != nil && b.isFor(record) {
		return b, nil
	}
	w := connectors.NewWork(m.d.Environment, record)
	machine, err := m.d.Open(w)
	if err != nil {
		return nil, fmt.Errorf("backend %q: %w", record.Name, err)
	}
	b := newBackend(m.d, w, machine)
	m.made[record.Name] = b
	return b, nil
}

// isFor tells whether nothing that the running side depends on differs in a record.
func (b *Backend) isFor(r connectors.Backend) bool {
	is := b.record
	return is.Kind.String() == r.Kind.String() && is.Location == r.Location && is.Language == r.Language && maps.Equal(is.Settings, r.Settings)
}

// Backend is one machine by its backend's name: connectors.ErrNoBackend, ErrNoMachine.
func (m *Machines) Backend(tx *store.Tx, name string) (*Backend, error) {
	record, _, err := m.d.Backend(tx, name)
	switch {
	case err != nil:
		return nil, err
	case !record.Kind.Is(Coffee):
		return nil, fmt.Errorf("backend %q: %w", name, ErrNoMachine)
	}
	return m.of(record)
}

// named is Backend for those who have no transaction.
func (m *Machines) named(name string) (b *Backend, err error) {
	err = m.d.Store.View(func(tx *store.Tx) error {
		b, err = m.Backend(tx, name)
		return err
	})
	return b, err
}

// all is Backends for those who have no transaction.
func (m *Machines) all() (list []*Backend, err error) {
	err = m.d.Store.View(func(tx *store.Tx) error {
		list, err = m.Backends(tx)
		return err
	})
	return list, err
}

// Backends are all machines, oldest first, without those that are switched off.
func (m *Machines) Backends(tx *store.Tx) ([]*Backend, error) {
	records, err := connectors.Backends{}.List(tx)
	var list []*Backend
	for _, r := range records {
		if !r.Kind.Is(Coffee) || r.State == connectors.Off || err != nil {
			continue
		}
		var b *Backend
		if b, err = m.Backend(tx, r.Name); err == nil {
			list = append(list, b)
		}
	}
	return list, err
}
