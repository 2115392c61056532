package store

import (
	"context"
	"errors"
	"os"
)

// Waiting is the number of steps that the committer has not yet taken.
func (s *Store) Waiting() int {
	s.committer.mu.Lock()
	defer s.committer.mu.Unlock()
	return len(s.committer.waiting)
}

// Closing says whether no more steps are taken on.
func (s *Store) Closing() bool {
	s.committer.mu.Lock()
	defer s.committer.mu.Unlock()
	return s.committer.closed
}

// CommitFailed plays the failure of the transaction that is ahead of what readers
// see by that number.
func (s *Store) CommitFailed(ahead int, err error) error {
	b, e := s.bolt.Begin(false)
	if e != nil {
		return e
	}
	id := b.ID()
	return errors.Join(b.Rollback(), s.commitFailed(id+ahead, err))
}

// Clean says whether the file holds its list of free pages, and so was closed.
func Clean(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	hs, err := readHeaders(f, info.Size())
	if err != nil {
		return false, err
	}
	return hs[0].clean(), nil
}

var (
	Classify = classify
	Gather   = gather
)

// Rotate writes a snapshot as KeepSnapshots does.
func (s *Store) Rotate(ctx context.Context) error { return s.rotate(ctx, 0) }
