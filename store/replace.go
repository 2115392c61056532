package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Replace puts the backup, a file that Snapshot wrote, in the place of the store at
// path, which no process may have open, and which is kept as path + ".replaced-" +
// the time. The backup is only read. Of o it takes Migrations and Snapshots: the
// backup becomes the newest snapshot too, so that a later damage does not bring back
// what a person has put away. The store then has a PendingRestoration, which is
// returned. There need be no store at path.
//
// Before it has changed anything it returns ErrLocked, or of the backup ErrForeign,
// a *DamagedError or a *NewerSchemaError; also ErrFull, ErrReadOnly, ctx's error.
func Replace(ctx context.Context, path, backup string, o Options) (rest Restoration, err error) {
	info, err := os.Stat(backup)
	if err != nil {
		return Restoration{}, fmt.Errorf("restore: %w", err)
	}
	if err := usable(ctx, backup, o.Migrations); err != nil {
		return Restoration{}, fmt.Errorf("restore: %w", err)
	}
	rest = Restoration{Time: time.Now().UTC(), From: backup, Taken: info.ModTime().UTC(), Reason: "a person restored a backup"}
	lock, there, err := lockPlace(path)
	if err != nil {
		return Restoration{}, fmt.Errorf("restore: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if there {
		if rest.Aside, err = asideName(path, "replaced"); err != nil {
			return Restoration{}, fmt.Errorf("restore: %w", err)
		}
	}
	temp, err := prepare(ctx, path, copyTo(backup), &rest)
	if err != nil {
		return Restoration{}, fmt.Errorf("restore %s: %w", path, err)
	}
	// It would come before the backup, were this damaged.
	if old := uncompacted(path); rest.Aside != "" && fileExists(old) {
		if err := os.Rename(old, rest.Aside+".before-compaction"); err != nil {
			return Restoration{}, fmt.Errorf("restore %s: %w", path, errors.Join(classify(err), os.Remove(temp)))
		}
	}
	if o.Snapshots != "" {
		if err := addSnapshot(ctx, o.Snapshots, backup); err != nil {
			return Restoration{}, fmt.Errorf("restore %s: %w", path, errors.Join(classify(err), os.Remove(temp)))
		}
	}
	if err := swap(temp, path, rest.Aside); err != nil {
		return Restoration{}, fmt.Errorf("restore %s: %w", path, errors.Join(classify(err), os.Remove(temp)))
	}
	return rest, nil
}

// addSnapshot makes a file the newest snapshot of a directory.
func addSnapshot(ctx context.Context, dir, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	_, err = newSnapshot(ctx, dir, 0, func(temp string) error {
		return errors.Join(copyTo(from)(temp), os.Chtimes(temp, info.ModTime(), info.ModTime()))
	})
	return err
}
