package connectors

import (
	"fmt"

	"crema/store"
)

// Seal enters secrets of a backend anew, by setting; "" takes one away. What runs of the
// backend begins anew with them, and unless it is off it is a draft, to be tested again.
// ErrNoBackend; ErrFromFile for one of the file, whose secrets come from there; a
// *SettingError for what is no secret of the backend, or not in its form. Only the list of a
// [Host] has where to seal them.
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
	c, err := l.host.connector(s.Backend)
	if err != nil {
		return err
	}
	for setting, value := range secrets {
		if value, err = c.secret(s.Backend, setting, value); err != nil {
			return fmt.Errorf("backend %q: %w", name, err)
		}
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

// secret is a secret of a backend as it is sealed. A name that the connector does not know
// would be sealed for ever, as nobody would take it out with the backend.
func (c Connector) secret(b Backend, name, value string) (string, error) {
	var known []string
	for _, s := range c.SettingsOf(b.Kind) {
		if s.Type != SettingSecret {
			continue
		}
		if s.Name == name {
			return s.Parse(value)
		}
		known = append(known, s.Name)
	}
	return "", &SettingError{Setting: name, Wrong: fmt.Sprintf("a %s has no such secret", b.Kind), Fix: "there are " + listOr(known, "none")}
}
