package secret

import (
	"errors"
	"fmt"
	"iter"

	"crema/store"
)

var errNoName = errors.New("a secret needs a name")

// secrets holds sealed values by name.
var secrets = store.NewBucket[string, []byte]("secrets", store.StringKey())

// Vault keeps sealed values by name in the store. It is safe for concurrent use
// with different transactions.
type Vault struct{ Box *Box }

// Put seals value under name, in place of what was there. An empty value is one too.
func (v Vault) Put(tx *store.Tx, name string, value []byte) error {
	if name == "" {
		return errNoName
	}
	sealed, err := v.Box.Seal(value, bound(name))
	if err != nil {
		return fmt.Errorf("secret %q: %w", name, err)
	}
	return secrets.Put(tx, name, sealed)
}

// Get opens the value under name, and says whether there is one. ErrTampered, and
// ErrOtherKey, mean that there is one which this key does not open.
func (v Vault) Get(tx *store.Tx, name string) ([]byte, bool, error) {
	sealed, ok, err := secrets.Get(tx, name)
	if err != nil || !ok {
		return nil, false, err
	}
	plain, err := v.Box.Open(sealed, bound(name))
	if err != nil {
		return nil, true, fmt.Errorf("secret %q: %w", name, err)
	}
	return plain, true, nil
}

// Delete takes name out; that it is absent is no error. The sealed bytes may stay in
// free pages of the file until these are used again.
func (v Vault) Delete(tx *store.Tx, name string) error { return secrets.Delete(tx, name) }

// Names gives all names in order; they are not secret.
func (v Vault) Names(tx *store.Tx) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range secrets.All(tx) {
			if !yield(name) {
				return
			}
		}
	}
}

// bound is the context of a name, apart from any other use of the Box.
func bound(name string) []byte { return append([]byte("crema secret\x00"), name...) }
