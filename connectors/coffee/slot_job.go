package coffee

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// How a slot is written: not while a cup is made, which is waited for so long, looked
// at so often; and what was begun is ended within so long, even when the job is not to
// go on.
const (
	cupWait  = 2 * time.Minute
	cupLook  = 300 * time.Millisecond
	endWrite = 15 * time.Second
)

var (
	errNotAnchored = errors.New("the machine has no cursor yet: Odoo was not asked where its books stand")
	errBrewing     = errors.New("the machine is making a cup")
	errUnsettled   = errors.New("what was begun on the machine before is not settled yet")
)

// slotJob makes one slot as the catalogue wants it at this moment. Whoever buys before
// the change pays the old price for the old drink, whoever buys after it the new one:
// the panel is locked, the cups until now are committed together with the intent, and
// only then the slot is written, read back, and the panel freed.
func (b *Backend) slotJob(ctx context.Context, job *queue.Job[SlotArgs]) (queue.Done, error) {
	result := ""
	err := b.link.Do(ctx, device.PriorityUrgent, func(ctx context.Context, m device.Machine) (err error) {
		result, err = b.makeSlot(ctx, m, job.Args.Slot, job.Step)
		return err
	})
	if err != nil {
		return nil, b.machineError(job.Created, lastSlotWait, err)
	}
	job.SetResult(result)
	return nil, nil
}

// step commits for a job that is still meant to go on.
type step func(context.Context, func(*store.Tx) error) error

func (b *Backend) makeSlot(ctx context.Context, m device.Machine, slot int, commit step) (string, error) {
	if b.unsettled {
		if err := b.settle(ctx, m, false); err != nil {
			return "", err
		}
		if b.unsettled {
			return "", errUnsettled
		}
	}
	if _, ok, err := b.toDo(slot); err != nil || !ok {
		return "nothing differs", err
	}
	result := ""
	err := m.Lock(ctx, true)
	if err == nil {
		result, err = b.writeSlot(ctx, m, slot, commit)
	}
	// Whatever happened, the panel is freed, unless something was begun that is not ended. A lock that failed may have been taken all
	// the same: where the job is cancelled before the reply, say.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWrite)
	defer cancel()
	if perr := b.setPanel(end, m); perr != nil {
		b.unsettled = true
		err = errors.Join(err, fmt.Errorf("free the panel: %w", perr))
	}
	return result, err
}

// toDo tells whether the slot is to be changed, and what it is known to hold.
func (b *Backend) toDo(slot int) (h Held, differs bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		model, serial, ok := b.identity(tx)
		if !ok {
			return errNotAnchored
		}
		if m, _, err := ledger.GetMachine(tx, model, serial); err != nil || !m.Known {
			return errors.Join(err, errNotAnchored)
		}
		h, _, differs, err = b.wantNow(tx, slot)
		return err
	})
	return h, differs, err
}

// wantNow is what a slot holds and what it shall hold, as the store has them now.
func (b *Backend) wantNow(tx *store.Tx, slot int) (h Held, w Want, differs bool, err error) {
	h, known, err := getHeld(tx, b.cfg.Name, slot)
	if err != nil || !known || staleWants.Has(tx, b.cfg.Name) {
		return h, w, false, err
	}
	w, wanted, err := wants.Get(tx, slotKeyOf(b.cfg.Name, slot))
	return h, w, wanted && b.differs(h, w), err
}

// writeSlot does the work between locking and freeing the panel.
func (b *Backend) writeSlot(ctx context.Context, m device.Machine, slot int, commit step) (string, error) {
	if err := b.cupDone(ctx, m); err != nil {
		return "", err
	}
	// The slot too, as it is: somebody may have changed it since.
	l, err := b.lookAt(ctx, m, false, slot)
	if err != nil {
		return "", err
	}
	var old, next device.Slot
	write := false
	b.unsettled = true // an intent may stand from here on
	if err := commit(ctx, func(tx *store.Tx) (err error) {
		if err = b.apply(tx, l); err != nil {
			return err
		}
		old, next, write, err = b.intend(tx, l, slot)
		return err
	}); err != nil {
		return "", err
	}
	b.lookedAt(l)
	if err := b.acknowledge(ctx, m, l); err != nil {
		b.log.Debug("acknowledge the journal", "error", err) // the next poll does
	}
	if !write {
		b.unsettled = false
		return "the slot needs no write", nil
	}
	// What was begun is ended, also when the job is not to go on.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWrite)
	defer cancel()
	if _, err := m.WriteSlot(end, old, change(old, next)); err != nil {
		return "", b.writeFailed(end, m, next, err)
	}
	if err := b.settleOne(end, m, slot); err != nil {
		return "", err
	}
	if h, differs, err := b.toDo(slot); err != nil || differs {
		return "", cmp.Or(err, fmt.Errorf("slot %d holds %q at %d after it was written", slot, h.Slot.Name, h.Slot.Price.Amount))
	}
	if !next.Enabled {
		return fmt.Sprintf("slot %d (%q) is switched off", slot, next.Name), nil
	}
	return fmt.Sprintf("slot %d sells %q now", slot, next.Name), nil
}

