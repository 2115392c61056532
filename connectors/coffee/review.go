package coffee

import (
	"errors"
	"fmt"
	"strconv"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/queue"
	"crema/store"
)

// knownNames are the names of enabled slots that a person has seen and left: no
// checkpoint is opened about them again.
var knownNames = store.NewBucket[slotKey, string]("coffee.known_names", store.PairKey(store.StringKey(), store.Uint64Key()))

// listen hangs on the review of each checkpoint what it sets free. It happens in
// the transaction of the review.
func (m *Machines) listen() {
	on := func(reason string, f func(*Backend, *store.Tx, connectors.Checkpoint) error) {
		m.d.Checkpoints.OnReview(reason, func(tx *store.Tx, p connectors.Checkpoint) error {
			b, err := m.Backend(tx, p.Backend)
			if errors.Is(err, connectors.ErrNoBackend) || errors.Is(err, ErrNoMachine) {
				return nil // nothing to set free
			}
			if err != nil {
				return err
			}
			return f(b, tx, p)
		})
	}
	on(reasonArchived, (*Backend).freeSlot)
	on(reasonUnknownSlot, (*Backend).leaveSlot)
	on(reasonJournalGap, (*Backend).leaveLost)
	on(reasonJournalBackwards, (*Backend).acceptBackwards)
	on(reasonClosing, (*Backend).closeAgain)
	on(reasonSession, (*Backend).endBlocker)
	on(reasonOdoo, (*Backend).tryLeft)
	on(reasonDisabledAtPanel, (*Backend).switchOnAgain)
	on(reasonReconcile, (*Backend).acceptBooks)
	on(reasonUnboundSlot, (*Backend).keepUnbound)
	for _, reason := range []string{ledger.ReasonRefused, ledger.ReasonCurrency, ledger.ReasonTax} {
		on(reason, (*Backend).tryCupAgain)
	}
	for _, reason := range []string{ledger.ReasonJump, ledger.ReasonInDoubt} {
		on(reason, (*Backend).releaseCups)
	}
}

// freeSlot takes the archived drink's binding away: the slot is free for another.
func (b *Backend) freeSlot(tx *store.Tx, p connectors.Checkpoint) error {
	slot, err := slotOf(p)
	if err != nil {
		return err
	}
	id, err := boundDrink(tx, b.cfg.Name, slot)
	if err != nil || id == 0 {
		return err
	}
	if d, ok, err := drinks.Get(tx, drinkKey{A: b.cfg.Name, B: id}); err != nil || ok && d.Active {
		return err // it is sold again
	}
	if err := b.binder().Unbind(tx, id); err != nil {
		return err
	}
	_, err = b.enqueueCatalogue(tx, 0)
	return err
}

// leaveSlot remembers that a person knows what the slot sells.
func (b *Backend) leaveSlot(tx *store.Tx, p connectors.Checkpoint) error {
	slot, err := slotOf(p)
	if err != nil {
		return err
	}
	h, ok, err := getHeld(tx, b.cfg.Name, slot)
	if err != nil || !ok {
		return err
	}
	return knownNames.Put(tx, slotKeyOf(b.cfg.Name, slot), h.Slot.Name)
}

// switchOnAgain lets the catalogue enable a slot that a person had switched off at
// the panel.
func (b *Backend) switchOnAgain(tx *store.Tx, p connectors.Checkpoint) error {
	slot, err := slotOf(p)
	if err != nil {
		return err
	}
	h, ok, err := getHeld(tx, b.cfg.Name, slot)
	if err != nil || !ok {
		return err
	}
	h.PanelOff = false
	if err := putHeld(tx, b.cfg.Name, h); err != nil {
		return err
	}
	_, err = b.enqueueSlot(tx, slot, 0)
	return err
}

// tryCupAgain releases the one cup that the checkpoint is about. One that is booked by
// now, or dismissed, or set aside for another reason, has nothing to wait for here.
func (b *Backend) tryCupAgain(tx *store.Tx, p connectors.Checkpoint) error {
	if p.Model != ModelCup {
		return nil
	}
	seq, err := strconv.ParseUint(p.Record, 10, 64)
	if err != nil {
		return fmt.Errorf("checkpoint %d names the cup %q: %w", p.ID, p.Record, err)
	}
	c, err := ledger.Get(tx, seq)
	if errors.Is(err, ledger.ErrUnknownCup) || err == nil && (c.State != ledger.Parked || c.Reason != p.Reason) {
		return nil
	}
	if err != nil {
		return err
	}
	tx.OnCommit(b.forgetShop) // what was in the way may have been mended in Odoo
	return b.release(tx, []ledger.Cup{c})
}

// releaseCups lets every cup be booked that was set aside for the checkpoint's reason, in
// the slot that it is about, if it is about one.
func (b *Backend) releaseCups(tx *store.Tx, p connectors.Checkpoint) error {
	return b.release(tx, b.concerned(tx, p))
}

// release lets cups be booked. Those that have no drink wait for theirs.
func (b *Backend) release(tx *store.Tx, cups []ledger.Cup) error {
	unbound := map[soldAs]bool{}
	for _, c := range cups {
		if c.Product != 0 {
			if err := ledger.Release(tx, c.Seq); err != nil {
				return err
			}
			continue
		}
		if err := ledger.Park(tx, c.Seq, ledger.ReasonUnbound); err != nil {
			return err
		}
		unbound[soldAs{c.Slot, c.SlotName}] = true
	}
	if err := b.tellUnbound(tx, unbound); err != nil {
		return err
	}
	if len(unbound) > 0 {
		if err := b.giveDrinks(tx, 0); err != nil {
			return err
		}
	}
	_, err := b.enqueueSales(tx, 0)
	return err
}

// giveDrinks gives the cups of unbound slots their drink, where one is known now
// whose fitted name is the name that the slot had, and closes what was open about it.
// parent waits for their booking.
func (b *Backend) giveDrinks(tx *store.Tx, parent queue.ID) error {
	byName := map[string][]Drink{}
	for d := range drinksOf(tx, b.cfg.Name) {
		byName[d.Fitted] = append(byName[d.Fitted], d)
	}
	known := map[string]int64{}
	for name, list := range byName {
		id, err := oneOf(tx, b.cfg.Name, list)
		if err != nil {
			return err
		}
		if name != "" && id != 0 {
			known[name] = id
		}
	}
	var found []ledger.Cup
	given := map[soldAs]bool{}
	for c := range ledger.ParkedCups(tx, b.cfg.Name) {
		if c.Reason != ledger.ReasonUnbound {
			continue
		}
		if id, ok := known[c.SlotName]; ok {
			c.Product, c.State, c.Reason = id, ledger.Seen, ""
			found, given[soldAs{c.Slot, c.SlotName}] = append(found, c), true
		}
	}
	for _, c := range found {
		if err := ledger.Update(tx, c); err != nil {
			return err
		}
	}
	for _, s := range inOrder(given) {
		if err := b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelSlot, s.record(), reasonUnboundSlot); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return nil
	}
	_, err := b.enqueueSales(tx, parent)
	return err
}

func slotOf(p connectors.Checkpoint) (int, error) {
	n, err := strconv.Atoi(p.Record)
	if err != nil {
		return 0, fmt.Errorf("checkpoint %d names the slot %q: %w", p.ID, p.Record, err)
	}
	return n, nil
}
