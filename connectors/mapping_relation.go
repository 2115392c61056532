package connectors

import (
	"errors"
	"fmt"

	"crema/store"
)

// ExternalOf sets a relation, for an export: from the Odoo id of a record of another
// model to that record's external id in the work's backend. Without a relation, which
// is the id 0, the field is not set; where a relation that is taken away must be
// cleared, use [Computed] and [MapContext.External].
func ExternalOf[S, D any](name, model string, get func(*S) int64, set func(*D, string)) Field[S, D] {
	return Computed(name, func(c *MapContext, src *S) (string, error) {
		id := get(src)
		if id == 0 {
			return "", ErrSkipField
		}
		return c.External(model, id)
	}, set)
}

// OdooOf sets a relation, for an import: from the external id of a record of another
// model in the work's backend to that record's Odoo id. Without a relation the field is
// not set; "0" is an id like any other. Where a relation that is taken away must be
// cleared, use [Computed] and [MapContext.Odoo].
func OdooOf[S, D any](name, model string, get func(*S) (string, bool), set func(*D, int64)) Field[S, D] {
	return Computed(name, func(c *MapContext, src *S) (int64, error) {
		external, ok := get(src)
		if !ok {
			return 0, ErrSkipField
		}
		return c.Odoo(model, external)
	}, set)
}

// External is the external id of an Odoo record in the work's backend; archived
// bindings count. The error wraps ErrNotBound where it has none.
func (c *MapContext) External(model string, odooID int64) (external string, err error) {
	var found bool
	err = c.view(func(tx *store.Tx) (err error) {
		external, found, err = NewBinder(c.Work.Backend.Name, model).ToExternal(tx, odooID)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("%s %d in backend %q: %w", model, odooID, c.Work.Backend.Name, ErrNotBound)
	}
	return external, err
}

// Odoo is the Odoo id of a record of the work's backend; archived bindings count. The
// error wraps ErrNotBound where it has none.
func (c *MapContext) Odoo(model, external string) (odooID int64, err error) {
	var found bool
	err = c.view(func(tx *store.Tx) (err error) {
		odooID, found, err = NewBinder(c.Work.Backend.Name, model).ToOdoo(tx, external)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("%s %q of backend %q: %w", model, external, c.Work.Backend.Name, ErrNotBound)
	}
	return odooID, err
}

// view reads bindings.
func (c *MapContext) view(read func(*store.Tx) error) error {
	if c.Work.Environment == nil || c.Work.Store == nil {
		return errors.New("bindings can't be read: the work has no store; give its environment one")
	}
	return c.Work.Store.View(read)
}
