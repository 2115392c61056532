package coffee

import (
	"context"
	"fmt"
	"strconv"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/product"
	"crema/connectors/odoo/stock"
	"crema/device"
	"crema/store"
)

// What a machine does for the flows, by its version. The client of the work is a
// *loan: the machine, on its link's goroutine.
var (
	// CupImporter reads the cups since the last time and commits them.
	CupImporter = connectors.NewRole[connectors.Importer](ModelCup, "importer")
	// SlotAdapter reads and writes the slots.
	SlotAdapter = connectors.NewRole[*Slots](ModelSlot, "adapter")

	cupReader = connectors.NewRole[reader](ModelCup, "reader")
)

// reader reads cups without committing them: the 1900's counters, or the 2900's
// journal.
type reader interface {
	read(ctx context.Context, l *look) error
}

// loan is what a component gets of a backend: the connected machine, for as long as
// the work takes.
type loan struct {
	b *Backend
	m device.Machine
}

func provide(r *connectors.Registry) {
	connectors.Provide(r, cupReader, Coffee1900, func(w *connectors.Work) (reader, error) { return readerOf(w, newCounterReader) })
	connectors.Provide(r, cupReader, Coffee2900, func(w *connectors.Work) (reader, error) { return readerOf(w, newJournalReader) })
	connectors.Provide(r, CupImporter, Coffee1900, newCounterImporter)
	connectors.Provide(r, CupImporter, Coffee2900, newJournalImporter)
	connectors.Provide(r, SlotAdapter, Coffee, newSlots)
	pos.Provide(r)
	product.Provide(r)
	stock.Provide(r)
}

// odooComponent is who does a role for the version that the board's Odoo has. It may ask Odoo for its version.
func odooComponent[C any](ctx context.Context, d *deps, role connectors.Role[C]) (C, error) {
	w, err := d.Odoo.Work(ctx, d.Environment)
	if err != nil {
		var none C
		return none, err
	}
	return connectors.Component(w, role)
}

// work is what a component needs to work on this backend's machine.
func (b *Backend) work(m device.Machine) *connectors.Work {
	return connectors.NewWork(b.d.Environment, b.record).On(b.record, &loan{b: b, m: m})
}

func readerOf(w *connectors.Work, build func(*loan) reader) (reader, error) {
	l, err := connectors.ClientOf[*loan](w)
	if err != nil {
		return nil, err
	}
	return build(l), nil
}

// counterReader reads the 1900's counters.
type counterReader struct{ *loan }

func newCounterReader(l *loan) reader { return counterReader{l} }

func (r counterReader) read(ctx context.Context, l *look) error {
	m, ok := r.m.(device.CounterReader)
	if !ok {
		return fmt.Errorf("backend %s: its driver reads no counters", r.b.cfg.Name)
	}
	c, err := m.ReadCounters(ctx)
	if err != nil {
		return err
	}
	l.counters = &c
	return nil
}

// journalReader reads the 2900's journal.
type journalReader struct{ *loan }

func newJournalReader(l *loan) reader { return journalReader{l} }

func (r journalReader) read(ctx context.Context, l *look) error {
	return r.b.readJournal(ctx, r.m, l)
}

// cupImporter polls: it writes only where there is something new.
type cupImporter struct {
	*loan
	news func(look) (bool, error)
}

// newCounterImporter imports the cups of a 1900: differences of its counters.
func newCounterImporter(w *connectors.Work) (connectors.Importer, error) {
	l, err := connectors.ClientOf[*loan](w)
	if err != nil {
		return nil, err
	}
	return &cupImporter{loan: l, news: l.b.newCounts}, nil
}

// newJournalImporter imports the cups of a 2900: the entries of its journal. A panel
// edit is found with them.
func newJournalImporter(w *connectors.Work) (connectors.Importer, error) {
	l, err := connectors.ClientOf[*loan](w)
	if err != nil {
		return nil, err
	}
	return &cupImporter{loan: l, news: l.b.newEntries}, nil
}

