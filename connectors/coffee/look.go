package coffee

import (
	"context"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// look is what one look at the machine brought. It is read first, without a
// transaction, and applied in one commit: the cups, the cursor, what the slots hold,
// and the job that books them.
type look struct {
	at    ledger.When
	id    device.Identity
	first bool // the first one of a connection

	slots    []device.Slot    // read afresh, in this order: cups, then slots
	status   device.Status    // read before the cups
	counters *device.Counters // the 1900's; of the 2900 only where entries were lost
	journal  bool             // entries and next are filled in
	entries  []device.Entry
	next     uint64
}

// now is the present moment.
func (b *Backend) now() ledger.When {
	c := b.d.Clock
	return ledger.When{Wall: c.Now().UTC(), Trust: c.TrustName(), Board: c.Board(), Boot: c.BootID()}
}

// newLook begins a look at the connected machine.
func (b *Backend) newLook() look { return look{at: b.now(), id: b.id} }

// commit applies a look, and more in the same commit.
func (b *Backend) commit(ctx context.Context, l look, more ...func(*store.Tx) error) error {
	err := b.d.Store.Update(ctx, func(tx *store.Tx) error {
		if err := b.apply(tx, l); err != nil {
			return err
		}
		for _, f := range more {
			if err := f(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && l.counters != nil && !l.journal {
		b.lastCounters = l.at
	}
	return err
}

// apply turns a look into cups. It may run more than once for the same look, and
// trusts the store alone: what was applied before adds nothing.
func (b *Backend) apply(tx *store.Tx, l look) error {
	m, found, err := ledger.GetMachine(tx, l.id.Model, l.id.Serial)
	if err != nil {
		return err
	}
	if !found {
		m = ledger.Machine{Model: l.id.Model, Serial: l.id.Serial}
	}
	in := &intake{b: b, tx: tx, m: m, at: l.at}
	if in.slots, err = b.settleSlots(tx, l); err != nil {
		return err
	}
	if l.first || !found {
		if err := in.attach(found); err != nil {
			return err
		}
	}
	switch {
	case l.journal:
		err = in.journal(l)
	case l.counters != nil:
		err = in.counters(l)
	}
	if err != nil {
		return err
	}
	return in.finish()
}

// attach notes where the machine is, and asks Odoo for the anchor of one without a
// cursor.
func (in *intake) attach(found bool) error {
	if !found || in.m.Backend != in.b.cfg.Name {
		in.m.Backend, in.dirty = in.b.cfg.Name, true
	}
	if in.m.Known {
		return nil
	}
	return in.b.enqueueAnchor(in.tx, in.m.Model, in.m.Serial, 0)
}

// settleSlots puts what was read of the slots beside what crema knew, and returns
// what the cups since then may have been made of. A pending change is decided by what
// the slot holds now.
func (b *Backend) settleSlots(tx *store.Tx, l look) (map[int]candidates, error) {
	out := map[int]candidates{}
	for _, fresh := range l.slots {
		old, known, err := getHeld(tx, b.cfg.Name, fresh.Number)
		if err != nil {
			return nil, err
		}
		c, h, err := b.settleSlot(tx, l, old, known, fresh)
		if err != nil {
			return nil, err
		}
		out[fresh.Number] = c
		if known && h.Slot == old.Slot && h.Product == old.Product && h.PanelOff == old.PanelOff && old.Intent == nil {
			continue
		}
		if err := putHeld(tx, b.cfg.Name, h); err != nil {
			return nil, err
		}
		if known {
			if err := b.slotWritten(tx, l.at, old, h); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (b *Backend) settleSlot(tx *store.Tx, l look, old Held, known bool, fresh device.Slot) (candidates, Held, error) {
	h := Held{Slot: fresh, Product: old.Product, PanelOff: old.PanelOff}
	if !known {
		now, err := b.contentOf(tx, fresh, 0)
		h.Product = now.product
		return only(now), h, err
	}
	was, err := b.contentOf(tx, old.Slot, old.Product)
	if err != nil {
		return candidates{}, h, err
	}
	i, several := old.Intent, fresh.Rev > old.Slot.Rev+1
	written := i != nil && sameSlot(fresh, i.New)
	if written {
		h.Product = i.NewProduct
		if err := b.synced(tx, h); err != nil {
			return candidates{}, h, err
		}
	}
	switch {
	case sameSlot(fresh, old.Slot) && !several:
		// Nothing was written. A write that had been begun never reached the machine.
		h.Product, h.Before = was.product, old.Before
		c, err := b.stillBefore(tx, h.Before, only(was))
		return c, h, err
	case written && i.Boot != 0 && i.Boot == l.id.Boot:
		// The panel was locked from the mark until now: all cups since are the new one's.
		return only(content{product: h.Product, name: fresh.Name, price: fresh.Price}), h, nil
	case written && !several:
		// The machine was powered up since, or does not tell: it may have sold before the
		// write. Cups there are only if it was (the panel was locked).
		return candidates{of: []content{was, {product: h.Product, name: fresh.Name, price: fresh.Price}}}, h, nil
	}
	// Somebody else changed it: a person at the panel, or another program. It may have been
	// changed back, to what it was or to what crema wrote.
	if !written && fresh.Name != old.Slot.Name {
		h.Product = 0
	}
	now, err := b.contentOf(tx, fresh, h.Product)
	if err != nil {
		return candidates{}, h, err
	}
	h.Product = now.product
	all := candidates{of: []content{was, now}, several: several}
	if i != nil {
		all.of = []content{was, {product: i.NewProduct, name: i.New.Name, price: i.New.Price}, now}
	}
	if all, err = b.stillBefore(tx, old.Before, all); err != nil {
		return all, h, err
	}
	if l.journal && l.status.State == device.StateBrewing {
		e := old.Before
		if e != nil && e.Until < l.next {
			e = nil // another cup is in the making by now
		}
		h.Before = &Before{Slot: old.Slot, Product: was.product, Until: l.next, Several: several, Before: e}
		if i != nil {
			h.Before = &Before{Slot: i.New, Product: i.NewProduct, Until: l.next, Several: several, Before: h.Before}
		}
	}
	if written {
		return all, h, nil
	}
	return all, h, b.panelEdit(tx, old.Slot, &h)
}

// content finds what a cup of a slot was made of; see candidates.pick.
func (in *intake) content(slot int, number uint64, price *device.Money) (content, bool, error) {
	c, fresh := in.slots[slot]
	if !fresh {
		h, known, err := getHeld(in.tx, in.b.cfg.Name, slot)
		if err != nil || !known {
			return content{}, true, err
		}
		one, err := in.b.contentOf(in.tx, h.Slot, h.Product)
		if err != nil {
			return content{}, true, err
		}
		if c, err = in.b.stillBefore(in.tx, h.Before, only(one)); err != nil {
			return content{}, true, err
		}
		in.slots[slot] = c
	}
	chosen, certain := c.pick(number, price)
	return chosen, certain, nil
}
