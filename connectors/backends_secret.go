package connectors

import (
	"fmt"

	"crema/store"
)

// Seal enters secrets of a backend anew, by setting; "" takes one away. What runs of the
// backend begins anew with them, and unless it is off it is a draft, to be tested again.
// ErrNoBackend; ErrFromFile for one of the file, whose secrets come from there. Only the
// list of a [Host] has where to seal them.
func (l Backends) Seal(tx *store.Tx, name string, secrets map[string]string) error {
	s, err := getBackend(tx, name)
	switch {
	case err != nil:
		return err
	case s.Backend.FromFile:
		return fmt.Errorf("backend %q: %w", name, ErrFromFile)
	case len(secrets) == 0:
		return nil
	}
	for setting, value := range secrets {
		if err := l.host.Secrets.Seal(tx, name, setting, value); err != nil {
			return err
		}
	}
	s.Backend.renewed++
	if s.Backend.State != Off {
		s.Backend.State = Draft
	}
	return l.put(tx, s)
}
