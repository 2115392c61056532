package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/store"
)

// keeping runs KeepSnapshots on a store in a bubble of its own, where time passes by
// itself, as do what it is given.
func keeping(t *testing.T, o store.Options, plan store.SnapshotPlan, do func(t *testing.T, s *store.Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, filepath.Join(t.TempDir(), "crema.db"), o)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.KeepSnapshots(ctx, plan) }()
		synctest.Wait()
		do(t, s)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("KeepSnapshots = %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func names(s *store.Store) (all []string) {
	for _, i := range s.Snapshots() {
		all = append(all, i.Name)
	}
	return all
}

func put(t *testing.T, s *store.Store, n int) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error { return count.Put(tx, "n", n) })
}

func TestSnapshotsByTurns(t *testing.T) {
	o := restoring(t)
	keeping(t, o, store.SnapshotPlan{Every: time.Hour}, func(t *testing.T, s *store.Store) {
		want := [][]string{
			{"snapshot-1.db"},
			{"snapshot-2.db", "snapshot-1.db"},
			{"snapshot-3.db", "snapshot-2.db"},
			{"snapshot-4.db", "snapshot-3.db"},
		}
		for n, want := range want {
			if got := names(s); !slices.Equal(got, want) {
				t.Errorf("after %d h: %v, want %v", n, got, want)
			}
			put(t, s, n)
			time.Sleep(time.Hour)
			synctest.Wait()
		}
		// While nothing is committed, the card is left alone.
		had := names(s)
		time.Sleep(24 * time.Hour)
		if got := names(s); !slices.Equal(got, had) {
			t.Errorf("without commits: %v, then %v", had, got)
		}
		for _, i := range s.Snapshots() {
			path := filepath.Join(o.Snapshots, i.Name)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if !i.Verified || i.TxID == 0 || i.Size != info.Size() || !i.Time.Equal(info.ModTime()) || info.Mode() != 0o600 {
				t.Errorf("%+v, the file: %v", i, info.Mode())
			}
			if _, err := store.Verify(t.Context(), path); err != nil {
				t.Error(err)
			}
		}
		if err := s.SnapshotErr(); err != nil {
			t.Errorf("SnapshotErr = %v", err)
		}
	})
	if info, err := os.Stat(o.Snapshots); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(o.Snapshots, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSnapshotAfterManyBytes(t *testing.T) {
	keeping(t, restoring(t), store.SnapshotPlan{After: 200 << 10}, func(t *testing.T, s *store.Store) {
		if got := len(s.Snapshots()); got != 1 {
			t.Fatalf("%d at the start", got)
		}
		for n := range 4 { // some 20 kB each
			put(t, s, n)
		}
		synctest.Wait()
		if got := names(s); len(got) != 1 {
			t.Errorf("after a little: %v", got)
		}
		update(t, s, func(tx *store.Tx) error { return blobs.Put(tx, "large", make([]byte, 300<<10)) })
		synctest.Wait()
		if got := names(s); len(got) != 2 {
			t.Errorf("after much: %v", got)
		}
	})
}

// A young snapshot is enough at the start; an old one, one of another store, one from
// the future and one that has rotted are not.
func TestSnapshotAtTheStart(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		want  int
	}{
		"young": {func(t *testing.T, path string) { age(t, path, time.Minute) }, 1},
		"rotten": {func(t *testing.T, path string) {
			for page := range int64(4) {
				zeroPage(t, path, page+2)
			}
		}, 1},
		"empty": {func(t *testing.T, path string) {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		}, 1},
		"old":             {func(t *testing.T, path string) { age(t, path, time.Hour+time.Second) }, 2},
		"from the future": {func(t *testing.T, path string) { age(t, path, -time.Hour) }, 2},
		"of another store": {func(t *testing.T, path string) {
			other := open(t, filepath.Join(t.TempDir(), "other.db"), small)
			for n := range 20 {
				put(t, other, n)
			}
			if _, err := other.SnapshotFile(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			if err := other.Close(); err != nil {
				t.Fatal(err)
			}
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			o := restoring(t)
			path := filepath.Join(t.TempDir(), "crema.db")
			synctest.Test(t, func(t *testing.T) {
				s := open(t, path, o)
				put(t, s, 1)
				snapshot(t, s)
				put(t, s, 2)
				c.spoil(t, filepath.Join(o.Snapshots, "snapshot-1.db"))
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() { ended <- s.KeepSnapshots(ctx, store.SnapshotPlan{Every: time.Hour}) }()
				synctest.Wait()
				all := s.Snapshots()
				if len(all) != c.want || !all[0].Verified {
					t.Errorf("%+v, want %d, the newest verified", all, c.want)
				}
				cancel()
				<-ended
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func age(t *testing.T, path string, d time.Duration) {
	t.Helper()
	then := time.Now().Add(-d)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

func zeroPage(t *testing.T, path string, page int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 4096), page*4096); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// The directory can't be made, since there is a file: it is told, and tried again.
func TestSnapshotThatFailsIsTriedAgain(t *testing.T) {
	var log bytes.Buffer
	o := restoring(t)
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	if err := os.WriteFile(o.Snapshots, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	keeping(t, o, store.SnapshotPlan{}, func(t *testing.T, s *store.Store) {
		if err := s.SnapshotErr(); err == nil || !strings.Contains(err.Error(), o.Snapshots) {
			t.Errorf("SnapshotErr = %v", err)
		}
		if !strings.Contains(log.String(), "tried again") {
			t.Errorf("logged: %s", &log)
		}
		put(t, s, 1) // the store goes on
		if err := os.Remove(o.Snapshots); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Minute + 1)
		synctest.Wait()
		if got := s.Snapshots(); len(got) != 1 || s.SnapshotErr() != nil {
			t.Errorf("later: %v, %v", got, s.SnapshotErr())
		}
	})
}

// A snapshot that comes out damaged, since the store is, replaces no good one, and
// the store says what it is.
func TestSnapshotOfADamagedStore(t *testing.T) {
	o := restoring(t)
	keeping(t, o, store.SnapshotPlan{Every: time.Hour}, func(t *testing.T, s *store.Store) {
		fill(t, s, 500)
		time.Sleep(time.Hour)
		synctest.Wait()
		had := names(s)
		f, err := os.OpenFile(s.Path(), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		put(t, s, 1)
		for page := int64(2); page < s.Stats().Size/4096; page++ {
			var head [12]byte
			if _, err := f.ReadAt(head[:], page*4096); err != nil {
				t.Fatal(err)
			}
			if head[8] == 2 && head[10] > 20 { // a leaf with many entries
				zeroPage(t, s.Path(), page)
			}
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := names(s); !slices.Equal(got, had) {
			t.Errorf("snapshots %v, before %v", got, had)
		}
		var d *store.DamagedError
		if !errors.As(s.SnapshotErr(), &d) || !errors.As(s.Err(), &d) {
			t.Errorf("SnapshotErr = %v, Err = %v, want a DamagedError", s.SnapshotErr(), s.Err())
		}
	})
}

func TestSnapshotBeforeMigration(t *testing.T) {
	o := restoring(t)
	path := filepath.Join(t.TempDir(), "crema.db")
	version := func(n int) store.Options {
		o := o
		for v := range n {
			o.Migrations = append(o.Migrations, store.Migration{Version: v + 1, Up: func(tx *store.Tx) error {
				return count.Put(tx, "schema", v+1)
			}})
		}
		return o
	}
	list := func(s *store.Store) string { return strings.Join(names(s), " ") }
	s := restored(t, path, version(2))
	if got := list(s); got != "" {
		t.Errorf("a new store: %s", got)
	}
	snapshot(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = restored(t, path, version(4))
	if got := list(s); got != "snapshot-2-before-schema-4.db snapshot-1.db" {
		t.Errorf("after a migration: %s", got)
	}
	for n := range 3 {
		put(t, s, n)
		snapshot(t, s)
	}
	if got := list(s); got != "snapshot-5.db snapshot-4.db snapshot-2-before-schema-4.db" {
		t.Errorf("later: %s", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// The way back: the rotating ones are newer than the program.
	back := filepath.Join(o.Snapshots, "snapshot-2-before-schema-4.db")
	var newer *store.NewerSchemaError
	if _, err := store.OpenOrRestore(path, version(2)); !errors.As(err, &newer) {
		t.Errorf("OpenOrRestore of a newer schema = %v", err)
	}
	if _, err := store.Replace(t.Context(), path, filepath.Join(o.Snapshots, "snapshot-5.db"), version(2)); !errors.As(err, &newer) {
		t.Errorf("Replace by a newer schema = %v", err)
	}
	if _, err := store.Replace(t.Context(), path, back, version(2)); err != nil {
		t.Fatal(err)
	}
	s = restored(t, path, version(2))
	view(t, s, func(tx *store.Tx) {
		if n, _, _ := count.Get(tx, "schema"); n != 2 {
			t.Errorf("schema %d", n)
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// A migration that fails half-way and is made again keeps the state before all of it.
	o2 := version(5)
	o2.Migrations[4].Up = func(*store.Tx) error { return errors.New("no") }
	if _, err := store.OpenOrRestore(path, o2); err == nil {
		t.Fatal("migrated")
	}
	s = restored(t, path, version(5))
	var before []string
	for _, n := range names(s) {
		if strings.Contains(n, "before") {
			before = append(before, n)
		}
	}
	if len(before) != 1 || !strings.HasSuffix(before[0], "-before-schema-5.db") {
		t.Fatalf("kept: %v", before)
	}
	if v, err := store.Verify(t.Context(), filepath.Join(o.Snapshots, before[0])); v != 2 || err != nil {
		t.Errorf("%s has schema %d, %v, want 2", before[0], v, err)
	}
}
