package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"

	bolterrors "go.etcd.io/bbolt/errors"

	"crema/store"
)

func TestFailuresHaveNames(t *testing.T) {
	all := []error{store.ErrLocked, store.ErrClosed, store.ErrFailed, store.ErrFull, store.ErrReadOnly, store.ErrDisk, store.ErrNested}
	path := func(n syscall.Errno) error { return &fs.PathError{Op: "write", Path: "/x", Err: n} }
	for _, c := range []struct{ err, want error }{
		{bolterrors.ErrTimeout, store.ErrLocked},
		{bolterrors.ErrDatabaseNotOpen, store.ErrClosed},
		{bolterrors.ErrInvalidMapping, store.ErrFailed},
		{bolterrors.ErrMaxSizeReached, store.ErrFull},
		{path(syscall.ENOSPC), store.ErrFull},
		{path(syscall.EDQUOT), store.ErrFull},
		{path(syscall.EFBIG), store.ErrFull},
		// Where bbolt grows the file only the text is left.
		{fmt.Errorf("file resize error: %s", path(syscall.ENOSPC)), store.ErrFull},
		{path(syscall.EROFS), store.ErrReadOnly},
		{path(syscall.EIO), nil},
		{errors.New("else"), nil},
	} {
		got := store.Classify(c.err)
		for _, name := range all {
			if errors.Is(got, name) != (name == c.want) {
				t.Errorf("%v is classified as %v", c.err, got)
			}
		}
	}
}

// At its greatest size the store refuses what is too large, and goes on.
func TestStoreAtItsGreatestSize(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "crema.db"), store.Options{MaxSize: 4 << 20})
	put := func(from, n int) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			for i := range n {
				if err := blobs.Put(tx, fmt.Sprintf("%05d", from+i), make([]byte, 5000)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	fill := func(n int) int {
		for {
			err := s.Update(t.Context(), put(n, 1))
			if errors.Is(err, store.ErrFull) {
				return n
			} else if err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	n := fill(0)
	st := s.Stats()
	if n < 400 || st.Size > st.Max || st.Max > 4<<20 || st.Fill() < 0.9 {
		t.Errorf("full after %d blobs of 5 kB: %+v, fill %.2f", n, st, st.Fill())
	}
	// In a group only the one that is too large fails.
	small := func(key string) func(*store.Tx) error {
		return func(tx *store.Tx) error { return count.Put(tx, key, 1) }
	}
	errs := group(t, s, small("a"), put(n, 100), small("b"))
	if errs[0] != nil || !errors.Is(errs[1], store.ErrFull) || errs[2] != nil {
		t.Errorf("small, large, small: %v", errs)
	}
	// What is there can be written anew, and deleted; then there is room.
	for i := range n {
		update(t, s, func(tx *store.Tx) error {
			return blobs.Put(tx, fmt.Sprintf("%05d", i), bytes.Repeat([]byte{1}, 5000))
		})
	}
	for i := range n / 2 {
		update(t, s, func(tx *store.Tx) error { return blobs.Delete(tx, fmt.Sprintf("%05d", i*2)) })
	}
	if st := s.Stats(); st.Fill() > 0.7 {
		t.Errorf("after deleting half: fill %.2f", st.Fill())
	}
	if m := fill(n); m < n+n/4 {
		t.Errorf("full again after %d more, of %d deleted", m-n, n/2)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A commit fails. As long as no reader sees it, it never was. But once its header is
// written, and not confirmed, nobody knows; then nothing more is written.
func TestFailedCommits(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "crema.db"), store.Options{})
	update(t, s, func(tx *store.Tx) error { return count.Put(tx, "a", 1) })
	if err := s.CommitFailed(1, syscall.EIO); !errors.Is(err, store.ErrDisk) || !errors.Is(err, syscall.EIO) || s.Err() != nil {
		t.Errorf("failed before its header: %v, the store says %v; want ErrDisk and nothing", err, s.Err())
	}
	if err := s.CommitFailed(0, syscall.EIO); !errors.Is(err, store.ErrFailed) || !errors.Is(s.Err(), store.ErrFailed) {
		t.Errorf("failed after its header: %v, the store says %v; want ErrFailed", err, s.Err())
	}
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return count.Put(tx, "a", 3) }); !errors.Is(err, store.ErrFailed) {
		t.Errorf("the next Update = %v, want ErrFailed", err)
	}
	view(t, s, func(tx *store.Tx) { // reading goes on
		if n, _, _ := count.Get(tx, "a"); n != 1 {
			t.Errorf("a = %d", n)
		}
	})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if clean, _ := store.Clean(s.Path()); clean {
		t.Error("after a failure the file was closed as if all were well")
	}
}
