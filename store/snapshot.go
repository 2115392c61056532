package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Snapshot writes a copy of the file as of the last commit, and returns its length
// in bytes. Writers go on meanwhile. The copy opens like any store's file. w must
// be quick, a file and not a network: until the end no freed page is used again.
// It stops with w's error or ctx's.
func (s *Store) Snapshot(ctx context.Context, w io.Writer) (int64, error) {
	to := &snapshotWriter{ctx: ctx, w: w}
	var n int64
	err := s.view(func(tx *Tx) (err error) {
		n, err = tx.bolt().WriteTo(to)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("snapshot: %w", cmp.Or(to.err, err))
	}
	return n, nil
}

// SnapshotFile writes a snapshot to a file of mode 0600 at path, which holds the
// whole new copy when it returns nil, and what it held before otherwise, whatever
// happens meanwhile.
func (s *Store) SnapshotFile(ctx context.Context, path string) (n int64, err error) {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".new-")
	if err != nil {
		return 0, fmt.Errorf("snapshot: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	n, err = s.Snapshot(ctx, temp)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return n, err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return n, fmt.Errorf("snapshot: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return n, fmt.Errorf("snapshot: %w", err)
	}
	return n, nil
}

// snapshotWriter is w until ctx ends. It keeps the error that ended it, of which
// bbolt passes on the text alone.
type snapshotWriter struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (w *snapshotWriter) Write(b []byte) (n int, err error) {
	if w.ctx.Err() != nil {
		w.err = context.Cause(w.ctx)
		return 0, w.err
	}
	n, w.err = w.w.Write(b)
	return n, w.err
}
