package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/store"
)

// steps makes n migrations that note their runs.
func steps(n int, ran *[]int) []store.Migration {
	var ms []store.Migration
	for v := 1; v <= n; v++ {
		ms = append(ms, store.Migration{Version: v, Name: "step", Up: func(tx *store.Tx) error {
			*ran = append(*ran, v)
			last, _, err := count.Get(tx, "schema")
			if last != v-1 {
				return errors.New("out of order")
			}
			return errors.Join(err, count.Put(tx, "schema", v))
		}})
	}
	return ms
}

func TestMigrationsRunOnceInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crema.db")
	var ran []int
	for _, c := range []struct {
		known int
		want  []int
	}{{0, nil}, {2, []int{1, 2}}, {2, nil}, {5, []int{3, 4, 5}}, {5, nil}} {
		ran = nil
		s := open(t, path, store.Options{Migrations: steps(c.known, &ran)})
		if !slices.Equal(ran, c.want) {
			t.Errorf("a program that knows %d ran %v, want %v", c.known, ran, c.want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNewFilesRunAllMigrations(t *testing.T) {
	var ran []int
	open(t, filepath.Join(t.TempDir(), "crema.db"), store.Options{Migrations: steps(3, &ran)})
	if want := []int{1, 2, 3}; !slices.Equal(ran, want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
}

func TestFailingMigrationLeavesTheVersion(t *testing.T) {
	refused := errors.New("refused")
	for name, up := range map[string]func(*store.Tx) error{
		"error": func(tx *store.Tx) error { return errors.Join(count.Put(tx, "schema", 99), refused) },
		"panic": func(tx *store.Tx) error { _ = count.Put(tx, "schema", 99); panic(refused) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "crema.db")
			var ran []int
			ms := steps(4, &ran)
			whole := ms[2].Up
			ms[2].Name, ms[2].Up = "third", up
			_, err := store.Open(path, store.Options{Migrations: ms})
			if !errors.Is(err, refused) || !strings.Contains(err.Error(), "to schema 3 (third)") {
				t.Fatalf("Open = %v, want the failure of migration 3", err)
			}
			if v, err := store.Verify(t.Context(), path); v != 2 || err != nil {
				t.Errorf("the file's schema is %d, %v, want 2", v, err)
			}
			ran, ms[2].Up = nil, whole
			s := open(t, path, store.Options{Migrations: ms})
			if want := []int{3, 4}; !slices.Equal(ran, want) {
				t.Errorf("the next start ran %v, want %v", ran, want)
			}
			view(t, s, func(tx *store.Tx) {
				if v, _, _ := count.Get(tx, "schema"); v != 4 {
					t.Errorf("migrated to %d", v)
				}
			})
		})
	}
}

func TestNewerSchemaIsRefusedUntouched(t *testing.T) {
	var ran []int
	newer := store.Options{Migrations: steps(3, &ran)}
	closed := filled(t, newer)
	running := open(t, filepath.Join(t.TempDir(), "crema.db"), newer)
	fill(t, running, 100)
	for name, path := range map[string]string{"closed": closed, "crashed": crash(t, running)} {
		past := time.Now().Add(-time.Hour).Truncate(time.Second)
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ran = nil
		_, err = store.Open(path, store.Options{Migrations: steps(2, &ran)})
		var n *store.NewerSchemaError
		if !errors.As(err, &n) || n.Found != 3 || n.Known != 2 || n.FoundName != "step" || n.Path != path {
			t.Errorf("%s: Open = %v, want a NewerSchemaError", name, err)
		}
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, after) || !info.ModTime().Equal(past) || len(ran) > 0 {
			t.Errorf("%s: it was touched", name)
		}
		open(t, path, newer)
	}
}

func TestMisnumberedMigrationsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crema.db")
	for _, versions := range [][]int{{0}, {2}, {1, 1}, {1, 3}, {2, 1}} {
		var ms []store.Migration
		for _, v := range versions {
			ms = append(ms, store.Migration{Version: v})
		}
		if _, err := store.Open(path, store.Options{Migrations: ms}); err == nil {
			t.Errorf("versions %v were taken", versions)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made")
	}
}

func TestMigrationSeesOlderData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crema.db")
	s := open(t, path, store.Options{})
	update(t, s, func(tx *store.Tx) error { return count.Put(tx, "price", 2) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cents := store.NewBucket[string, string]("cents", store.StringKey())
	s = open(t, path, store.Options{Migrations: []store.Migration{{Version: 1, Name: "cents", Up: func(tx *store.Tx) error {
		for k, v := range count.All(tx) {
			if err := cents.Put(tx, k, strings.Repeat("c", v)); err != nil {
				return err
			}
			if err := count.Delete(tx, k); err != nil {
				return err
			}
		}
		return nil
	}}}})
	if err := s.Update(context.Background(), func(tx *store.Tx) error {
		if v, _, err := cents.Get(tx, "price"); v != "cc" || err != nil || !count.Empty(tx) {
			t.Errorf("migrated to %q, %v", v, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
