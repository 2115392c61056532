package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// SnapshotPlan says when KeepSnapshots writes a snapshot.
type SnapshotPlan struct {
	Every time.Duration // by monotonic time; 0 is 24 h
	After int64         // or as soon as that many bytes were written since the last; 0 is never
}

// SnapshotInfo describes a file in Options.Snapshots.
type SnapshotInfo struct {
	Name     string    // of the file in the directory
	Time     time.Time // when it was written, by the wall clock of then
	Size     int64     // bytes
	TxID     uint64    // the commit that it holds; 0 if it can't be read
	Verified bool      // it was read page by page since this store was opened, and is sound
}

// retrySnapshot is how long after a failure the next attempt is made.
const retrySnapshot = 10 * time.Minute

// KeepSnapshots keeps the two newest snapshots of the store in Options.Snapshots,
// until ctx ends, whose error it returns. It writes one at the start, if there is none
// that is sound, or the newest is older than k.Every by the wall clock, from the
// future, or of another line of commits; then each k.Every, or earlier by k.After;
// and none while there were no commits. A snapshot is written under another name,
// brought to disk, read page by page from there, and only then named, and the oldest
// removed.
//
// What fails (a full disk) is logged, told by SnapshotErr, and tried again after ten
// minutes. Where it fails because the store's own file is damaged, the store says so:
// see Err. Without Options.Snapshots it only waits. One call at a time.
func (s *Store) KeepSnapshots(ctx context.Context, k SnapshotPlan) error {
	if s.snapshots == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	if k.Every <= 0 {
		k.Every = 24 * time.Hour
	}
	s.snapshotAfter.Store(k.After)
	defer s.snapshotAfter.Store(0)
	wait := k.Every - s.lastSnapshot(ctx)
	for {
		timer := time.NewTimer(max(wait, 0))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-s.snapshotDue:
			timer.Stop()
		case <-timer.C:
		}
		wait = k.Every
		if err := s.keep(ctx); err != nil && ctx.Err() == nil {
			wait = min(retrySnapshot, k.Every)
			s.log.Error("could not write a snapshot of the store; it will be tried again", "err", err, "in", wait)
			s.snapshotErr.Store(&err)
		} else if err == nil {
			s.snapshotErr.Store(nil)
		}
	}
}

// SnapshotNow writes a snapshot, as KeepSnapshots does and never beside it, and removes
// the oldest; not where there were no commits since the last, nor without
// Options.Snapshots.
func (s *Store) SnapshotNow(ctx context.Context) error {
	if s.snapshots == "" {
		return nil
	}
	return s.keep(ctx)
}

// keep writes a snapshot if there is something new to keep. If that fails, and not for
// want of room, it looks whether the store is sound.
func (s *Store) keep(ctx context.Context) error {
	if all := s.Snapshots(); len(all) > 0 && all[0].Verified && all[0].TxID == s.txid() {
		return nil
	}
	err := s.rotate(ctx, 0)
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly) {
		return err
	}
	return errors.Join(err, s.Check(ctx))
}

// lastSnapshot tells how long ago the last good snapshot was written, or that it is
// too long.
func (s *Store) lastSnapshot(ctx context.Context) time.Duration {
	const tooLong = 1 << 62
	all := s.Snapshots()
	if len(all) == 0 || all[0].TxID > s.txid() || all[0].TxID == 0 {
		return tooLong
	}
	files, err := snapshotFiles(s.snapshots)
	if err != nil || len(files) == 0 || files[0].schema > 0 || !s.sound(ctx, files[0]) { // one from before a migration is the way back only
		return tooLong
	}
	if d := time.Since(all[0].Time); d >= 0 {
		return d
	}
	return tooLong
}

// txid is the number of the last commit.
func (s *Store) txid() (id uint64) {
	_ = s.view(func(tx *Tx) error { // it fails when the store is closed
		id = uint64(tx.bolt().ID())
		return nil
	})
	return id
}

// noteWritten counts the bytes of a commit, and has KeepSnapshots write a snapshot
// when there were enough.
func (s *Store) noteWritten(n int64) {
	after := s.snapshotAfter.Load()
	if s.written.Add(n)-s.snapshotAt.Load() < after || after <= 0 {
		return
	}
	select {
	case s.snapshotDue <- struct{}{}:
	default:
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
	files, err := snapshotFiles(s.snapshots)
	if err != nil {
		s.log.Warn("could not list the snapshots of the store", "err", err)
	}
	var all []SnapshotInfo
	for _, f := range files {
		info, err := os.Stat(f.path)
		if err != nil {
			continue // it was removed meanwhile
		}
		verified, _ := s.verified.Load(f.path)
		sound, _ := verified.(bool)
		all = append(all, SnapshotInfo{Name: filepath.Base(f.path), Time: info.ModTime(), Size: info.Size(), TxID: txidOf(f.path), Verified: sound})
	}
	return all
}
