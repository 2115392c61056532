package connectors

import (
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

// key is creationKey in a view of its own.
func (t *task) key(name string) (key string, err error) {
	err = t.w.Store.View(func(tx *store.Tx) (err error) {
		key, err = creationKey(tx, name)
		return err
	})
	return key, err
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

// forgetSync removes what synchronizers keep of a backend.
func forgetSync(tx *store.Tx, backend string) error {
	for _, d := range []direction{importing, exporting} {
		for name := range creations.Prefix(tx, []byte(recordName(d, backend))) {
			if err := creations.Delete(tx, name); err != nil {
				return err
			}
		}
	}
	for k := range cursors.Prefix(tx, store.Leading(store.StringKey(), backend)) {
		if err := cursors.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
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
