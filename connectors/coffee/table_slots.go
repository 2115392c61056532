package coffee

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"crema/connectors"
	"crema/connectors/table"
	"crema/store"
)

// CheckBinding is what the table of all bindings asks: those of drinks decide what a machine
// sells, so they are changed as the table slots does it.
func (m *Machines) CheckBinding(tx *store.Tx, b connectors.Binding) error {
	if _, err := m.Backend(tx, b.Backend); err == nil && b.Model == ModelProduct {
		return &table.RecordError{Column: "model", Wrong: fmt.Sprintf("%q is a machine", b.Backend), Fix: "bind its drinks by a file of the table slots"}
	}
	return nil
}

// Slots is the table of which drink is in which slot. What an import binds the next run of
// the catalogue, which it asks for, writes to the machine; a slot that its drink leaves is
// switched off, unless another one comes.
func (m *Machines) Slots() table.Table {
	return table.Table{
		Name: "slots", Text: "Which drink is in which slot of a machine",
		Columns: []table.Column{
			{Name: "backend", Help: "name of the machine", Example: "kitchen", Required: true},
			{Name: "slot", Help: "number of the slot, from 0", Example: "0", Required: true},
			{Name: "default_code", Help: "the drink’s code in Odoo; empty where the slot is free", Example: "ESPRESSO"},
			{Name: "drink", Help: "the drink’s name in Odoo", Shown: true},
			{Name: "name", Help: "the name that the machine shows", Shown: true},
			{Name: "price", Help: "what the machine takes", Shown: true},
			{Name: "currency", Help: "of the price", Shown: true},
			{Name: "enabled", Help: "whether the slot sells", Shown: true},
		},
		Filters: []table.Column{{Name: "backend", Help: "of this machine", Example: "kitchen"}},
		Import:  m.importSlot,
		Export: func(_ context.Context, f table.Filter) (iter.Seq2[[]string, error], error) {
			backends, err := m.filtered(f)
			return func(yield func([]string, error) bool) { listSlots(backends, yield) }, err
		},
	}
}

// filtered are the machines that an export is of.
func (m *Machines) filtered(f table.Filter) ([]*Backend, error) {
	if f["backend"] == "" {
		return m.all()
	}
	b, err := m.named(f["backend"])
	if err != nil {
		return nil, &table.FileError{Wrong: err.Error()}
	}
	return []*Backend{b}, nil
}

// importSlot binds a drink to a slot, and moves what is in the way.
func (m *Machines) importSlot(tx *store.Tx, r table.Record) (bool, error) {
	b, err := m.Backend(tx, r.Text("backend"))
	if err != nil {
		return false, noMachine(err)
	}
	slot, err := b.importedSlot(tx, r)
	if err != nil {
		return false, err
	}
	before, err := boundDrink(tx, b.cfg.Name, slot)
	if err != nil {
		return false, err
	}
	if r.Text("default_code") == "" {
		if before != 0 {
			return false, &table.RecordError{Column: "default_code", Wrong: "it is empty, and the slot has a drink", Fix: "write which; one that is sold no longer is archived in Odoo"}
		}
		return false, nil
	}
	d, err := b.importedDrink(tx, r.Text("default_code"))
	if err != nil || before == d.Product {
		return false, err
	}
	if err := b.configuredSlot(d.Code, slot); err != nil {
		return false, err
	}
	if before != 0 {
		if err := b.binder().Unbind(tx, before); err != nil {
			return false, err
		}
	}
	if err := b.leave(tx, d.Product); err != nil {
		return false, err
	}
	if err := b.binder().Bind(tx, connectors.Binding{OdooID: d.Product, External: strconv.Itoa(slot)}); err != nil {
		return false, err
	}
	_, err = b.enqueueCatalogue(tx, 0)
	return true, err
}

// noMachine has a record refused for its backend, where that is what is wrong.
func noMachine(err error) error {
	if errors.Is(err, connectors.ErrNoBackend) || errors.Is(err, ErrNoMachine) {
		return &table.RecordError{Column: "backend", Wrong: err.Error()}
	}
	return err
}

