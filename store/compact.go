package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// compactFrom is the size from which on a file is worth compacting, in bytes.
var compactFrom int64 = 16 << 20

// uncompacted is the name under which the file before its compaction is kept, until
// the one after it has proved sound.
func uncompacted(path string) string { return path + ".before-compaction" }

// compact replaces the file of db, which has its lock, by one without its free pages,
// if these are more than half. It says whether it did; db is of no use then. What is
// not damage is logged, and leaves the file as it is.
func compact(ctx context.Context, path string, db *bbolt.DB, log *slog.Logger) (bool, error) {
	st := db.Stats()
	free := int64(st.FreePageN+st.PendingPageN) * int64(db.Info().PageSize)
	var size int64
	var txid uint64
	err := db.View(func(tx *bbolt.Tx) error {
		size, txid = tx.Size(), uint64(tx.ID())
		return nil
	})
	if err != nil || size < compactFrom || free <= size/2 {
		return false, err
	}
	if err := forget(path); err != nil {
		return false, err
	}
	// What is damaged must be found here, where bbolt's walk would panic, or go on.
	if err := verifyState(ctx, path, txid); err != nil {
		return false, &DamagedError{Path: path, Err: err}
	}
	err = compactInto(ctx, path, db, size-free, txid)
	if err != nil {
		log.Warn("the store has much free room and could not be compacted; it goes on as it is", "path", path, "bytes", size, "free", free, "err", err)
		return false, nil
	}
	log.Info("the store was compacted", "path", path, "before", size, "free", free)
	return true, nil
}

// verifyState reads the state of that number.
func verifyState(ctx context.Context, path string, txid uint64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	hs, err := readHeaders(f, info.Size())
	if err != nil {
		return err
	}
	for _, h := range hs {
		if h.txid == txid {
			_, err := verify(ctx, f, info.Size(), h, true)
			return err
		}
	}
	return fmt.Errorf("no header leads to commit %d", txid)
}

func compactInto(ctx context.Context, path string, db *bbolt.DB, live int64, txid uint64) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &disk); err != nil {
		return err
	}
	// Twice the data: the rest of the board needs room too.
	if room := int64(disk.Bavail) * int64(disk.Bsize); room < 2*live+1<<20 {
		return fmt.Errorf("%w: there are %d bytes of room for a copy of %d", ErrFull, room, live)
	}
	// The one before the last compaction is kept for a damage that would have been
	// found by now: all pages were read.
	if err := removeUncompacted(path); err != nil {
		return err
	}
	temp, err := prepare(ctx, path, func(temp string) error {
		to, err := openBolt(temp, quiet)
		if err != nil {
			return err
		}
		err = compactTo(to, db)
		if err := errors.Join(err, to.Sync(), to.Close()); err != nil {
			return err
		}
		// Its commits are counted on from the file's, and the half-filled states in
		// between are out of reach.
		return settleHeaders(temp, txid+1)
	}, nil)
	if err != nil {
		return err
	}
	if err := swap(temp, path, uncompacted(path)); err != nil {
		return errors.Join(classify(err), os.Remove(temp))
	}
	return nil
}

// compactTo is bbolt's Compact, a panic of which is an error.
func compactTo(to, from *bbolt.DB) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("bbolt: %v", v)
		}
	}()
	return bbolt.Compact(to, from, 4<<20)
}

// removeUncompacted removes the file from before a compaction, if there is one.
func removeUncompacted(path string) error {
	if err := os.Remove(uncompacted(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