// Import reads the cups since the last time, commits them with what the slots hold,
// and lets the machine forget them.
func (i *cupImporter) Import(ctx context.Context) (string, error) {
	l, err := i.b.lookAt(ctx, i.m, false)
	if err != nil {
		return "", err
	}
	news, err := i.news(l)
	if err != nil {
		return "", err
	}
	if news || len(l.slots) > 0 {
		if err := i.b.commit(ctx, l); err != nil {
			return "", err
		}
	} else if l.counters != nil && !l.journal {
		i.b.lastCounters = l.at
	}
	i.b.show(func(s *Snapshot) { s.CupsAt = l.at.Wall })
	return "", i.b.acknowledge(ctx, i.m, l)
}

// newCounts tells whether a reading of the counters says anything new.
func (b *Backend) newCounts(l look) (news bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		m, found, err := ledger.GetMachine(tx, l.id.Model, l.id.Serial)
		if err != nil {
			return err
		}
		epoch, raw := m.Epoch, m.Raw
		if n := len(m.Readings); n > 0 {
			epoch, raw = m.Readings[n-1].Epoch, m.Readings[n-1].Cups
		}
		p, _, err := pours.Get(tx, b.cfg.Name)
		news = !found || !m.Known && len(m.Readings) == 0 || epoch != l.counters.Epoch || m.Known && p.uncounted() || p.State == pourPending
		for s, n := range raw {
			news = news || l.counters.Cups[s] != n
		}
		return err
	})
	return news, err
}

// newEntries tells whether a reading of the journal says anything new.
func (b *Backend) newEntries(l look) (news bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		m, found, err := ledger.GetMachine(tx, l.id.Model, l.id.Serial)
		news = !found || m.Next == 0 || len(l.entries) > 0 || l.next < m.Next || m.Known && m.Counts == nil && l.counters != nil
		return err
	})
	return news, err
}

// Slots is the machine's slots as a BackendAdapter; their external ids are "0" and up.
type Slots struct {
	*loan
	backend connectors.Backend
}

func newSlots(w *connectors.Work) (*Slots, error) {
	l, err := connectors.ClientOf[*loan](w)
	if err != nil {
		return nil, err
	}
	return &Slots{loan: l, backend: w.Backend}, nil
}

// Backend is whose slots they are.
func (s *Slots) Backend() connectors.Backend { return s.backend }

// Search lists the external ids of all slots.
func (s *Slots) Search(ctx context.Context, _ struct{}) ([]string, error) {
	revs, err := s.m.Slots(ctx)
	ids := make([]string, len(revs))
	for i, r := range revs {
		ids[i] = strconv.Itoa(r.Number)
	}
	return ids, err
}

// Read reads what a slot holds; ErrNotInBackend where there is no such slot. "01" is no
// other name of slot 1: a record has one external id.
func (s *Slots) Read(ctx context.Context, external string) (device.Slot, error) {
	n, err := strconv.Atoi(external)
	if err != nil || n < 0 || n >= s.b.id.Slots || strconv.Itoa(n) != external {
		return device.Slot{}, fmt.Errorf("slot %q of %s: %w", external, s.backend.Name, connectors.ErrNotInBackend)
	}
	return s.m.ReadSlot(ctx, n)
}

// Write changes a slot to what to says, in name, price and enabled, from what it
// holds now. Only the slot's job calls it: it has locked the panel and committed what
// it is about to do.
func (s *Slots) Write(ctx context.Context, external string, to device.Slot) error {
	now, err := s.Read(ctx, external)
	if err != nil {
		return err
	}
	c := change(now, to)
	if c.Empty() {
		return nil
	}
	_, err = s.m.WriteSlot(ctx, now, c)
	return err
}

var (
	_ connectors.BackendAdapter[device.Slot] = (*Slots)(nil)
	_ connectors.Searcher[struct{}]          = (*Slots)(nil)
	_ connectors.Reader[device.Slot]         = (*Slots)(nil)
	_ connectors.Writer[device.Slot]         = (*Slots)(nil)
)
