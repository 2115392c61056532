package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Check proves that the file is sound: every page used once or free, all keys in
// order. It first reads all pages while the others go on, and then, with the pages
// at hand, holds the writers for as long as bbolt needs to compare them with its
// free pages (0.1 s for 300 MB in memory). It returns a *DamagedError, after which
// nothing is written until the file is opened anew, ctx's error, or one of Update's.
func (s *Store) Check(ctx context.Context) error {
	if err := s.view(func(tx *Tx) error { return s.readAll(ctx, tx) }); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	err := s.update(ctx, &step{alone: true, fn: func(tx *Tx) error {
		var found []error
		for err := range tx.bolt().Check() { // to its end, or its goroutine stays
			if len(found) < 10 {
				found = append(found, err)
			}
		}
		if len(found) > 0 {
			return s.fail(&DamagedError{Path: s.path, Err: errors.Join(found...)})
		}
		return nil
	}})
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if err := removeUncompacted(s.path); err != nil {
		return fmt.Errorf("check: all is well, but a file can't be removed: %w", err)
	}
	return nil
}

// readAll verifies the state that tx sees. Its header is one of the file's two
// until the second commit after it.
func (s *Store) readAll(ctx context.Context, tx *Tx) error {
	f, err := os.Open(s.path)
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
		return &DamagedError{Path: s.path, Err: err}
	}
	for _, h := range hs {
		if h.txid != uint64(tx.bolt().ID()) {
			continue
		}
		_, err := verify(ctx, f, info.Size(), h, false)
		if err != nil && ctx.Err() == nil {
			return s.fail(&DamagedError{Path: s.path, Err: err})
		}
		return err
	}
	return nil // overtaken by two commits: the second part checks all the same
}

// Verify checks a file that no process has open for writing, such as a backup,
// without changing it, and tells its schema. It returns what Open would, and reads
// every page; a file of a newer schema is in order here.
func Verify(ctx context.Context, path string) (schema int, err error) {
	l, err := openLook(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	c, err := l.verify(ctx)
	return c.version, err
}
