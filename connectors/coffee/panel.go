package coffee

import (
	"context"
	"strconv"
	"time"

	"crema/connectors"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// panelEdit says what becomes of a change that somebody else made to a slot: Odoo
// wins for name and price, but a slot that a person switched off stays off until the
// checkpoint about it is reviewed.
func (b *Backend) panelEdit(tx *store.Tx, old device.Slot, h *Held) error {
	w, wanted, err := wants.Get(tx, slotKeyOf(b.cfg.Name, h.Slot.Number))
	if err != nil {
		return err
	}
	record := strconv.Itoa(h.Slot.Number)
	switch {
	case wanted && w.Enabled && old.Enabled && !h.Slot.Enabled:
		h.PanelOff = true
		if err := b.tellPerson(tx, ModelSlot, record, reasonDisabledAtPanel,
			"Slot %d (%q) was switched off at the machine. It stays off. Review this to switch it on again.", h.Slot.Number, h.Slot.Name); err != nil {
			return err
		}
	case h.PanelOff && h.Slot.Enabled:
		h.PanelOff = false
		if err := b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelSlot, record, reasonDisabledAtPanel); err != nil {
			return err
		}
	}
	if !wanted || !b.differs(*h, w) {
		return nil
	}
	_, err = b.enqueueSlot(tx, h.Slot.Number, 0)
	return err
}

// enqueueSlot asks for a slot to be made as it is wanted, now.
func (b *Backend) enqueueSlot(tx *store.Tx, slot int, parent queue.ID) (queue.ID, error) {
	return queue.Enqueue(tx, b.d.Queue, SlotKind, SlotArgs{Backend: b.cfg.Name, Slot: slot}, queue.Options{
		IdentityKey: "slot/" + b.cfg.Name + "/" + strconv.Itoa(slot), Backend: b.cfg.Name,
		Related: ModelSlot + " " + strconv.Itoa(slot), Parent: parent, PullForward: true, Channel: machineChannel(b.cfg.Name)})
}

// synced notes in the binding of a slot's drink what the machine holds now.
func (b *Backend) synced(tx *store.Tx, h Held) error {
	if h.Product == 0 {
		return nil
	}
	bound, ok, err := b.binder().Get(tx, h.Product)
	if err != nil || !ok || bound.External != strconv.Itoa(h.Slot.Number) {
		return err
	}
	bound.Synced = b.d.Clock.Now()
	if bound.Fingerprint, err = connectors.Fingerprint(struct {
		Name    string
		Price   device.Money
		Enabled bool
	}{h.Slot.Name, h.Slot.Price, h.Slot.Enabled}); err != nil {
		return err
	}
	return b.binder().Bind(tx, bound)
}

// lockWishes has the backends whose panel a person wants locked.
var lockWishes = store.NewBucket[string, bool]("coffee.lock", store.StringKey())

// SetLock keeps a person's wish that the panel be locked, or free, and does it. The
// wish holds over every restart of crema and of the machine; where the machine is away
// it is fulfilled when it comes back. The error is the store's, or the machine's; or
// device.ErrWires, where the machine is away and the wire that should lock it meanwhile can't.
func (b *Backend) SetLock(ctx context.Context, locked bool) error {
	err := b.d.Store.Update(ctx, func(tx *store.Tx) error {
		if !locked {
			return lockWishes.Delete(tx, b.cfg.Name)
		}
		return lockWishes.Put(tx, b.cfg.Name, true)
	})
	if err != nil {
		return err
	}
	b.holdAsStored()
	err = b.link.Do(ctx, device.PriorityUrgent, b.setPanel)
	if away(err) {
		return b.heldByWire(locked) // the rest is done at the next connection
	}
	return err
}

// Locked tells whether a person wants the panel locked.
func (b *Backend) Locked(tx *store.Tx) bool { return lockWishes.Has(tx, b.cfg.Name) }

// mustLock tells whether the panel must be locked now: a person wants it, a change of
// a slot is not settled, or a cup of the 1900 that crema started is not counted.
func (b *Backend) mustLock(tx *store.Tx) (bool, error) {
	if b.Locked(tx) {
		return true, nil
	}
	if p, _, err := pours.Get(tx, b.cfg.Name); err != nil || p.State == pourPending && !b.machine.Limits().BrewTokens {
		return true, err
	}
	for h := range heldSlots(tx, b.cfg.Name) {
		if h.Intent != nil {
			return true, nil
		}
	}
	return false, nil
}

// setPanel locks or frees the panel, as the store says that it must be.
func (b *Backend) setPanel(ctx context.Context, m device.Machine) error {
	var lock bool
	err := b.d.Store.View(func(tx *store.Tx) (err error) {
		lock, err = b.mustLock(tx)
		return err
	})
	if err != nil {
		return err
	}
	b.holdPanel(lock)
	if err := m.Lock(ctx, lock); err != nil {
		return err
	}
	b.lockedAt = time.Now()
	return nil
}
