package connectors

import (
	"slices"

	"crema/store"
)

// lockExternal locks the record of an external id, and finds its binding: one that
// another task made meanwhile as well.
func (t *task) lockExternal(external string) error {
	find := func() error {
		return t.w.Store.View(func(tx *store.Tx) (err error) {
			t.bound, _, err = t.binder().GetExternal(tx, external)
			return err
		})
	}
	if err := find(); err != nil {
		return err
	}
	if err := t.hold(t.bound.OdooID, external); err != nil {
		return err
	}
	if err := find(); err != nil {
		return err
	}
	return t.hold(t.bound.OdooID, external)
}

// lockOdoo locks the record of an Odoo id, and finds its binding again.
func (t *task) lockOdoo(odooID int64) error {
	if err := t.hold(odooID, t.bound.External); err != nil {
		return err
	}
	if err := t.findOdoo(odooID); err != nil {
		return err
	}
	return t.hold(odooID, t.bound.External)
}

func (t *task) findOdoo(odooID int64) error {
	return t.w.Store.View(func(tx *store.Tx) (err error) {
		t.bound, _, err = t.binder().Get(tx, odooID)
		return err
	})
}

// hold locks the record by its ids on both sides, as far as they are known. Odoo's comes
// first, so that an import and an export of one record never hold a half each. A
// *CycleError where a task that waits for this one has it.
func (t *task) hold(odooID int64, external string) error {
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
