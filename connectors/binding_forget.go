package connectors

import (
	"iter"

	"crema/store"
)

// ForgetOdoo removes the bindings that an Odoo record has in all backends, archived ones as well, and
// returns them by the backends' names: whoever tells that the record was deleted in Odoo enqueues, in
// the same transaction, the deletes that the backends need, with the external ids of these. A record
// without bindings is none. It costs two looks for each backend that has bindings, however many they are.
func ForgetOdoo(tx *store.Tx, model string, odooID int64) ([]Binding, error) {
	var gone []Binding
	for backend := range boundBackends(tx) {
		b := Binder{backend: backend, model: model}
		bound, found, err := b.Get(tx, odooID)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		if err := b.Unbind(tx, odooID); err != nil {
			return nil, err
		}
		gone = append(gone, bound)
	}
	return gone, nil
}

// HasBindings reports whether a backend has any binding, archived ones count. It costs the same however
// many there are: a backend that has some must not be deleted.
func HasBindings(tx *store.Tx, backend string) (bool, error) {
	for _, n := range bindingsByOdoo.Prefix(tx, store.Leading(store.StringKey(), backend)) {
		_, found, err := getBinding(tx, n)
		return found, err
	}
	return false, nil
}

// boundBackends gives the names of the backends that have bindings, in order. It leaps from one to the
// next, whatever lies between.
func boundBackends(tx *store.Tx) iter.Seq[string] {
	return func(yield func(string) bool) {
		from := store.Triple[string, string, int64]{}
		for found := true; found; {
			found = false
			for k := range bindingsByOdoo.From(tx, from) {
				// No name lies between a name and the same with a zero byte behind it.
				found, from.A = true, k.A+"\x00"
				if !yield(k.A) {
					return
				}
				break
			}
		}
	}
}
