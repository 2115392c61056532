package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// snapshotName is the n-th snapshot's, counted from 1.
func snapshotName(n uint64) string { return "snapshot-" + strconv.FormatUint(n, 10) + ".db" }

// snapshotNumber is the number in a snapshot's name.
func snapshotNumber(name string) (uint64, bool) {
	digits, ok := strings.CutPrefix(strings.TrimSuffix(name, ".db"), "snapshot-")
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, ok && err == nil && snapshotName(n) == name
}

// snapshotNumbers lists a directory's snapshots, newest first.
func snapshotNumbers(dir string) ([]uint64, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var ns []uint64
	for _, e := range entries {
		if n, ok := snapshotNumber(e.Name()); ok && e.Type().IsRegular() {
			ns = append(ns, n)
		}
	}
	slices.SortFunc(ns, func(a, b uint64) int { return cmp.Compare(b, a) })
	return ns, err
}

// usable proves that the file at path can be put in a store's place: sound, ours,
// and of no newer schema than ms has.
func usable(ctx context.Context, path string, ms []Migration) error {
	version, err := Verify(ctx, path)
	if err != nil {
		return err
	}
	if version > len(ms) {
		return &NewerSchemaError{Path: path, Found: version, Known: len(ms)}
	}
	return nil
}

// mark writes into the file at path, which nobody uses, that it was restored, and
// brings it to disk, closed.
func mark(path string, r Restoration) error {
	db, err := openBolt(path, quiet)
	if err != nil {
		return err
	}
	s := &Store{path: path, bolt: db, log: slog.New(slog.DiscardHandler)}
	b, err := db.Begin(true)
	if err == nil {
		if err = s.call(&Tx{shared: s.newShared(b)}, func(tx *Tx) error { return addRestoration(tx, r) }); err != nil {
			err = rollback(b, err)
		} else {
			err = s.write(b)
		}
	}
	if err := errors.Join(err, db.Sync(), db.Close()); err != nil {
		return fmt.Errorf("mark %s as restored: %w", filepath.Base(path), classify(err))
	}
	return nil
}
