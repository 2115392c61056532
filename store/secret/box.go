package secret

import "errors"

// ErrTampered means that what was opened is not what was sealed in that context by
// that key.
var ErrTampered = errors.New("sealed by another key, for another place, or altered")

// Box seals and opens with one key. It is safe for concurrent use.
type Box struct{}

// OpenKey reads the key file at path and makes it, with mode 0600, if it is absent.
func OpenKey(path string) (*Box, error) { panic("todo") }

// Seal encrypts plain, bound to context.
func (b *Box) Seal(plain, context []byte) ([]byte, error) { panic("todo") }

// Open decrypts what Seal made in the same context, or returns ErrTampered.
func (b *Box) Open(sealed, context []byte) ([]byte, error) { panic("todo") }
