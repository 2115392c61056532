package connectors

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"crema/store"
)

// Backends is the stored list of backends. The zero value is ready; it holds
// nothing itself, so any number of them may be used at once.
type Backends struct{}

// storedBackend is a backend with its place in the list: oldest first.
type storedBackend struct {
	Number uint64 `json:"number"`
	// Gone is a backend of the file that the file no longer has.
	Gone    bool    `json:"gone,omitempty"`
	Backend Backend `json:"backend"`
}

var backendBucket = store.NewBucket[string, storedBackend]("connectors.backends", store.StringKey())

// Sync brings the list in line with the configuration file. A new backend begins as
// a draft; one that is there keeps its state, but for another kind, which makes it a
// draft again. One that the file no longer has is switched off and kept; when it
// comes back it is a draft. One made on the page is left alone, unless the file now
// has its name: then it is the file's. Nothing that is unchanged is written.
func (Backends) Sync(tx *store.Tx, file []Backend) error {
	seen := map[string]bool{}
	for _, b := range file {
		if err := checkBackend(b); err != nil {
			return err
		}
		if seen[b.Name] {
			return fmt.Errorf("two backends of the file are called %q: rename one", b.Name)
		}
		seen[b.Name] = true
		if err := syncBackend(tx, b); err != nil {
			return err
		}
	}
	var gone []storedBackend
	for name, s := range backendBucket.All(tx) {
		if s.Backend.FromFile && !seen[name] && !s.Gone {
			gone = append(gone, s)
		}
	}
	for _, s := range gone {
		s.Gone, s.Backend.State = true, Off
		if err := backendBucket.Put(tx, s.Backend.Name, s); err != nil {
			return err
		}
	}
	return nil
}

func syncBackend(tx *store.Tx, b Backend) error {
	s, found, err := backendBucket.Get(tx, b.Name)
	if err != nil {
		return err
	}
	b.FromFile, b.State = true, Draft
	if found && !s.Gone && sameKind(s.Backend.Kind, b.Kind) {
		b.State = s.Backend.State
	}
	if found && !s.Gone && sameBackend(s.Backend, b) {
		return nil
	}
	if !found {
		if s.Number, err = backendBucket.Next(tx); err != nil {
			return err
		}
	}
	s.Gone, s.Backend = false, b
	return backendBucket.Put(tx, b.Name, s)
}

// Put makes a backend, as a draft, or changes one that was not made in the file:
// it keeps its state, but for another kind or other settings, which make it a draft
// again. ErrFromFile for one of the file.
func (Backends) Put(tx *store.Tx, b Backend) error {
	if err := checkBackend(b); err != nil {
		return err
	}
	s, found, err := backendBucket.Get(tx, b.Name)
	if err != nil {
		return err
	}
	if found && s.Backend.FromFile {
		return fmt.Errorf("backend %q: %w", b.Name, ErrFromFile)
	}
	b.FromFile, b.State = false, Draft
	if !found {
		if s.Number, err = backendBucket.Next(tx); err != nil {
			return err
		}
	} else if same := s.Backend; sameKind(same.Kind, b.Kind) && sameSettings(same, b) {
		b.State = same.State
	}
	s.Backend = b
	return backendBucket.Put(tx, b.Name, s)
}

// Get returns one backend; ErrNoBackend when there is none of that name.
func (Backends) Get(tx *store.Tx, name string) (Backend, error) {
	s, err := getBackend(tx, name)
	return s.Backend, err
}

// List returns all backends, oldest first, those that are off as well.
func (Backends) List(tx *store.Tx) ([]Backend, error) {
	var all []storedBackend
	for _, s := range backendBucket.All(tx) {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b storedBackend) int { return cmp.Compare(a.Number, b.Number) })
	list := make([]Backend, len(all))
	for i, s := range all {
		list[i] = s.Backend
	}
	return list, nil
}

// SetState moves a backend to a state: from draft to checked after a good test, or
// at once to production when it comes from the file; from checked to production;
// from anywhere to draft or off; from off to draft only. The state that it has
// already is no step. A *StateError for any other, and for a backend that the file
// no longer has.
func (Backends) SetState(tx *store.Tx, name string, to BackendState) error {
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
	return backendBucket.Put(tx, name, s)
}

func getBackend(tx *store.Tx, name string) (storedBackend, error) {
	s, found, err := backendBucket.Get(tx, name)
	if err == nil && !found {
		err = fmt.Errorf("backend %q: %w", name, ErrNoBackend)
	}
	return s, err
}

func checkBackend(b Backend) error {
	switch {
	case b.Name == "":
		return errors.New("a backend needs a name")
	case b.Kind == nil:
		return fmt.Errorf("backend %q needs a type", b.Name)
	}
	return nil
}
