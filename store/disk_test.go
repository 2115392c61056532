package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"crema/store"
	"crema/store/storetest"
)

func remount(t *testing.T, dir string, flags uintptr) {
	t.Helper()
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|flags, ""); err != nil {
		t.Fatal(err)
	}
}

// stuff writes a file until the disk has no room.
func stuff(t *testing.T, dir string) (path string) {
	t.Helper()
	path = filepath.Join(dir, "stuff")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// On a disk without a byte of room what makes the data grow is refused, and what is
// there can still be written anew and deleted, and the room is used again.
func TestDiskWithoutRoom(t *testing.T) {
	dir := storetest.Disk(t, 8<<20)
	path := filepath.Join(dir, "crema.db")
	s := open(t, path, store.Options{MaxSize: 64 << 20})
	add := func(i int) error {
		return s.Update(t.Context(), func(tx *store.Tx) error {
			return blobs.Put(tx, fmt.Sprintf("%05d", i), make([]byte, 5000))
		})
	}
	fill := func(i int) int {
		for ; ; i++ {
			if err := add(i); errors.Is(err, store.ErrFull) {
				return i
			} else if err != nil {
				t.Fatalf("blob %d: %v", i, err)
			}
		}
	}
	small := func(price int) func(tx *store.Tx) error { // a hundred pages
		return func(tx *store.Tx) (err error) {
			for i := range uint64(2000) {
				err = errors.Join(err, cups.Put(tx, i, cup{Name: strings.Repeat("x", 50), Price: price}))
			}
			return err
		}
	}
	update(t, s, small(100))
	fill(0)
	stuff(t, dir)
	n := fill(2000) // the stuff took what was left, so this is the end
	if n < 2000 {
		t.Fatal(n)
	}
	var keys []string
	view(t, s, func(tx *store.Tx) { keys = keysOf(blobs.All(tx)) })
	if len(keys) < 300 {
		t.Fatalf("full with %d blobs", len(keys))
	}
	update(t, s, small(101))
	for round := range 2 {
		for _, k := range keys {
			update(t, s, func(tx *store.Tx) error { return blobs.Put(tx, k, bytes.Repeat([]byte{byte(round + 1)}, 5000)) })
		}
	}
	if more := fill(4000) - 4000; more > 40 { // bbolt splits pages as chance has it: 20 or so
		t.Errorf("%d more fit in", more)
	}
	if err := s.Err(); err != nil {
		t.Errorf("the store gave up: %v", err)
	}
	// Also after a restart.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if clean, err := store.Clean(path); !clean || err != nil {
		t.Errorf("closed: clean = %v, %v", clean, err)
	}
	s = restored(t, path, store.Options{MaxSize: 64 << 20})
	if more := fill(5000) - 5000; more > 40 {
		t.Errorf("%d more fit in after a restart", more)
	}
	for _, k := range keys[:50] {
		update(t, s, func(tx *store.Tx) error { return blobs.Delete(tx, k) })
	}
	update(t, s, func(tx *store.Tx) (err error) {
		for _, k := range keys[50:250] {
			err = errors.Join(err, blobs.Delete(tx, k))
		}
		return err
	})
	if again := fill(6000) - 6000; again < 130 {
		t.Errorf("250 were deleted, and %d fit in", again)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// The disk of the snapshots is full, or read-only: that is told, and the store goes on.
func TestDiskOfTheSnapshots(t *testing.T) {
	o := small
	o.Snapshots = filepath.Join(storetest.Disk(t, 2<<20), "snapshots")
	path := filepath.Join(t.TempDir(), "crema.db")
	s := restored(t, path, o)
	put(t, s, 1)
	snapshot(t, s)
	stuffed := stuff(t, filepath.Dir(o.Snapshots))
	put(t, s, 2)
	if err := s.Rotate(t.Context()); !errors.Is(err, store.ErrFull) {
		t.Errorf("full: %v, want ErrFull", err)
	}
	if err := os.Remove(stuffed); err != nil {
		t.Fatal(err)
	}
	remount(t, filepath.Dir(o.Snapshots), unix.MS_RDONLY)
	if err := s.Rotate(t.Context()); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("read-only: %v, want ErrReadOnly", err)
	}
	put(t, s, 3)
	if got := names(s); !slices.Equal(got, []string{"snapshot-1.db"}) {
		t.Errorf("snapshots: %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// What can only be read is good to restore from.
	zeroAll(t, path)
	s = restored(t, path, o)
	if r := pending(t, s); r.From != filepath.Join(o.Snapshots, "snapshot-1.db") {
		t.Errorf("%+v", r)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	o.Migrations = []store.Migration{{Version: 1}} // which would keep a snapshot first
	restored(t, path, o)
}

// There is no room to restore a damaged store, or the disk is read-only: that is said,
// nothing is touched, and when that has passed it is restored.
func TestRestoreWithoutRoom(t *testing.T) {
	dir := storetest.Disk(t, 6<<20)
	path := filepath.Join(dir, "crema.db")
	o := restoring(t)
	s := open(t, path, o)
	fill(t, s, 500)
	snapshot(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	zeroAll(t, path)
	remount(t, dir, unix.MS_RDONLY)
	if _, err := store.OpenOrRestore(path, o); !errors.Is(err, store.ErrReadOnly) || !strings.Contains(err.Error(), path) {
		t.Errorf("read-only: %v, want ErrReadOnly", err)
	}
	remount(t, dir, 0)
	stuffed := stuff(t, dir)
	_, err := store.OpenOrRestore(path, o)
	if !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), path) {
		t.Errorf("full: %v, want ErrFull", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 2 {
		t.Errorf("left behind: %v", files)
	}
	if err := os.Remove(stuffed); err != nil {
		t.Fatal(err)
	}
	pending(t, restored(t, path, o))
}

// A disk without room for a copy: the file stays as it is, and works.
func TestCompactionWithoutRoom(t *testing.T) {
	dir := storetest.Disk(t, 40<<20)
	made := emptied(t, small, true)
	b, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "crema.db")
	write(t, path, b)
	stuffed := stuff(t, dir)
	var log bytes.Buffer
	s := restored(t, path, logged(small, &log))
	if !strings.Contains(log.String(), "could not be compacted") || !strings.Contains(log.String(), "full") {
		t.Errorf("logged %s", &log)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(stuffed); err != nil {
		t.Fatal(err)
	}
	s = restored(t, path, logged(small, &log))
	if !strings.Contains(log.String(), "was compacted") || s.Stats().Size > 1<<20 {
		t.Errorf("with room: %+v, %s", s.Stats(), &log)
	}
}
