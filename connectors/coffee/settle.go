package coffee

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// onConnect puts everything in order before anybody gets the machine: which one it
// is, what its slots hold, what was begun and not ended, the cups since, the lock.
func (b *Backend) onConnect(ctx context.Context, m device.Machine, id device.Identity) error {
	if err := b.d.lines.claim(id, b); err != nil {
		return err
	}
	b.id, b.connected = id, b.now()
	b.clockSet, b.unsettled, b.untested = false, true, true
	b.alarms.Connected()
	b.lastCounters = ledger.When{} // they may have been another machine's
	if err := b.d.Store.Update(ctx, func(tx *store.Tx) error { return b.attach(tx, id) }); err != nil {
		return err
	}
	if err := b.settle(ctx, m, true); err != nil && !errors.Is(err, errClockWait) && !errors.Is(err, errBrewing) {
		return err
	}
	b.readLevels(ctx, m)
	return nil
}

// settle reads what may have changed while nobody looked, and commits it: slots of
// another revision, slots with a change that was begun, cups. Until that is done the
// panel stays as locked as it is; after it the panel is as a person wants it.
func (b *Backend) settle(ctx context.Context, m device.Machine, first bool) error {
	b.unsettled = true
	begun := false
	err := b.d.Store.View(func(tx *store.Tx) (err error) {
		begun, err = b.mustLock(tx)
		return err
	})
	if err != nil {
		return err
	}
	if begun {
		// A restart of the machine freed it: nothing more may be sold while it is not clear
		// what the slots hold.
		if err := m.Lock(ctx, true); err != nil {
			return err
		}
	}
	l, err := b.lookAt(ctx, m, true)
	if err != nil {
		return err
	}
	l.first = first
	if err := b.ripe(l); err != nil {
		return err
	}
	if err := b.commit(ctx, l); errors.Is(err, errClockWait) {
		return errors.Join(err, b.setPanel(ctx, m))
	} else if err != nil {
		return err
	}
	if err := b.acknowledge(ctx, m, l); err != nil {
		return err
	}
	if err := b.setPanel(ctx, m); err != nil {
		return err
	}
	pending, err := b.pourPending()
	b.unsettled = pending
	return err
}

// readSlots reads the slots that may hold something else than crema knows, after the
// cups: a change that comes later is found with the next cups. Where a slot of the 2900
// has changed the journal is read once more, so that every entry that may be of before
// the change is in the same commit as the change.
func (b *Backend) readSlots(ctx context.Context, m device.Machine, l *look, all bool, also []int) error {
	known := map[int]Held{}
	err := b.d.Store.View(func(tx *store.Tx) error {
		for h := range heldSlots(tx, b.cfg.Name) {
			known[h.Slot.Number] = h
		}
		return nil
	})
	if err != nil {
		return err
	}
	for range 5 {
		revs, err := m.Slots(ctx)
		if err != nil {
			return err
		}
		news := false
		for _, r := range revs {
			h, ok := known[r.Number]
			if ok && h.Intent == nil && h.Slot.Rev == r.Rev && (r.Rev != 0 || !all) && !slices.Contains(also, r.Number) {
				continue
			}
			s, err := m.ReadSlot(ctx, r.Number)
			if err != nil {
				return err
			}
			news = news || !ok || s.Rev != h.Slot.Rev
			l.slots = append(l.slots, s)
			known[r.Number] = Held{Slot: s}
		}
		if !news || !l.journal {
			break
		}
		// A cup that was begun before the change is either in the making still, or in the
		// journal by now.
		if l.status, err = m.Status(ctx); err != nil {
			return err
		}
		if err := b.readJournal(ctx, m, l); err != nil {
			return err
		}
	}
	// Of a slot that was read twice the last reading counts; the rest is one edit.
	last := map[int]int{}
	for i, s := range l.slots {
		last[s.Number] = i
	}
	kept := l.slots[:0]
	for i, s := range l.slots {
		if last[s.Number] == i {
			kept = append(kept, s)
		}
	}
	l.slots = kept
	return nil
}