// intend stores what is about to be written, in the commit of the cups until now. The
// slot may also need no write, only a note that its cups are another drink's from now.
func (b *Backend) intend(tx *store.Tx, l look, slot int) (old, next device.Slot, write bool, err error) {
	h, w, differs, err := b.wantNow(tx, slot)
	if err != nil || !differs {
		return old, next, false, err
	}
	m, _, err := ledger.GetMachine(tx, l.id.Model, l.id.Serial)
	if err != nil {
		return old, next, false, err
	}
	if !m.Known {
		return old, next, false, errNotAnchored
	}
	product := w.Product
	if product == 0 {
		product = h.Product
	}
	old, next = h.Slot, b.wanted(h, w)
	if write = !sameSlot(old, next); write {
		mark := ledger.Marks{Model: m.Model, Serial: m.Serial, Era: m.Era}
		if l.journal {
			mark.Number = m.Next - 1
		} else {
			mark.N = m.N[:]
		}
		h.Intent = &Intent{New: next, NewProduct: product, Mark: mark, Boot: l.id.Boot}
	} else {
		h.Product = product
		if err := b.synced(tx, h); err != nil {
			return old, next, false, err
		}
	}
	tx.OnCommit(func() { b.changed("slots") })
	return old, next, write, putHeld(tx, b.cfg.Name, h)
}

// cupDone waits until no cup is in the making; with the panel locked none is begun.
func (b *Backend) cupDone(ctx context.Context, m device.Machine) error {
	timeout := time.NewTimer(cupWait)
	defer timeout.Stop()
	for {
		s, err := m.Status(ctx)
		if err != nil {
			return err
		}
		b.showStatus(s)
		if s.State != device.StateBrewing {
			return nil
		}
		again := time.NewTimer(cupLook)
		select {
		case <-ctx.Done():
			again.Stop()
			return ctx.Err()
		case <-timeout.C:
			again.Stop()
			return errBrewing
		case <-again.C:
		}
	}
}

// settleOne reads cups and slot after a write and commits both: the content that the
// machine reports decides, not what was sent.
func (b *Backend) settleOne(ctx context.Context, m device.Machine, slot int) error {
	l, err := b.lookAt(ctx, m, false, slot)
	if err != nil {
		return err
	}
	if err := b.ripe(l); err != nil {
		return err
	}
	if err := b.commit(ctx, l); err != nil {
		return err
	}
	b.unsettled = false
	return b.acknowledge(ctx, m, l)
}

// writeFailed finds out what a failed write has left. Where the line is lost the next
// connection does.
func (b *Backend) writeFailed(ctx context.Context, m device.Machine, next device.Slot, cause error) error {
	var differs *device.RevDiffersError
	switch {
	case errors.Is(cause, device.ErrLineLost), errors.Is(cause, device.ErrNoReply), errors.Is(cause, device.ErrRestarted):
		return cause
	case errors.Is(cause, device.ErrBadArgument):
		if err := b.d.Store.Update(ctx, func(tx *store.Tx) error {
			return b.tellPerson(tx, ModelSlot, strconv.Itoa(next.Number), reasonSlotRefused,
				"The machine does not take %q at %d (%s) into slot %d: %v. Change the name or the price in Odoo.",
				next.Name, next.Price.Amount, next.Price.Currency, next.Number, cause)
		}); err != nil {
			return errors.Join(cause, err)
		}
	}
	if err := b.settleOne(ctx, m, next.Number); err != nil {
		return errors.Join(cause, err)
	}
	if errors.As(cause, &differs) {
		return queue.Snooze(cause, time.Second) // what the panel made of it is read: again
	}
	return cause
}

// lookedAt remembers a look that is committed.
func (b *Backend) lookedAt(l look) {
	if l.counters != nil && !l.journal {
		b.lastCounters = l.at
	}
}
