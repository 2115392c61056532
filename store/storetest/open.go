package storetest

import (
	"context"
	"path/filepath"
	"testing"

	"crema/store"
)

// Open opens a store in a directory of the test's own, and checks and closes it
// when the test ends.
func Open(t testing.TB, migrations ...store.Migration) *store.Store {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "crema.db"), store.Options{Migrations: migrations})
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
