package connectors

import (
	"fmt"
	"iter"
	"unicode/utf8"

	"crema/store"
)

// A binding is stored once, under a number that grows, so that lists are oldest
// first and stay in place while bindings are added. Two indexes lead to it; they
// are what makes both sides unique.
var (
	bindings       = store.NewBucket[uint64, storedBinding]("connectors.bindings", store.Uint64Key())
	bindingsByOdoo = store.NewBucket[store.Triple[string, string, int64], uint64]("connectors.bindings.odoo",
		store.TripleKey(store.StringKey(), store.StringKey(), store.Int64Key()))
	bindingsByExternal = store.NewBucket[store.Triple[string, string, string], uint64]("connectors.bindings.external",
		store.TripleKey(store.StringKey(), store.StringKey(), store.StringKey()))
)

// Binder looks up and changes the bindings of one model of one backend. It holds
// nothing but the two names, and is safe for concurrent use.
type Binder struct {
	backend, model string
}

// NewBinder makes the binder of a model of a backend. It panics when one is empty.
func NewBinder(backend, model string) Binder {
	if backend == "" || model == "" {
		panic("connectors: a binder needs a backend and a model")
	}
	return Binder{backend: backend, model: model}
}

// ToExternal returns the backend's id of an Odoo record, and whether there is one;
// archived bindings count.
func (b Binder) ToExternal(tx *store.Tx, odooID int64) (string, bool, error) {
	bound, found, err := b.Get(tx, odooID)
	return bound.External, found, err
}

// ToOdoo returns the Odoo id of a backend's record, and whether there is one;
// archived bindings count.
func (b Binder) ToOdoo(tx *store.Tx, external string) (int64, bool, error) {
	bound, found, err := b.GetExternal(tx, external)
	return bound.OdooID, found, err
}

// Get returns the binding of an Odoo record, and whether there is one.
func (b Binder) Get(tx *store.Tx, odooID int64) (Binding, bool, error) {
	n, found, err := bindingsByOdoo.Get(tx, b.odooKey(odooID))
	if err != nil || !found {
		return Binding{}, false, err
	}
	return getBinding(tx, n)
}

// GetExternal returns the binding of a backend's record, and whether there is one.
func (b Binder) GetExternal(tx *store.Tx, external string) (Binding, bool, error) {
	n, found, err := bindingsByExternal.Get(tx, b.externalKey(external))
	if err != nil || !found {
		return Binding{}, false, err
	}
	return getBinding(tx, n)
}

// Bind stores a binding, or replaces the one of the same two records as a whole,
// sync date, fingerprint and archived included. Backend and Model may be left empty.
// A *BoundError when one of the two records is bound to another: unbind it first.
// Nothing is published, so an import that binds is never echoed as an export.
func (b Binder) Bind(tx *store.Tx, bound Binding) error {
	if err := b.check(&bound); err != nil {
		return err
	}
	n, found, err := bindingsByOdoo.Get(tx, b.odooKey(bound.OdooID))
	if err != nil {
		return err
	}
	m, foundExternal, err := bindingsByExternal.Get(tx, b.externalKey(bound.External))
	if err != nil {
		return err
	}
	switch {
	case found && (!foundExternal || n != m):
		return b.refuse(tx, bound, n)
	case foundExternal && !found:
		return b.refuse(tx, bound, m)
	case !found:
		if n, err = bindings.Next(tx); err != nil {
			return err
		}
		if err := bindingsByOdoo.Put(tx, b.odooKey(bound.OdooID), n); err != nil {
			return err
		}
		if err := bindingsByExternal.Put(tx, b.externalKey(bound.External), n); err != nil {
			return err
		}
	}
	return putBinding(tx, n, bound)
}

// Unbind removes the binding of an Odoo record; one that has none is left as it is.
// Both records are kept.
func (b Binder) Unbind(tx *store.Tx, odooID int64) error {
	n, found, err := bindingsByOdoo.Get(tx, b.odooKey(odooID))
	if err != nil || !found {
		return err
	}
	bound, _, err := getBinding(tx, n)
	if err != nil {
		return err
	}
	if err := bindingsByExternal.Delete(tx, b.externalKey(bound.External)); err != nil {
		return err
	}
	if err := bindingsByOdoo.Delete(tx, b.odooKey(odooID)); err != nil {
		return err
	}
	return bindings.Delete(tx, n)
}

// Archive takes the binding of an Odoo record out of use, or back into it. It stays
// bound, and is still found. ErrNotBound when there is none.
func (b Binder) Archive(tx *store.Tx, odooID int64, archived bool) error {
	n, found, err := bindingsByOdoo.Get(tx, b.odooKey(odooID))
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("archive %s %d of backend %q: %w", b.model, odooID, b.backend, ErrNotBound)
	}
	bound, _, err := getBinding(tx, n)
	if err != nil || bound.Archived == archived {
		return err
	}
	bound.Archived = archived
	return putBinding(tx, n, bound)
}

// All runs over the model's bindings by rising Odoo id, archived ones included. One
// that can't be read ends it, with its error kept by the transaction.
func (b Binder) All(tx *store.Tx) iter.Seq[Binding] {
	return func(yield func(Binding) bool) {
		// Odoo ids are 1 or more, so this is before the first.
		for k, n := range bindingsByOdoo.From(tx, b.odooKey(0)) {
			if k.A != b.backend || k.B != b.model {
				return
			}
			bound, _, err := getBinding(tx, n)
			if err != nil || !yield(bound) {
				return
			}
		}
	}
}

func (b Binder) odooKey(id int64) store.Triple[string, string, int64] {
	return store.Triple[string, string, int64]{A: b.backend, B: b.model, C: id}
}

func (b Binder) externalKey(external string) store.Triple[string, string, string] {
	return store.Triple[string, string, string]{A: b.backend, B: b.model, C: external}
}

// check fills in the binder's names and refuses what is no binding.
func (b Binder) check(bound *Binding) error {
	switch {
	case bound.Backend != "" && bound.Backend != b.backend, bound.Model != "" && bound.Model != b.model:
		return fmt.Errorf("a binding of %s of backend %q was given to the binder of %s of %q", bound.Model, bound.Backend, b.model, b.backend)
	case bound.OdooID <= 0:
		return fmt.Errorf("bind %s of backend %q: %d is no Odoo id", b.model, b.backend, bound.OdooID)
	case bound.External == "":
		return fmt.Errorf("bind %s %d of backend %q: it has no external id", b.model, bound.OdooID, b.backend)
	case !utf8.ValidString(bound.External): // JSON, in which it is stored, would make another id of it
		return fmt.Errorf("bind %s %d of backend %q: the external id %q is no UTF-8 text: encode it first", b.model, bound.OdooID, b.backend, bound.External)
	}
	bound.Backend, bound.Model = b.backend, b.model
	bound.Synced = bound.Synced.UTC()
	return nil
}

func (b Binder) refuse(tx *store.Tx, wanted Binding, n uint64) error {
	has, _, err := getBinding(tx, n)
	if err != nil {
		return err
	}
	return &BoundError{Wanted: wanted, Has: has}
}

func getBinding(tx *store.Tx, n uint64) (Binding, bool, error) {
	s, found, err := bindings.Get(tx, n)
	if err == nil && !found {
		err = fmt.Errorf("binding %d is in an index but not in the store: run `crema check`", n)
	}
	return s.whole(), found, err
}

func putBinding(tx *store.Tx, n uint64, b Binding) error {
	return bindings.Put(tx, n, storedBinding{Binding: b, Fingerprint: b.Fingerprint, Imported: b.Imported, Written: b.Written, Updated: b.Updated})
}
