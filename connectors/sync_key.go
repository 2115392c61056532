package connectors

import (
	"context"
	"fmt"
	"strconv"

	"crema/store"
)

// creations counts how often a record was made anew, by its name: what was made once is
// not in it.
var creations = store.NewBucket[string, uint64]("connectors.creations", store.StringKey())

// creationKey is the key under which a record is created: the same at each try, and
// another one after [again].
func creationKey(tx *store.Tx, name string) (string, error) {
	n, _, err := creations.Get(tx, name)
	if err != nil || n == 0 {
		return name, err
	}
	return fmt.Sprintf("%s%d", name, n), nil
}

// again has a record that is gone get another key when it is created the next time, from
// a backend that remembers its keys.
func again(tx *store.Tx, name string) error {
	n, _, err := creations.Get(tx, name)
	if err != nil {
		return err
	}
	return creations.Put(tx, name, n+1)
}

// forget unbinds a record whose other half is gone, and gives its next creation another
// key.
func (t *task) forget(ctx context.Context) error {
	t.step("forget")
	t.tries = nil
	return t.w.Commit(ctx, func(tx *store.Tx) error {
		bound, found, err := t.binding(tx)
		if err != nil {
			return err
		}
		if found {
			if err := t.binder().Unbind(tx, bound.OdooID); err != nil {
				return err
			}
		}
		return again(tx, t.name())
	})
}

// odooText is an Odoo id as adapters take it.
func odooText(id int64) string { return strconv.FormatInt(id, 10) }

// odooNumber is an Odoo id as an adapter gave it.
func odooNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, fmt.Errorf("the adapter of Odoo made a record and returned %q, which is no Odoo id", text)
	}
	return id, nil
}
