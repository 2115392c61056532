package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"crema/store"
)

// restoring are options with a directory for snapshots.
func restoring(t *testing.T) store.Options {
	o := small
	o.Snapshots = filepath.Join(t.TempDir(), "snapshots")
	return o
}

// snapshot has one rotating snapshot written.
func snapshot(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// pending gives the restoration that the store says it has.
func pending(t *testing.T, s *store.Store) (r store.Restoration) {
	t.Helper()
	view(t, s, func(tx *store.Tx) {
		var ok bool
		var err error
		if r, ok, err = store.PendingRestoration(tx); !ok || err != nil {
			t.Fatalf("PendingRestoration = %v, %v, %v", r, ok, err)
		}
	})
	return r
}

func restored(t *testing.T, path string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.OpenOrRestore(path, o)
	if err != nil {
		t.Fatalf("OpenOrRestore: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestDamagedStoreComesFromItsSnapshot(t *testing.T) {
	o := restoring(t)
	path := filepath.Join(t.TempDir(), "crema.db")
	s := restored(t, path, o)
	view(t, s, func(tx *store.Tx) {
		if r, ok, err := store.PendingRestoration(tx); ok || err != nil {
			t.Errorf("a new store has %v, %v", r, err)
		}
	})
	update(t, s, func(tx *store.Tx) error { return count.Put(tx, "n", 1) })
	snapshot(t, s)
	update(t, s, func(tx *store.Tx) error { return count.Put(tx, "n", 2) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = restored(t, path, o)
	r := pending(t, s)
	if r.From != filepath.Join(o.Snapshots, "snapshot-1.db") || r.Taken.IsZero() {
		t.Errorf("restored: %+v", r)
	}
	if b, err := os.ReadFile(r.Aside); string(b) != "garbage" || err != nil {
		t.Errorf("aside: %q, %v", b, err)
	}
	update(t, s, func(tx *store.Tx) error {
		if n, _, _ := count.Get(tx, "n"); n != 1 {
			t.Errorf("n = %d, want 1", n)
		}
		return store.SettleRestoration(tx)
	})
	view(t, s, func(tx *store.Tx) {
		if _, ok, _ := store.PendingRestoration(tx); ok {
			t.Error("still pending after it was settled")
		}
	})
}

func TestReplace(t *testing.T) {
	o := restoring(t)
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "crema.db"), filepath.Join(t.TempDir(), "backup.db")
	s := open(t, path, o)
	update(t, s, func(tx *store.Tx) error { return count.Put(tx, "n", 1) })
	if _, err := s.SnapshotFile(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *store.Tx) error { return count.Put(tx, "n", 2) })
	snapshot(t, s)
	if _, err := store.Replace(t.Context(), path, backup, o); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Replace of an open store = %v, want ErrLocked", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want, err := store.Replace(t.Context(), path, backup, o)
	if err != nil {
		t.Fatal(err)
	}
	s = restored(t, path, o)
	if got := pending(t, s); got.From != backup || got.Aside != want.Aside || got.Aside == "" {
		t.Errorf("pending %+v, Replace said %+v", got, want)
	}
	view(t, s, func(tx *store.Tx) {
		if n, _, _ := count.Get(tx, "n"); n != 1 {
			t.Errorf("n = %d, want 1", n)
		}
	})
}

// A new store in the place of a lost one is as new as any: what is not in it is not kept before its migrations, and no such snapshot, which
// is the way back from a program, is taken for the day's.
func TestLostStoreBeginsWithoutASnapshot(t *testing.T) {
	o := restoring(t)
	o.Migrations = []store.Migration{{Version: 1, Name: "first", Up: func(*store.Tx) error { return nil }}}
	path := filepath.Join(t.TempDir(), "crema.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("coffee"), 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	s := restored(t, path, o)
	if r := pending(t, s); r.From != store.FromNothing {
		t.Fatalf("restored from %q", r.From)
	}
	if all := names(s); len(all) != 0 {
		t.Errorf("an empty store was kept as %v", all)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
