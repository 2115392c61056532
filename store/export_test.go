package store

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"go.etcd.io/bbolt"
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

// Root is the page of the bucket of buckets of the file's newest state.
func Root(t testing.TB, path string) int64 {
	l, err := openLook(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	return int64(l.head.root)
}

// Freelist is the page of the list of free pages of a file that was closed.
func Freelist(t testing.TB, path string) int64 {
	l, err := openLook(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	return int64(l.head.freelist)
}

// Prepared gives the file that OpenOrRestore would put in the place of a damaged one.
func Prepared(path string, o Options) (string, error) {
	o.Logger = slog.New(slog.DiscardHandler)
	r := &restorer{path: path, options: o, tried: make(map[string]bool)}
	rest := Restoration{Time: time.Now(), Reason: "a test"}
	fill, err := r.choose(context.Background(), nil, &rest)
	if err != nil {
		return "", err
	}
	return prepare(context.Background(), path, fill, &rest)
}

// AtStep has f called between the steps that change files.
func AtStep(f func(step string)) { atStep = f }

// CompactFrom sets the size from which on files are compacted.
func CompactFrom(n int64) { compactFrom = n }

// TxID is the number of the file's last commit.
func TxID(path string) uint64 { return txidOf(path) }

// FallBack plays that the file shows an older state than was committed.
func (s *Store) FallBack() {
	s.layers.mu.Lock()
	defer s.layers.mu.Unlock()
	s.layers.id++
}

// Remark gives a closed file the mark of another format, soundly.
func Remark(path, name string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: pageSize})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		value, err := json.Marshal(applied{Name: name})
		key := schema.key.Encode(nil, 0)
		return errors.Join(err, tx.Bucket([]byte(schema.name)).Put(key, addSum(key, value)))
	})
	return errors.Join(err, db.Close())
}

// Log is how many pages the log has, and how many bytes of the tree it leaves without use.
func (s *Store) Log() (pages, frees int) {
	l := s.layers.newest()
	return l.page, l.weight() - l.page*pageSize
}