// ripe refuses to settle a change of a 1900's slot while it makes a cup. The panel was
// locked, so that cup means that the machine was restarted, and it may have been begun
// before the change: it must be counted first.
func (b *Backend) ripe(l look) error {
	if b.machine.Limits().Revisions || l.status.State != device.StateBrewing {
		return nil
	}
	return b.d.Store.View(func(tx *store.Tx) error {
		for h := range heldSlots(tx, b.cfg.Name) {
			if h.Intent != nil {
				return errBrewing
			}
		}
		return nil
	})
}

// attach notes which machine is on the line. Another one than before brings its own
// slots with it, and what was begun on it.
func (b *Backend) attach(tx *store.Tx, id device.Identity) error {
	before, known, err := attachments.Get(tx, b.cfg.Name)
	if err != nil {
		return err
	}
	if known && before.Model == id.Model && before.Serial == id.Serial {
		return nil
	}
	if known {
		if err := b.tellPerson(tx, ModelMachine, id.Model+"/"+id.Serial, reasonSwapped,
			"The machine of %s is %s/%s now, it was %s/%s before. Its cups are booked under its own serial number.",
			b.cfg.Name, id.Model, id.Serial, before.Model, before.Serial); err != nil {
			return err
		}
		if err := storeAway(tx, b.cfg.Name, before); err != nil {
			return err
		}
	} else if err := b.calibratedFirst(tx, id); err != nil {
		return err
	}
	for name, a := range attachments.All(tx) {
		if name != b.cfg.Name && a.Model == id.Model && a.Serial == id.Serial {
			if err := storeAway(tx, name, a); err != nil {
				return err
			}
			if err := attachments.Delete(tx, name); err != nil {
				return err
			}
		}
	}
	if err := bringBack(tx, b.cfg.Name, id); err != nil {
		return err
	}
	if err := attachments.Put(tx, b.cfg.Name, attached{Model: id.Model, Serial: id.Serial}); err != nil {
		return err
	}
	tx.OnCommit(func() { b.setSession(0, ledger.Marks{}) })
	// One without a cursor gets its catalogue with its anchor.
	if m, _, err := ledger.GetMachine(tx, id.Model, id.Serial); err != nil || !m.Known {
		return err
	}
	_, err = b.enqueueCatalogue(tx, 0)
	return err
}

// awaySlots has what was known of the slots of a machine that is attached nowhere:
// its cups since then are of what it held.
var awaySlots = store.NewBucket[slotKey, Held]("coffee.held.away", store.PairKey(store.StringKey(), store.Uint64Key()))

// What was wanted of its slots is forgotten: the catalogue says what the next machine's
// shall hold.
func storeAway(tx *store.Tx, backend string, a attached) error {
	if err := deleteOf(tx, wants, backend); err != nil {
		return fmt.Errorf("forget what the slots of %s shall hold: %w", backend, err)
	}
	for h := range heldSlots(tx, backend) {
		if err := awaySlots.Put(tx, slotKeyOf(a.Model+"/"+a.Serial, h.Slot.Number), h); err != nil {
			return fmt.Errorf("put slot %d of %s away: %w", h.Slot.Number, backend, err)
		}
		if err := helds.Delete(tx, slotKeyOf(backend, h.Slot.Number)); err != nil {
			return fmt.Errorf("put slot %d of %s away: %w", h.Slot.Number, backend, err)
		}
	}
	return nil
}

func bringBack(tx *store.Tx, backend string, id device.Identity) error {
	machine := id.Model + "/" + id.Serial
	for k, h := range awaySlots.From(tx, slotKey{A: machine}) {
		if k.A != machine {
			break
		}
		if err := putHeld(tx, backend, h); err != nil {
			return err
		}
		if err := awaySlots.Delete(tx, k); err != nil {
			return fmt.Errorf("bring slot %d of %s back: %w", k.B, machine, err)
		}
	}
	return nil
}

// pourPending tells whether a cup that crema started is not counted yet, on a machine
// whose panel is locked for it.
func (b *Backend) pourPending() (pending bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		p, _, err := pours.Get(tx, b.cfg.Name)
		pending = p.State == pourPending && !b.machine.Limits().BrewTokens
		return err
	})
	return pending, err
}
