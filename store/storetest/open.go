package storetest

import (
	"context"
	"path/filepath"
	"testing"

	"crema/store"
)

// Open opens a store in a directory of the test's own, in memory as in [Memory], and checks
// and closes it when the test ends. A benchmark's is on the disk. It may have 64 MiB, as the
// room that is taken ahead goes by that.
func Open(t testing.TB, migrations ...store.Migration) *store.Store {
	t.Helper()
	dir := Memory
	if _, measured := t.(*testing.B); measured {
		dir = testing.TB.TempDir
	}
	s, err := store.Open(filepath.Join(dir(t), "crema.db"), store.Options{Migrations: migrations, MaxSize: 64 << 20})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Check(context.Background()); err != nil {
			t.Errorf("check store: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}
