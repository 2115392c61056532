package connectors

import (
	"fmt"

	"crema/store"
)

// Sync brings the list in line with the configuration file. A new backend begins as
// a draft; one that is there keeps its state, but for another version, which makes it a
// draft again. One that the file no longer has is switched off and kept; when it
// comes back it is a draft. One made on the page is left alone, unless the file now
// has its name: then it is the file's. One made on the page that has what must be
// unique and the file now gives to another is switched off, and a checkpoint says so.
// Nothing that is unchanged is written. It refuses what Put refuses.
func (l Backends) Sync(tx *store.Tx, file []Backend) error {
	seen := map[string]bool{}
	for _, b := range file {
		b, err := l.check(b)
		if err != nil {
			return err
		}
		if seen[b.Name] {
			return fmt.Errorf("two backends of the file are called %q: rename one", b.Name)
		}
		seen[b.Name] = true
		if err := l.syncBackend(tx, b); err != nil {
			return err
		}
	}
	for _, s := range listBackends(tx) {
		if !s.Backend.FromFile || seen[s.Backend.Name] || s.Gone {
			continue
		}
		s.Gone, s.Backend.State = true, Off
		if err := l.put(tx, s); err != nil {
			return err
		}
	}
	for _, s := range listBackends(tx) { // now that all have what they shall have
		if !s.Backend.FromFile {
			continue
		}
		if err := l.claimUnique(tx, s.Backend); err != nil {
			return err
		}
	}
	return nil
}

func (l Backends) syncBackend(tx *store.Tx, b Backend) error {
	s, found, err := backendBucket.Get(tx, b.Name)
	if err != nil {
		return err
	}
	if err := sameType(s, b); err != nil {
		return err
	}
	b.FromFile, b.State, b.renewed = true, Draft, s.Backend.renewed
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
	return l.put(tx, s)
}
