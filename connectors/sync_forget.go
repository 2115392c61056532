package connectors

import "crema/store"

// forgetSync removes what synchronizers keep of a backend.
func forgetSync(tx *store.Tx, backend string) error {
	for _, d := range []direction{importing, exporting} {
		for name := range creations.Prefix(tx, []byte(recordName(d, backend))) {
			if err := creations.Delete(tx, name); err != nil {
				return err
			}
		}
		for name := range announced.Prefix(tx, []byte(recordName(d, backend))) {
			if err := announced.Delete(tx, name); err != nil {
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
