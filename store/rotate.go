package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// SnapshotPlan says when KeepSnapshots writes a snapshot.
type SnapshotPlan struct {
	Every time.Duration // 0 is 24 h
	After int64         // or as soon as that many bytes were committed since the last; 0 is never
}

// SnapshotInfo describes a file in Options.Snapshots.
type SnapshotInfo struct {
	Name     string    // of the file in the directory
	Time     time.Time // when it was written, by the wall clock
	Size     int64     // bytes
	TxID     uint64    // the commit that it holds; they are numbered through
	Verified bool      // since this store is open it was read page by page, and is sound
}

// retrySnapshot is how long after a failure the next attempt is made.
const retrySnapshot = 10 * time.Minute

// KeepSnapshots keeps the two newest snapshots of the store in Options.Snapshots,
// until ctx ends, whose error it returns: at the start if there is none, or the
// newest is older than k.Every or of another file, then each k.Every, or earlier by
// k.After. A snapshot is written under another name, synced, read page by page and
// only then named and the oldest removed. What fails (a full disk) is logged, told
// by SnapshotErr, and tried again after ten minutes. Without Options.Snapshots it
// only waits. One call at a time.
func (s *Store) KeepSnapshots(ctx context.Context, k SnapshotPlan) error {
	if s.snapshots == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	if k.Every <= 0 {
		k.Every = 24 * time.Hour
	}
	wait := k.Every - s.snapshotAge()
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		wait = k.Every
		err := s.rotate(ctx)
		if err != nil && ctx.Err() == nil {
			wait = min(retrySnapshot, k.Every)
			s.log.Error("could not write a snapshot of the store; it will be tried again", "err", err, "in", wait)
			s.snapshotErr.Store(&err)
		} else if err == nil {
			s.snapshotErr.Store(nil)
		}
	}
}

// SnapshotErr tells why the last attempt to write a snapshot failed; nil if it did
// not, or there was none.
func (s *Store) SnapshotErr() error {
	if err := s.snapshotErr.Load(); err != nil {
		return *err
	}
	return nil
}

// Snapshots lists the snapshots, newest first; it looks into the directory.
func (s *Store) Snapshots() []SnapshotInfo {
	ns, _ := snapshotNumbers(s.snapshots)
	var all []SnapshotInfo
	for _, n := range ns {
		info, err := os.Stat(filepath.Join(s.snapshots, snapshotName(n)))
		if err != nil {
			continue // it was removed meanwhile
		}
		all = append(all, SnapshotInfo{Name: info.Name(), Time: info.ModTime(), Size: info.Size()})
	}
	return all
}

// snapshotAge is that of the newest; a very long time if there is none, or the
// clock makes no sense of it.
func (s *Store) snapshotAge() time.Duration {
	all := s.Snapshots()
	if len(all) == 0 || time.Until(all[0].Time) > 0 {
		return 1 << 62
	}
	return time.Since(all[0].Time)
}

// rotate writes a snapshot and removes all but the two newest.
func (s *Store) rotate(ctx context.Context) error {
	if err := os.MkdirAll(s.snapshots, 0o700); err != nil {
		return err
	}
	err := newSnapshot(s.snapshots, func(temp string) error {
		if _, err := s.SnapshotFile(ctx, temp); err != nil {
			return err
		}
		_, err := Verify(ctx, temp)
		return err
	})
	if err != nil {
		return err
	}
	ns, err := snapshotNumbers(s.snapshots)
	for i, n := range ns {
		if i >= 2 {
			err = errors.Join(err, os.Remove(filepath.Join(s.snapshots, snapshotName(n))))
		}
	}
	return err
}

// newSnapshot names the next snapshot of a directory, once fill has written it to a
// temporary file and proved it.
func newSnapshot(dir string, fill func(temp string) error) (err error) {
	ns, err := snapshotNumbers(dir)
	if err != nil {
		return err
	}
	next := uint64(1)
	if len(ns) > 0 {
		next = ns[0] + 1
	}
	temp, err := os.CreateTemp(dir, ".snapshot.new-")
	if err != nil {
		return classify(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	if err := temp.Close(); err != nil {
		return err
	}
	if err := fill(temp.Name()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), filepath.Join(dir, snapshotName(next))); err != nil {
		return fmt.Errorf("name the snapshot: %w", err)
	}
	return syncDir(dir)
}
