package store

import (
	"context"
	"io"
)

// Snapshot writes a copy of the file as of the last commit, and returns its length
// in bytes. Writers go on meanwhile. The copy opens like any store's file. w must
// be quick, a file and not a network: until the end no freed page is used again.
// It stops with ctx's error.
func (s *Store) Snapshot(ctx context.Context, w io.Writer) (int64, error) {
	panic("todo")
}

// Check proves that the file is sound: every page reachable or free, none both, all
// keys in order. It returns a *DamagedError, or ctx's error.
func (s *Store) Check(ctx context.Context) error {
	panic("todo")
}

// Stats gives the figures; it costs nothing.
func (s *Store) Stats() Stats {
	panic("todo")
}
