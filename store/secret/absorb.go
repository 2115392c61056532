package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"crema/store"
)

// Absorb seals what read gives, in place of what was sealed under name if that
// differs, and returns how to open it. A read that fails with fs.ErrNotExist is fine
// where one is sealed already: its file may be deleted after the first start; else
// the error is read's own. read gives "" where nothing is configured: then what is
// sealed is used, and opening nothing is ErrMissing.
func (v *Vault) Absorb(ctx context.Context, name string, read func() (string, error)) (open func() (string, error), err error) {
	given, readErr := read()
	if readErr != nil && !errors.Is(readErr, fs.ErrNotExist) {
		return nil, readErr
	}
	var sealed []byte
	known := false
	if err := v.store.View(func(tx *store.Tx) (err error) {
		sealed, known, err = v.Get(tx, name)
		return err
	}); err != nil && given == "" {
		return nil, err
	}
	switch {
	case readErr != nil && !known:
		return nil, readErr
	case given != "" && (!known || !bytes.Equal(sealed, []byte(given))):
		if err := v.store.Update(ctx, func(tx *store.Tx) error { return v.Put(tx, name, []byte(given)) }); err != nil {
			return nil, err
		}
	}
	return func() (string, error) {
		var value []byte
		err := v.store.View(func(tx *store.Tx) error {
			b, ok, err := v.Get(tx, name)
			if err == nil && !ok {
				err = fmt.Errorf("%q: %w", name, ErrMissing)
			}
			value = b
			return err
		})
		return string(value), err
	}, nil
}
