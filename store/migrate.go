package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// Migration brings a file from the version before to Version. Up runs once for each
// file, in a transaction of its own that also records it: it is done or not done,
// whatever happens. New files run all of them, so Up may find no bucket and must
// not mind; it may be nil. Its values are those of its time: it declares the
// buckets it reads and writes itself, so that a later change can't reach it.
type Migration struct {
	Version int
	Name    string
	Up      func(*Tx) error
}

// applied is what the file says of one migration; that of version 0 marks the file
// as ours.
type applied struct {
	Name string `json:"name"`
}

// schema lists the migrations that were applied, by version.
var schema = NewBucket[uint64, applied]("store.schema", Uint64Key())

// formatName is the name of version 0. It names the encoding of values too: with a
// checksum behind each, and a log over the tree.
const formatName = "crema store, summed and logged"

// validate refuses migrations that are not 1, 2, 3 …
func validate(ms []Migration) error {
	for i, m := range ms {
		if m.Version != i+1 {
			return fmt.Errorf("migration %q has version %d, in its place stands %d", m.Name, m.Version, i+1)
		}
	}
	return nil
}

// otherFormat is the ErrForeign of a store of another crema's.
func otherFormat(name string) error {
	return fmt.Errorf("%w that this program can read: its format is %q, and not %q; start the program that wrote it, or move the file and its snapshots away to begin anew", ErrForeign, name, formatName)
}

// schemaOf reads the file's version.
func schemaOf(tx *Tx) (version int, name string, err error) {
	if mark, ok, err := schema.Get(tx, 0); err != nil {
		return 0, "", err
	} else if !ok {
		return 0, "", ErrForeign
	} else if mark.Name != formatName {
		return 0, "", otherFormat(mark.Name)
	}
	v, last, _ := schema.Last(tx)
	return int(v), last.Name, nil
}

// migrate brings the file up to the last of ms.
func (s *Store) migrate(ms []Migration) error {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // see call
	for kept := false; ; {
		var version int
		err := s.view(func(tx *Tx) (err error) {
			var name string
			version, name, err = schemaOf(tx)
			if err == nil && version > len(ms) {
				// Another process was here since inspect.
				err = &NewerSchemaError{Path: s.path, Found: version, FoundName: name, Known: len(ms)}
			}
			return err
		})
		if err != nil {
			return err
		}
		if version == len(ms) {
			return nil
		}
		if !kept {
			s.keepBefore(version, len(ms))
			kept = true
			// There may not be room for the log's move and a migration in one commit.
			if err := s.committer.moveLog(); err != nil {
				s.log.Warn("could not move the log into the tree before a migration", "path", s.path, "err", err)
			}
			s.bolt.MaxSize = int(s.limit) // the last part of the move may have had less
			s.committer.lives(0)          // a migration may take its time
		}
		if err := s.apply(ms[version]); err != nil {
			return fmt.Errorf("migrate %s to schema %d (%s): %w", s.path, version+1, ms[version].Name, err)
		}
		s.log.Info("migrated the store", "schema", version+1, "name", ms[version].Name)
	}
}

// keepBefore writes a snapshot of the file as it is before it is brought from a
// schema to another, so that there is a way back. Where that fails, for want of room,
// the migration is made all the same: the way forward is worth more.
func (s *Store) keepBefore(from, to int) {
	if s.snapshots == "" || s.fresh() {
		return
	}
	files, err := snapshotFiles(s.snapshots)
	for _, f := range files {
		// These migrations were cut off, and the state before all of them is kept.
		if v, err := Verify(context.Background(), f.path); f.schema == to && err == nil && v < from {
			return
		}
	}
	if err = errors.Join(err, s.rotate(context.Background(), to)); err != nil {
		s.log.Error("could not keep the store as it was before its migration", "path", s.path, "schema", from, "err", err)
	}
}

// fresh says whether nothing was ever stored, but for the schema and that it is a new
// file in the place of a lost one.
func (s *Store) fresh() bool {
	stored := false
	err := s.view(func(tx *Tx) error {
		return tx.bolt().ForEach(func(name []byte, _ *bbolt.Bucket) error {
			stored = stored || string(name) != schema.Name() && string(name) != restoration.Name()
			return nil
		})
	})
	return err == nil && !stored
}

func (s *Store) apply(m Migration) (err error) {
	b, err := s.bolt.Begin(true)
	if err != nil {
		return classify(err)
	}
	sh := s.newShared(b, s.layers.newest())
	tx := &Tx{shared: sh}
	err = s.call(tx, func(tx *Tx) error {
		if m.Up != nil {
			if err := m.Up(tx); err != nil {
				return err
			}
		}
		return schema.Put(tx, uint64(m.Version), applied{Name: m.Name})
	})
	if err != nil {
		return rollback(b, err)
	}
	return s.write(sh)
}

func rollback(b *bbolt.Tx, err error) error {
	if e := b.Rollback(); e != nil {
		return fmt.Errorf("%w (roll back: %w)", err, e)
	}
	return err
}
