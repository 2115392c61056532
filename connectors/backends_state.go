package connectors

import (
	"errors"
	"fmt"

	"crema/store"
)

// ErrHasBindings means that a backend still has bindings, so that it can't be deleted.
var ErrHasBindings = errors.New("it has bindings: records of Odoo are linked to it; switch it off and keep it, or remove them first")

// ErrInUse means that what was switched off has not ended yet.
var ErrInUse = errors.New("it has not ended yet what it was doing: try again in a moment")

// SetState moves a backend to a state: from draft to checked after a good test, or
// at once to production when it comes from the file; from checked to production;
// from anywhere to draft or off; from off to draft only. The state that it has
// already is no step. A *StateError for any other, and for a backend that the file
// no longer has.
func (l Backends) SetState(tx *store.Tx, name string, to BackendState) error {
	s, err := getBackend(tx, name)
	if err != nil {
		return err
	}
	from := s.Backend.State
	if from == to {
		return nil
	}
	refuse := func(fix string) error {
		return &StateError{Backend: name, From: from, To: to, Fix: fix}
	}
	switch {
	case s.Gone:
		return refuse("put it back into the configuration file first")
	case to == Draft || to == Off:
	case to != Checked && to != Production:
		return refuse(`the states are "draft", "checked", "production" and "off"`)
	case from == Off:
		return refuse("make it a draft first, and test it")
	case from == Draft && to == Production && !s.Backend.FromFile:
		return refuse("test it first")
	case from == Production:
		return refuse("make it a draft first")
	}
	s.Backend.State = to
	if err := l.put(tx, s); err != nil {
		return err
	}
	switch {
	case from == Off:
		return l.reclaimUnique(tx, s.Backend)
	case to == Production:
		return l.passed(tx, s.Backend)
	}
	return nil
}

// passed lets the connector take part in the commit of a good test.
func (l Backends) passed(tx *store.Tx, b Backend) error {
	if l.host == nil {
		return nil
	}
	c, err := l.host.connector(b)
	if err != nil || c.Passed == nil {
		return err
	}
	return c.Passed(tx, c.complete(b))
}

// Delete removes a backend that was switched off, with its secrets and all that its
// connector keeps of it; its checkpoints and jobs stay. ErrFromFile for one that the file
// has; ErrHasBindings; a *StateError for one that is not off; ErrInUse; what the connector
// refuses.
func (l Backends) Delete(tx *store.Tx, name string) error {
	s, err := getBackend(tx, name)
	if err != nil {
		return err
	}
	refuse := func(why error) error { return fmt.Errorf("backend %q can't be deleted: %w", name, why) }
	bound, err := HasBindings(tx, name)
	switch {
	case err != nil:
		return err
	case s.Backend.FromFile && !s.Gone:
		return refuse(ErrFromFile)
	case bound:
		return refuse(ErrHasBindings)
	case s.Backend.State != Off:
		return &StateError{Backend: name, From: s.Backend.State, To: "deleted", Fix: "switch it off first"}
	}
	if l.host != nil {
		if l.host.inUse(name) {
			return refuse(ErrInUse)
		}
		if err := l.host.deleted(tx, s.Backend); err != nil {
			return refuse(err)
		}
		tx.OnCommit(l.host.wake)
	}
	return errors.Join(forgetSync(tx, name), testedBucket.Delete(tx, name), startedBucket.Delete(tx, name), backendBucket.Delete(tx, name))
}
