package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// keepRotating is how many of the rotating snapshots are kept: should one rot, there
// is another.
const keepRotating = 2

// rotate writes a snapshot, of the state before a migration to that schema if it is
// not 0, and removes those that it makes superfluous.
func (s *Store) rotate(ctx context.Context, schema int) error {
	taken := s.written.Load()
	f, err := newSnapshot(ctx, s.snapshots, schema, func(temp string) error {
		to, err := os.OpenFile(temp, os.O_WRONLY|os.O_TRUNC, 0)
		if err != nil {
			return err
		}
		_, err = s.Snapshot(ctx, to)
		return errors.Join(err, to.Close())
	})
	if err != nil {
		return err
	}
	s.verified.Store(f.path, true)
	s.snapshotAt.Store(taken)
	atStep("snapshot named")
	return errors.Join(s.removeSnapshots(ctx), removeUncompacted(s.path))
}

// removeSnapshots keeps the newest sound rotating snapshots, and the newest of those
// from before a migration. The newest of all is known to be sound.
func (s *Store) removeSnapshots(ctx context.Context) error {
	files, err := snapshotFiles(s.snapshots)
	rotating, before := 0, 0
	for i, f := range files {
		kept := &rotating
		limit := keepRotating
		if f.schema > 0 {
			kept, limit = &before, 1
		}
		if *kept < limit && (i == 0 || s.sound(ctx, f)) {
			*kept++
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err = errors.Join(err, os.Remove(f.path))
		atStep("snapshot removed")
	}
	return err
}

// sound says whether a snapshot can be read and is whole, of whatever schema.
func (s *Store) sound(ctx context.Context, f snapshotFile) bool {
	_ = forget(f.path)
	_, err := Verify(ctx, f.path)
	s.verified.Store(f.path, err == nil)
	if err != nil && ctx.Err() == nil {
		s.log.Warn("a snapshot of the store is not sound", "path", f.path, "err", err)
	}
	return err == nil
}

// newSnapshot names the next snapshot of a directory, once fill has written it to a
// temporary file and that is on disk and proved.
func newSnapshot(ctx context.Context, dir string, schema int, fill func(temp string) error) (f snapshotFile, err error) {
	if err := makeDir(dir); err != nil {
		return f, fmt.Errorf("snapshot: %w", classify(err))
	}
	files, err := snapshotFiles(dir)
	if err != nil {
		return f, fmt.Errorf("snapshot: %w", err)
	}
	f = snapshotFile{number: 1, schema: schema}
	if len(files) > 0 {
		f.number = files[0].number + 1
	}
	f.path = filepath.Join(dir, snapshotName(f.number, schema))
	temp := filepath.Join(dir, unfinished)
	// One of an attempt that was cut off is in the way.
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return f, fmt.Errorf("snapshot: %w", classify(err))
	}
	t, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return f, fmt.Errorf("snapshot: %w", classify(err))
	}
	defer func() {
		if err != nil {
			err = errors.Join(classify(err), os.Remove(temp))
		}
	}()
	if err := t.Close(); err != nil {
		return f, err
	}
	atStep("snapshot begun")
	if err := fill(temp); err != nil {
		return f, err
	}
	atStep("snapshot filled")
	if err := forget(temp); err != nil {
		return f, err
	}
	if _, err := Verify(ctx, temp); err != nil {
		return f, fmt.Errorf("snapshot: %w", err)
	}
	if err := os.Rename(temp, f.path); err != nil {
		return f, fmt.Errorf("snapshot: %w", err)
	}
	return f, syncDir(dir)
}

// unfinished is the name of a snapshot that is being written. There is one at a time:
// who writes one has the store's lock.
const unfinished = ".unfinished.db"

// makeDir makes the directory if it is absent, for good.
func makeDir(dir string) error {
	if err := os.Mkdir(dir, 0o700); errors.Is(err, os.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	return syncDir(filepath.Dir(filepath.Clean(dir)))
}
