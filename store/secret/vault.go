package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"crema/store"
)

// ErrMissing means that a secret is neither sealed nor given; it is an fs.ErrNotExist.
var ErrMissing error = missing{}

type missing struct{}

func (missing) Error() string { return "it was never entered" }
func (missing) Unwrap() error { return fs.ErrNotExist }

var errNoName = errors.New("a secret needs a name")

// secrets holds sealed values by name.
var secrets = store.NewBucket[string, []byte]("secrets", store.StringKey())

// Vault keeps sealed values by name in a store. It is safe for concurrent use.
type Vault struct {
	store *store.Store
	keys  *Keys
}

// NewVault keeps secrets in s, sealed with keys.
func NewVault(s *store.Store, keys *Keys) *Vault { return &Vault{s, keys} }

// Name is the name of a backend's secret setting in the vault.
func Name(backend, setting string) string { return "backend/" + backend + "/" + setting }

// Put seals value under name, in place of what was there. An empty value is one too.
func (v *Vault) Put(tx *store.Tx, name string, value []byte) error {
	if name == "" {
		return errNoName
	}
	return secrets.Put(tx, name, v.keys.seal(value, bound(name)))
}

// Get opens the value under name, and says whether there is one. ErrTampered, and
// ErrOtherKey, mean that there is one which no key of the vault opens.
func (v *Vault) Get(tx *store.Tx, name string) ([]byte, bool, error) {
	sealed, ok, err := secrets.Get(tx, name)
	if err != nil || !ok {
		return nil, false, err
	}
	plain, _, err := v.keys.open(sealed, bound(name))
	if err != nil {
		return nil, true, fmt.Errorf("secret %q: %w", name, err)
	}
	return plain, true, nil
}

// Secret opens the secret setting of a backend, in a view of its own: never call it
// inside a transaction. Without one it is ErrMissing, and the error says where to enter
// it.
func (v *Vault) Secret(backend, setting string) (string, error) {
	var value []byte
	err := v.store.View(func(tx *store.Tx) error {
		b, ok, err := v.Get(tx, Name(backend, setting))
		if err == nil && !ok {
			err = ErrMissing
		}
		value = b
		return err
	})
	if err != nil {
		return "", fmt.Errorf("%q of backend %q: %w: enter it on the page, or name its file with %[1]s_file", setting, backend, err)
	}
	return string(value), nil
}

// Seal keeps the secret setting of a backend in place of the one before; "" takes it out.
func (v *Vault) Seal(tx *store.Tx, backend, setting, value string) error {
	if value == "" {
		return v.Delete(tx, Name(backend, setting))
	}
	return v.Put(tx, Name(backend, setting), []byte(value))
}

// Sealed tells whether there is a secret setting of a backend, though it may not open.
func (v *Vault) Sealed(tx *store.Tx, backend, setting string) (bool, error) {
	return secrets.Has(tx, Name(backend, setting)), nil
}

// Delete takes name out; that it is absent is no error. The sealed bytes may stay in
// free pages of the file until these are used again.
func (v *Vault) Delete(tx *store.Tx, name string) error { return secrets.Delete(tx, name) }

// Names gives all names in order; they are not secret.
func (v *Vault) Names(tx *store.Tx) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range secrets.All(tx) {
			if !yield(name) {
				return
			}
		}
	}
}

// String names the key by its mark.
func (v *Vault) String() string { return fmt.Sprintf("secret.Vault(%s)", v.keys) }

// GoString is String, so that %#v shows no more.
func (v *Vault) GoString() string { return v.String() }

// bound is the context of a name, apart from any other use of the keys.
func bound(name string) []byte { return append([]byte("crema secret\x00"), name...) }
