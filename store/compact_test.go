package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"crema/store"
)

// emptied makes a store of some 20 MiB, most of which is deleted again; it was closed,
// or its power was cut.
func emptied(t *testing.T, o store.Options, closed bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crema.db")
	s := open(t, path, o)
	fill(t, s, 1000)
	large := make([]byte, 1<<20)
	for i := range 20 {
		update(t, s, func(tx *store.Tx) error {
			_, err := numbers.Next(tx)
			return errors.Join(err, numbers.Put(tx, uint64(i), i), blobs.Put(tx, fmt.Sprint(i), large))
		})
	}
	for i := range 20 {
		update(t, s, func(tx *store.Tx) error { return blobs.Delete(tx, fmt.Sprint(i)) })
	}
	// This is too much for the log, and takes it along: bbolt alone can tell what there is.
	update(t, s, func(tx *store.Tx) error { return blobs.Put(tx, "last", make([]byte, 10_000)) })
	cut := crash(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if closed {
		return path
	}
	return cut
}

// contents lists all that a closed store holds: buckets, sequences, keys, values.
func contents(t *testing.T, path string) (all []string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		var list func(name []byte, b *bbolt.Bucket) error
		list = func(name []byte, b *bbolt.Bucket) error {
			all = append(all, fmt.Sprintf("%s %x", name, b.Sequence()))
			return b.ForEach(func(k, v []byte) error {
				if v == nil {
					return list(k, b.Bucket(k))
				}
				all = append(all, fmt.Sprintf("%s %x %x", name, k, v))
				return nil
			})
		}
		return tx.ForEach(list)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestCompaction(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := store.Options{MaxSize: 64 << 20, Migrations: []store.Migration{{Version: 1, Name: "the first"}}, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	for _, closed := range []bool{true, false} {
		path := emptied(t, o, closed)
		want, before := contents(t, path), store.TxID(path)
		old := path + ".before-compaction"
		log.Reset()
		s := open(t, path, o)
		if !strings.Contains(log.String(), "was compacted") {
			t.Errorf("logged %s", &log)
		}
		if st := s.Stats(); st.Size > 1<<20 {
			t.Errorf("compacted to %d bytes", st.Size)
		}
		if id := store.TxID(path); id <= before {
			t.Errorf("commit %d, before the compaction %d", id, before)
		}
		if size := fileSize(t, old); size < 16<<20 {
			t.Errorf("the file before has %d bytes", size)
		}
		if closed { // the first check that finds no fault has it removed
			if err := s.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("after a check: %v", err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, path); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("closed %v: %d entries became %d others", closed, len(want), len(got))
		}
		if _, err := store.Verify(t.Context(), path); err != nil {
			t.Error(err)
		}
		if fileSize(t, path) >= 20<<20 {
			t.Errorf("the file has %d bytes", fileSize(t, path))
		}
		// Once is enough.
		log.Reset()
		s = open(t, path, o)
		if strings.Contains(log.String(), "compacted") {
			t.Errorf("again: %s", &log)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The compacted file is damaged before it was checked: the one before it is newer
// than any snapshot.
func TestDamageAfterCompaction(t *testing.T) {
	t.Parallel()
	o := restoring(t)
	path := emptied(t, o, true)
	s := restored(t, path, o)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	zeroAll(t, path)
	s = restored(t, path, o)
	if r := pending(t, s); r.From != path+".before-compaction" {
		t.Errorf("%+v", r)
	}
	view(t, s, func(tx *store.Tx) {
		if n, _, err := numbers.Get(tx, 19); n != 19 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
	// The first snapshot has it removed, too.
	snapshot(t, s)
	if _, err := os.Stat(path + ".before-compaction"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after a snapshot: %v", err)
	}
}

// A damaged file is not compacted, which would make its damage good: it is refused.
func TestDamagedFileIsNotCompacted(t *testing.T) {
	t.Parallel()
	path := emptied(t, small, true)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[bytes.LastIndex(b, []byte(`"Price":77`))+8] ^= 1
	write(t, path, b)
	_, err = store.Verify(t.Context(), path)
	var d *store.DamagedError
	if !errors.As(err, &d) {
		t.Fatalf("Verify = %v: the wrong bit was turned", err)
	}
	if s, err := store.Open(path, small); !errors.As(err, &d) {
		t.Errorf("Open = %v, %v", s, err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(b, after) {
		t.Error("the file was changed")
	}
}
