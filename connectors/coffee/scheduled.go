package coffee

import (
	"context"

	"crema/connectors/coffee/ledger"
	"crema/store"
)

// scheduled are what the schedules of flows ask before they start one: most of their hours
// find nothing to do, and each job that finds nothing wears the card with two commits. What
// the others would find is not known without doing it.
var scheduled = map[string]func(*Backend, context.Context) (bool, error){
	"catalogue": (*Backend).catalogueWritten,
	"sales":     (*Backend).salesWait,
	"alarms":    func(b *Backend, _ context.Context) (bool, error) { return b.alarms.Untold() },
}

// catalogueWritten tells whether there is something to read: it is time to read all again,
// a product was written in Odoo, or a slot is not as it shall be.
func (b *Backend) catalogueWritten(ctx context.Context) (written bool, err error) {
	var r *reading
	err = b.d.Store.View(func(tx *store.Tx) error {
		if r, err = b.beginReading(tx); err != nil {
			return err
		}
		for h := range heldSlots(tx, b.cfg.Name) {
			_, _, differs, err := b.wantNow(tx, h.Slot.Number)
			if written = written || differs; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || written || r.all {
		return true, err
	}
	if r.pricelist != 0 {
		if written, err = r.rulesWritten(ctx); err != nil || written {
			return true, err
		}
	}
	err = r.readChanges(ctx)
	return r.found > 0, err
}

// salesWait tells whether there is something to book: a cup, a note or a session that is to
// be closed; or where a booking that finds nothing ends a trouble that a person still sees.
func (b *Backend) salesWait(context.Context) (wait bool, err error) {
	owed, asked, err := b.duties()
	if err != nil || owed || asked || !b.closingDue().IsZero() {
		return true, err
	}
	err = b.d.Store.View(func(tx *store.Tx) error {
		model, serial, ok := b.identity(tx)
		if !ok {
			return nil // no machine was ever there
		}
		m, found, err := ledger.GetMachine(tx, model, serial)
		if err != nil {
			return err
		}
		cups, err := ledger.Bookable(tx, b.cfg.Name, 1)
		wait = found && !m.Known || len(cups) > 0 || b.toldOfSales(tx)
		return err
	})
	return wait, err
}

// toldOfSales tells whether a checkpoint about the bookings is open that a booking closes.
func (b *Backend) toldOfSales(tx *store.Tx) bool {
	open := func(record, reason string) bool {
		return b.d.Checkpoints.IsOpen(tx, b.cfg.Name, ModelOdoo, record, reason)
	}
	told := open(b.cfg.POS, reasonSession) || open(b.troubled("sales"), reasonOdoo) || open(b.troubled(keyTrouble), reasonOdoo)
	for _, kind := range kindsOfPayment {
		told = told || open(b.ofPayment(kind), reasonOdoo)
	}
	return told
}
