package connectors

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"crema/store"
)

// Backends is the stored list of backends. That of a [Host] ([Host.Backends]) is the
// one to change it with: it refuses what no connector can run, and has the host follow
// once the change is committed. The zero value reads, and changes what nobody runs
// yet. It holds nothing itself: any number of them may be used at once.
type Backends struct{ host *Host }

// storedBackend is a backend with its place in the list: oldest first.
type storedBackend struct {
	Number uint64 `json:"number"`
	// Gone is a backend of the file that the file no longer has.
	Gone    bool    `json:"gone,omitempty"`
	Backend Backend `json:"backend"`
}

var backendBucket = store.NewBucket[string, storedBackend]("connectors.backends", store.StringKey())

// Put makes a backend, as a draft, or changes one that was not made in the file:
// it keeps its state, but for another kind or other settings, which make it a draft
// again unless it is off. ErrFromFile for one of the file; what [Connector.CheckSettings] says; a
// *SettingError for a value that another backend of the kind has and must be unique, and for
// another type: what is bound, sealed and waits belongs to the type, too.
func (l Backends) Put(tx *store.Tx, b Backend) error {
	b, err := l.check(b)
	if _, unfit := errors.AsType[*SettingError](err); unfit {
		return errors.Join(err, l.checkUnique(tx, b))
	}
	if err != nil {
		return err
	}
	s, found, err := backendBucket.Get(tx, b.Name)
	if err != nil {
		return err
	}
	if found && s.Backend.FromFile {
		return fmt.Errorf("backend %q: %w", b.Name, ErrFromFile)
	}
	if err := sameType(s, b); err != nil {
		return err
	}
	b.FromFile, b.State, b.renewed = false, Draft, s.Backend.renewed
	if !found {
		if s.Number, err = backendBucket.Next(tx); err != nil {
			return err
		}
	} else if same := s.Backend; same.State == Off || sameKind(same.Kind, b.Kind) && sameSettings(same, b) {
		b.State = same.State
	}
	s.Backend = b
	if err := l.put(tx, s); err != nil {
		return err
	}
	return l.checkUnique(tx, b)
}

// Get returns one backend; ErrNoBackend, which names those that there are.
func (Backends) Get(tx *store.Tx, name string) (Backend, error) {
	s, err := getBackend(tx, name)
	return s.Backend, err
}

// List returns all backends, oldest first, those that are off as well.
func (Backends) List(tx *store.Tx) ([]Backend, error) {
	all := listBackends(tx)
	list := make([]Backend, len(all))
	for i, s := range all {
		list[i] = s.Backend
	}
	return list, nil
}

func listBackends(tx *store.Tx) (all []storedBackend) {
	for _, s := range backendBucket.All(tx) {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b storedBackend) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

// sameType refuses a backend with the name of one of another type: what that keeps is
// none of its own.
func sameType(old storedBackend, b Backend) error {
	if old.Backend.Kind == nil || old.Backend.Kind.Name() == b.Kind.Name() {
		return nil
	}
	return fmt.Errorf("backend %q: %w", b.Name, &SettingError{Setting: "type",
		Wrong: fmt.Sprintf("there is a backend of this name whose type is %q, and what it keeps is none of %q", old.Backend.Kind.Name(), b.Kind.Name()),
		Fix:   "give the new one another name"})
}

// put stores a backend, and tells the host once that is committed.
func (l Backends) put(tx *store.Tx, s storedBackend) error {
	if l.host != nil {
		tx.OnCommit(l.host.wake)
		if err := l.host.ownChannel(tx, s.Backend); err != nil {
			return err
		}
	}
	if s.Backend.State == Draft {
		if err := testedBucket.Delete(tx, s.Backend.Name); err != nil {
			return err
		}
	}
	return backendBucket.Put(tx, s.Backend.Name, s)
}

func getBackend(tx *store.Tx, name string) (storedBackend, error) {
	s, found, err := backendBucket.Get(tx, name)
	if err == nil && !found {
		var names []string
		for _, s := range listBackends(tx) {
			names = append(names, s.Backend.Name)
		}
		err = fmt.Errorf("backend %q: %w; there are %s", name, ErrNoBackend, listOr(names, "none"))
	}
	return s, err
}

var (
	// A backend's name stands in addresses, keys and on screen.
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	// Odoo's codes: "en_US", "es_419", "sr@latin", "eo".
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(_([A-Z]{2}|[0-9]{3}))?(@[a-z]+)?$`)
)

// check returns a backend as it is kept, or what is wrong with it.
func (l Backends) check(b Backend) (Backend, error) {
	if b.Kind == nil {
		return b, fmt.Errorf("backend %q needs a type", b.Name)
	}
	wrong := b.check()
	if l.host == nil {
		return b, wrong
	}
	c, err := l.host.connector(b)
	if err != nil {
		return b, err
	}
	kept, err := c.parse(b)
	return kept, errors.Join(wrong, err)
}

// check says what is wrong with what every backend has.
func (b Backend) check() error {
	var errs []error
	if !nameForm.MatchString(b.Name) {
		bad := &SettingError{Setting: "name", Wrong: fmt.Sprintf("%q is no name for a backend", b.Name), Fix: "write letters, digits, - and _, at most 64"}
		if b.Name == "" {
			bad.Wrong = "a backend needs a name"
		}
		errs = append(errs, bad)
	}
	if b.Language != "" && !languageForm.MatchString(b.Language) {
		errs = append(errs, &SettingError{Setting: "language", Wrong: fmt.Sprintf("%q is no language", b.Language), Fix: `write Odoo's code of it, such as "en_US" or "de_CH"`})
	}
	_, err := Setting{Name: "location", Type: SettingText}.Parse(b.Location)
	return errors.Join(append(errs, err)...)
}
