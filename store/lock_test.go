package store_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"crema/store"
)

// While a process waits for the lock, the one that has it puts another file in place:
// what is opened is that.
func TestFileReplacedWhileItsLockIsWaitedFor(t *testing.T) {
	t.Parallel()
	path, other := filepath.Join(t.TempDir(), "crema.db"), filepath.Join(t.TempDir(), "other.db")
	for n, p := range []string{path, other} {
		s := open(t, p, small)
		put(t, s, n)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	type opened struct {
		s   *store.Store
		err error
	}
	done := make(chan opened)
	go func() {
		s, err := store.OpenOrRestore(path, small)
		done <- opened{s, err}
	}()
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	o := <-done
	if o.err != nil {
		t.Fatal(o.err)
	}
	defer o.s.Close()
	view(t, o.s, func(tx *store.Tx) {
		if n, _, _ := count.Get(tx, "n"); n != 1 {
			t.Errorf("n = %d: the old file was opened", n)
		}
	})
	// And it is the one that is locked.
	update(t, o.s, func(tx *store.Tx) error { return count.Put(tx, "n", 2) })
	if _, err := store.Verify(t.Context(), path); err == nil {
		t.Error("the file at the path is not locked")
	}
}
