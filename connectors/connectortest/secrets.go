package connectortest

import (
	"io/fs"

	"crema/store"
)

// Secrets are sealed ones, by setting, of whatever backend: a connectors.Secrets that
// gives, and seals nothing. One that is not in it is fs.ErrNotExist.
type Secrets map[string]string

// Secret gives the one of a setting.
func (s Secrets) Secret(_, setting string) (string, error) {
	if v, ok := s[setting]; ok {
		return v, nil
	}
	return "", fs.ErrNotExist
}

// Seal panics: a test that seals has a vault.
func (Secrets) Seal(*store.Tx, string, string, string) error { panic("nothing is sealed here") }

// Sealed panics likewise.
func (Secrets) Sealed(*store.Tx, string, string) (bool, error) { panic("nobody asks here") }
