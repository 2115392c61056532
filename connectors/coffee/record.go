package coffee

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"crema/connectors"
	"crema/connectors/coffee/alarms"
	"crema/connectors/coffee/busy"
	"crema/connectors/coffee/ledger"
	"crema/connectors/coffee/stock"
	"crema/store"
)

// reasonLeft is the checkpoint of a backend that was switched off with cups to book.
const reasonLeft = "backend_left"

// prepare settles what a restored store left open, before anything runs, and says which
// machines are switched off, or gone, with cups that are not booked.
func (m *Machines) prepare(tx *store.Tx, records []connectors.Backend) error {
	on := map[string]bool{}
	for _, r := range records {
		on[r.Name] = r.State != connectors.Off
	}
	if err := m.settleRestoration(tx, slices.Sorted(maps.Keys(on))); err != nil {
		return fmt.Errorf("settle what the restored store has left open: %w", err)
	}
	open := ledger.Open(tx)
	for _, name := range slices.Sorted(maps.Keys(open)) {
		if on[name] {
			continue
		}
		if _, err := m.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
			Backend: name, Model: connectors.ModelBackend, Record: name, Reason: reasonLeft, Message: fmt.Sprintf(
				"%s not booked of the backend %q, which is switched off, or in the configuration no longer: put it back under this name until they are.", connectors.Counted(open[name], "cup is", "cups are"), name)}); err != nil {
			return err
		}
	}
	for _, r := range records {
		if !on[r.Name] {
			continue
		}
		if err := m.d.Checkpoints.ResolveCheckpoint(tx, r.Name, connectors.ModelBackend, r.Name, reasonLeft); err != nil {
			return err
		}
	}
	return nil
}

// passed is the commit of a good test, or of the way to production: then the flows begin.
func (m *Machines) passed(tx *store.Tx, record connectors.Backend) error {
	b, err := m.of(record)
	if err != nil {
		return err
	}
	if err := b.odooWorks(tx, "sales", "catalogue", "anchor", "reconcile", "stock"); err != nil {
		return err
	}
	tx.OnCommit(func() { b.tested.Store(true) })
	if record.State != connectors.Production {
		return nil
	}
	for _, flow := range []string{"catalogue", "sales"} {
		if _, err := b.enqueueFlow(tx, flow, true); err != nil {
			return err
		}
	}
	return nil
}

// deleted removes what is kept of a backend; its cups stay in the ledger. One with cups
// that are not booked is kept.
func (m *Machines) deleted(tx *store.Tx, record connectors.Backend) error {
	name := record.Name
	if n := ledger.Open(tx)[name]; n > 0 {
		return fmt.Errorf("%s not booked: switch it on until they are", connectors.Counted(n, "of its cups is", "of its cups are"))
	}
	tx.OnCommit(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.made, name)
	})
	return errors.Join(
		alarms.Forget(tx, name, attachedName(tx, name)), busy.Forget(tx, name),
		attachments.Delete(tx, name), lockWishes.Delete(tx, name), pours.Delete(tx, name), calibrations.Delete(tx, name), keptWaters.Delete(tx, name), salesStates.Delete(tx, name),
		shops.Delete(tx, name), stock.Forget(tx, name), staleWants.Delete(tx, name), catalogueStates.Delete(tx, name), catalogueCursor(name).Forget(tx),
		blockers.Delete(tx, name), unclosed.Delete(tx, name), notesOwed.Delete(tx, name),
		deleteOf(tx, helds, name), deleteOf(tx, awaySlots, name), deleteOf(tx, wants, name), deleteOf(tx, knownNames, name),
		deleteOf(tx, drinks, name), deleteOf(tx, lastRuns, name), deleteOf(tx, lostCups, name))
}

// deleteOf deletes a backend's part of a bucket.
func deleteOf[B, V any](tx *store.Tx, bucket store.Bucket[store.Pair[string, B], V], backend string) error {
	for k := range bucket.Prefix(tx, store.Leading(store.StringKey(), backend)) {
		if err := bucket.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}
