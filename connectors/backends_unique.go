package connectors

import (
	"errors"
	"fmt"

	"crema/store"
)

// ReasonTaken is the reason of the checkpoint about a backend that was switched off
// because one of the configuration file has what only one backend may have.
const ReasonTaken = "setting_taken"

// clash is a value that two backends of a kind must not share.
type clash struct {
	other   storedBackend
	setting Setting
	value   string
}

func (c clash) err() error {
	return &SettingError{Setting: c.setting.Name, Wrong: fmt.Sprintf("backend %q has it too: %q", c.other.Backend.Name, c.value), Fix: "give each its own"}
}

// checkUnique refuses a value that another backend of the kind has and must not share. One
// that is off has none.
func (l Backends) checkUnique(tx *store.Tx, b Backend) error {
	clashes, err := l.clashes(tx, b)
	if err != nil {
		return err
	}
	return clashed(b, clashes)
}

// claimUnique is checkUnique for a backend of the file: one that was made on the page has
// to give way, is switched off and told of by a checkpoint. A board that didn't start
// would have no page to mend it on.
func (l Backends) claimUnique(tx *store.Tx, b Backend) error {
	clashes, err := l.clashes(tx, b)
	if err != nil {
		return err
	}
	var ofFile []clash
	for _, c := range clashes {
		if c.other.Backend.FromFile {
			ofFile = append(ofFile, c)
			continue
		}
		c.other.Backend.State = Off
		if err := l.put(tx, c.other); err != nil {
			return err
		}
		name := c.other.Backend.Name
		if _, err := l.host.Checkpoints.OpenCheckpoint(tx, Checkpoint{
			Backend: name, Model: ModelBackend, Record: name, Reason: ReasonTaken,
			Message: fmt.Sprintf("it was switched off: backend %q of the configuration file has the same %s, %q; "+
				"give it its own and switch it on again, or delete it", b.Name, c.setting.Name, c.value)}); err != nil {
			return err
		}
	}
	return clashed(b, ofFile)
}

// reclaimUnique is checkUnique for a backend that is switched on again.
func (l Backends) reclaimUnique(tx *store.Tx, b Backend) error {
	if err := l.checkUnique(tx, b); err != nil || l.host == nil {
		return err
	}
	return l.host.Checkpoints.ResolveCheckpoint(tx, b.Name, ModelBackend, b.Name, ReasonTaken)
}

func (l Backends) clashes(tx *store.Tx, b Backend) (all []clash, err error) {
	if l.host == nil || b.State == Off {
		return nil, nil
	}
	c, err := l.host.connector(b)
	if err != nil {
		return nil, err
	}
	for _, o := range listBackends(tx) {
		other := o.Backend
		if other.Name == b.Name || other.State == Off || other.Kind.Name() != b.Kind.Name() {
			continue
		}
		for _, s := range c.SettingsOf(b.Kind) {
			if value := b.Settings[s.Name]; s.Unique && value != "" && value == other.Settings[s.Name] {
				all = append(all, clash{other: o, setting: s, value: value})
			}
		}
	}
	return all, nil
}

func clashed(b Backend, clashes []clash) error {
	var errs []error
	for _, c := range clashes {
		errs = append(errs, c.err())
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("backend %q: %w", b.Name, errors.Join(errs...))
}
