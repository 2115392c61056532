package connectors

import (
	"cmp"
	"slices"

	"crema/store"
)

// lock locks the record, and looks at it again, since another task may have bound it
// meanwhile. It waits for what was announced in the other direction: see [task.announce].
func (t *task) lock() error {
	if err := t.hold(); err != nil {
		return err
	}
	wait, err := t.look()
	if err != nil {
		return err
	}
	if wait != nil {
		return wait
	}
	return t.hold()
}

// lookAndLock is look, then lock: who has the binding has both ids to lock.
func (t *task) lookAndLock() error {
	if _, err := t.look(); err != nil {
		return err
	}
	return t.lock()
}

// look finds the record's binding, and what was announced.
func (t *task) look() (wait *LockedError, err error) {
	err = t.w.Store.View(func(tx *store.Tx) (err error) {
		if t.bound, _, err = t.binding(tx); err == nil {
			wait, err = t.findAnnouncements(tx)
		}
		return err
	})
	return wait, err
}

// binding is the record's binding, as it is stored now.
func (t *task) binding(tx *store.Tx) (Binding, bool, error) {
	if t.direction == exporting {
		return t.binder().Get(tx, t.odooID)
	}
	return t.binder().GetExternal(tx, t.external)
}

// hold locks the record by its ids on both sides, as far as they are known. Odoo's comes
// first, so that an import and an export of one record never hold a half each. A
// *CycleError where a task that waits for this one has it.
func (t *task) hold() error {
	odooID, external := max(t.odooID, t.bound.OdooID), cmp.Or(t.external, t.bound.External)
	var names []string
	if odooID != 0 {
		names = append(names, ExportKey(t.w.Backend.Name, t.model, odooID))
	}
	if external != "" {
		names = append(names, ImportKey(t.w.Backend.Name, t.model, external))
	}
	for _, name := range names {
		if slices.Contains(t.held, name) {
			continue
		}
		unlock, err := t.w.Lock(name)
		if a[*LockedError](err) {
			if chain := t.circle(name); chain != nil {
				return &CycleError{Chain: chain}
			}
		}
		if err != nil {
			return err
		}
		t.held, t.free = append(t.held, name), append(t.free, unlock)
	}
	return nil
}

// circle lists the tasks from the one that holds a name to this one; nil: none of them
// does.
func (t *task) circle(name string) []string {
	chain := []string{t.String()}
	for p := t.parent; p != nil; p = p.parent {
		chain = append(chain, p.String())
		if slices.Contains(p.held, name) {
			slices.Reverse(chain)
			return chain
		}
	}
	return nil
}