// importedSlot is a slot that the machine has.
func (b *Backend) importedSlot(tx *store.Tx, r table.Record) (int, error) {
	n, err := r.Int("slot", 0)
	if err != nil {
		return 0, err
	}
	slots := 0
	for range heldSlots(tx, b.cfg.Name) {
		slots++
	}
	switch {
	case slots == 0:
		return 0, &table.RecordError{Column: "backend", Wrong: fmt.Sprintf("the slots of %s were never read", b.cfg.Name), Fix: "import this again when the machine was connected once"}
	case n >= int64(slots):
		return 0, &table.RecordError{Column: "slot", Wrong: fmt.Sprintf("%s has no slot %d", b.cfg.Name, n), Fix: fmt.Sprintf("it has the slots 0 to %d", slots-1)}
	}
	return int(n), nil
}

// importedDrink is the one drink with a code that is sold.
func (b *Backend) importedDrink(tx *store.Tx, code string) (Drink, error) {
	var found []Drink
	for d := range drinksOf(tx, b.cfg.Name) {
		if d.Code == code && d.Active {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Drink{}, &table.RecordError{Column: "default_code", Wrong: fmt.Sprintf("%s sells no drink with the code %q", b.cfg.Name, code),
			Fix: "look for it in Odoo, in the machine's POS category; what was changed there is known after the next run of the catalogue"}
	}
	var names []string
	for _, d := range found {
		names = append(names, fmt.Sprintf("%q (%d)", d.Name, d.Product))
	}
	return Drink{}, &table.RecordError{Column: "default_code", Wrong: "several drinks have this code: " + strings.Join(names, ", "), Fix: "give each its own in Odoo"}
}

// configuredSlot refuses what the configuration says otherwise: it goes before.
func (b *Backend) configuredSlot(code string, slot int) error {
	for named, at := range b.cfg.Slots {
		if (named == code) != (at == strconv.Itoa(slot)) {
			return &table.RecordError{Column: "slot", Wrong: fmt.Sprintf("the configuration of %s puts %q into slot %s", b.cfg.Name, named, at), Fix: "change `slots` there"}
		}
	}
	return nil
}

// leave takes a drink out of its slot, and has the catalogue switch that off.
func (b *Backend) leave(tx *store.Tx, product int64) error {
	text, found, err := b.binder().ToExternal(tx, product)
	if err != nil || !found {
		return err
	}
	slot, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("binding of product %d to slot %q: %w", product, text, err)
	}
	if err := b.binder().Unbind(tx, product); err != nil {
		return err
	}
	h, ok, err := getHeld(tx, b.cfg.Name, slot)
	if err != nil || !ok {
		return err
	}
	return wants.Put(tx, slotKeyOf(b.cfg.Name, slot), Want{Name: h.Slot.Name, Price: h.Slot.Price})
}

// listSlots gives what is known of the slots; a machine has few.
func listSlots(backends []*Backend, yield func([]string, error) bool) {
	for _, b := range backends {
		var rows [][]string
		err := b.d.Store.View(func(tx *store.Tx) error {
			currency, digits, err := b.currency(tx)
			if err != nil {
				return err
			}
			for h := range heldSlots(tx, b.cfg.Name) {
				id, err := boundDrink(tx, b.cfg.Name, h.Slot.Number)
				if err != nil {
					return err
				}
				d, _, err := drinks.Get(tx, drinkKey{A: b.cfg.Name, B: id})
				if err != nil {
					return err
				}
				rows = append(rows, []string{b.cfg.Name, strconv.Itoa(h.Slot.Number), d.Code, d.Name, h.Slot.Name, amount(h.Slot.Price, digits),
					cmp.Or(h.Slot.Price.Currency, currency), strconv.FormatBool(h.Slot.Enabled)}) // the 1900 tells no currency
			}
			return nil
		})
		if err != nil {
			yield(nil, err)
			return
		}
		for _, cells := range rows {
			if !yield(cells, nil) {
				return
			}
		}
	}
}
