package connectors

import (
	"errors"
	"fmt"

	"crema/store"
)

// ReasonTaken is the reason of the checkpoint about a backend that was switched off
// because one of the configuration file has what only one backend may have.
const ReasonTaken = "setting_taken"

// ReasonShared is the reason of the checkpoint about a backend that has what another has, and only
// one may: what two values mean may be known only when both are there.
const ReasonShared = "setting_shared"

// clash is a value of a backend that another has already, or the backend itself in another setting.
type clash struct {
	setting Setting
	value   string
	other   storedBackend
	has     Setting // the other's setting, and what it says
	says    string
	own     bool
}

func (c clash) err() error {
	what := c.setting.Unique
	if c.says != c.value {
		what += fmt.Sprintf(" %q", c.says)
	}
	whose := fmt.Sprintf("backend %q", c.other.Backend.Name)
	if c.own {
		whose = c.has.Name
	} else if c.has.Name != c.setting.Name {
		whose = c.has.Name + " of " + whose
	}
	return &SettingError{Setting: c.setting.Name, Wrong: fmt.Sprintf("%q is the %s of %s", c.value, what, whose), Fix: "give each its own"}
}

// only is a value of a backend that nobody else may have.
type only struct {
	setting     Setting
	value, same string
}

// only are those of a backend.
func (c Connector) only(b Backend) (all []only) {
	for _, s := range c.SettingsOf(b.Kind) {
		if value := b.Settings[s.Name]; s.Unique != "" && value != "" {
			all = append(all, only{s, value, s.same(value)})
		}
	}
	return all
}

// clashes are those of a backend with itself, and with others.
func (c Connector) clashes(b Backend, others []storedBackend) (all []clash) {
	have := c.only(b)
	clashes := func(one only, other storedBackend, own bool, has []only) {
		for _, x := range has {
			if x.setting.Unique == one.setting.Unique && x.same == one.same {
				all = append(all, clash{setting: one.setting, value: one.value, other: other, has: x.setting, says: x.value, own: own})
			}
		}
	}
	for i, one := range have {
		clashes(one, storedBackend{Backend: b}, true, have[:i])
	}
	for _, other := range others {
		has := c.only(other.Backend)
		for _, one := range have {
			clashes(one, other, false, has)
		}
	}
	return all
}

// same is one text for all that mean the same.
func (s Setting) same(value string) string {
	if s.Same == nil {
		return value
	}
	return s.Same(value)
}

// checkUnique refuses a value that another backend of the kind has and must not share, or
// the backend itself in another setting. One that is off takes nothing from others.
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
		if c.own || c.other.Backend.FromFile {
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
	if l.host == nil {
		return nil, nil
	}
	c, err := l.host.connector(b)
	if err != nil {
		return nil, err
	}
	var others []storedBackend
	for _, other := range listBackends(tx) {
		if b.State != Off && other.Backend.Name != b.Name && other.Backend.State != Off && other.Backend.Kind.Name() == b.Kind.Name() {
			others = append(others, other)
		}
	}
	return c.clashes(b, others), nil
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
