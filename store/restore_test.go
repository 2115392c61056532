package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"crema/store"
)

// A board has a store whose count n is 4, a commit before it was 3, and snapshots of
// the times when it was 1 and 2.
type board struct {
	path string
	o    store.Options
}

func (b board) snapshot(n string) string { return filepath.Join(b.o.Snapshots, "snapshot-"+n+".db") }

// newBoard makes a board that was closed, or one whose power was cut.
func newBoard(t *testing.T, closed bool) board {
	t.Helper()
	b := board{path: filepath.Join(t.TempDir(), "crema.db"), o: restoring(t)}
	b.o.Migrations = []store.Migration{{Version: 1}}
	s := restored(t, b.path, b.o)
	fill(t, s, 200)
	for n := range 4 {
		put(t, s, n+1)
		if n < 2 {
			snapshot(t, s)
		}
	}
	if !closed {
		cut, err := os.ReadFile(b.path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := os.WriteFile(b.path, cut, 0o600); err != nil {
				t.Fatal(err)
			}
		}()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func zeroAll(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, make([]byte, info.Size()))
}

// header gives the page of the header that is the newer one, or the older.
func header(t *testing.T, path string, newer bool) int64 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// txid is the last number before the checksum.
	if a, z := b[16+48:16+56], b[4096+16+48:4096+16+56]; (a[0] > z[0] || a[1] > z[1]) == newer {
		return 0
	}
	return 1
}

func TestTheBestThereIsIsRestored(t *testing.T) {
	previous := func(board) string { return store.FromPreviousCommit }
	nothing := func(board) string { return store.FromNothing }
	numbered := func(n string) func(b board) string { return func(b board) string { return b.snapshot(n) } }
	for name, c := range map[string]struct {
		closed bool
		damage func(t *testing.T, b board)
		from   func(board) string
		n      int
		reason string
	}{
		"empty":            {true, func(t *testing.T, b board) { write(t, b.path, nil) }, numbered("2"), 2, "it is empty"},
		"garbage":          {true, func(t *testing.T, b board) { write(t, b.path, bytes.Repeat([]byte("?!"), 1<<16)) }, numbered("2"), 2, "neither of its two"},
		"zeros":            {false, func(t *testing.T, b board) { zeroAll(t, b.path) }, numbered("2"), 2, "neither of its two"},
		"gone":             {true, func(t *testing.T, b board) { _ = os.Remove(b.path) }, numbered("2"), 2, "gone"},
		"newer header":     {false, func(t *testing.T, b board) { zeroPage(t, b.path, header(t, b.path, true)) }, previous, 3, "header"},
		"older header":     {false, func(t *testing.T, b board) { zeroPage(t, b.path, header(t, b.path, false)) }, previous, 4, "header"},
		"head of a header": {false, func(t *testing.T, b board) { turn(t, b.path, 4096) }, func(board) string { return store.FromLastCommit }, 4, "head"},
		"list of free pages": {true, func(t *testing.T, b board) { zeroPage(t, b.path, store.Freelist(t, b.path)) },
			func(board) string { return store.FromLastCommit }, 4, "free pages"},
		"closed, newer": {true, func(t *testing.T, b board) { zeroPage(t, b.path, header(t, b.path, true)) }, previous, 4, "header"},
		"both headers": {false, func(t *testing.T, b board) { zeroPage(t, b.path, 0); zeroPage(t, b.path, 1) }, numbered("2"), 2,
			"neither of its two"},
		"cut": {false, func(t *testing.T, b board) {
			if err := os.Truncate(b.path, 5*4096); err != nil {
				t.Fatal(err)
			}
		}, numbered("2"), 2, "the file is cut"},
		"the last commit's pages": {false, func(t *testing.T, b board) { zeroPage(t, b.path, store.Root(t, b.path)) }, previous, 3, "page"},
		"a snapshot too": {false, func(t *testing.T, b board) { zeroAll(t, b.path); zeroAll(t, b.snapshot("2")) }, numbered("1"), 1,
			"snapshot-2.db is damaged"},
		"all": {false, func(t *testing.T, b board) {
			zeroAll(t, b.path)
			zeroAll(t, b.snapshot("2"))
			zeroPage(t, b.snapshot("1"), 0)
			zeroPage(t, b.snapshot("1"), 1)
		}, nothing, 0, "snapshot-1.db is damaged"},
		"no snapshots": {false, func(t *testing.T, b board) { zeroAll(t, b.path); _ = os.RemoveAll(b.o.Snapshots) }, nothing, 0, "neither"},
		"a file for a place": {false, func(t *testing.T, b board) {
			zeroAll(t, b.path)
			_ = os.RemoveAll(b.o.Snapshots)
			write(t, b.o.Snapshots, nil)
		}, nothing, 0, "not a directory"},
		"a newer snapshot": {true, func(t *testing.T, b board) {
			zeroAll(t, b.path)
			migrated(t, b.snapshot("2"), 2)
		}, numbered("1"), 1, "schema 2"},
		"a foreign snapshot": {true, func(t *testing.T, b board) {
			zeroAll(t, b.path)
			_ = os.Remove(b.snapshot("2"))
			if err := foreign(b.snapshot("2")); err != nil {
				t.Fatal(err)
			}
		}, numbered("1"), 1, "no crema store"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoard(t, c.closed)
			c.damage(t, b)
			damaged, _ := os.ReadFile(b.path)
			s := restored(t, b.path, b.o)
			r := pending(t, s)
			if r.From != c.from(b) || !strings.Contains(r.Reason, c.reason) || r.Time.IsZero() || (r.From == b.snapshot("2")) == r.Taken.IsZero() && c.n == 2 {
				t.Errorf("restored: %+v", r)
			}
			if kept, err := os.ReadFile(r.Aside); r.Aside != "" && (err != nil || !bytes.Equal(kept, damaged)) || (r.Aside == "") != (name == "gone") {
				t.Errorf("aside is %q, %v, and not what was there", r.Aside, err)
			}
			view(t, s, func(tx *store.Tx) {
				if n, _, err := count.Get(tx, "n"); n != c.n || err != nil {
					t.Errorf("n = %d, %v, want %d", n, err, c.n)
				}
			})
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			update(t, s, store.SettleRestoration)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			// And that was it.
			s = restored(t, b.path, b.o)
			view(t, s, func(tx *store.Tx) {
				if r, ok, _ := store.PendingRestoration(tx); ok {
					t.Errorf("restored again: %v", r)
				}
			})
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(b.path), ".*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// turn turns a bit.
func turn(t *testing.T, path string, at int64) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 2
	write(t, path, b)
}

// A backup that somebody copied into place by hand is a store like any other.
func TestCopiedSnapshotIsSound(t *testing.T) {
	b := newBoard(t, true)
	for _, n := range []string{"1", "2"} {
		c, err := os.ReadFile(b.snapshot(n))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "crema.db")
		write(t, path, c)
		o := small
		o.Migrations = b.o.Migrations
		s := restored(t, path, o)
		view(t, s, func(tx *store.Tx) {
			if r, ok, _ := store.PendingRestoration(tx); ok {
				t.Errorf("snapshot %s was restored: %v", n, r)
			}
		})
	}
}

// migrated brings the file to a schema of its own.
func migrated(t *testing.T, path string, to int) {
	t.Helper()
	o := small
	for v := range to {
		o.Migrations = append(o.Migrations, store.Migration{Version: v + 1, Name: "of the future"})
	}
	s := open(t, path, o)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// What is not crema's, and what a newer crema can still read, is left alone.
func TestWhatIsNotOursToMendIsLeftAlone(t *testing.T) {
	is := func(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }
	newer := func(err error) bool { var n *store.NewerSchemaError; return errors.As(err, &n) && n.Found == 2 }
	for name, c := range map[string]struct {
		damage func(t *testing.T, b board)
		want   func(error) bool
	}{
		"foreign": {func(t *testing.T, b board) {
			_ = os.Remove(b.path)
			if err := foreign(b.path); err != nil {
				t.Fatal(err)
			}
		}, is(store.ErrForeign)},
		"another crema's format": {func(t *testing.T, b board) {
			if err := store.Remark(b.path, "crema store, of another kind"); err != nil {
				t.Fatal(err)
			}
		}, func(err error) bool {
			return errors.Is(err, store.ErrForeign) && strings.Contains(err.Error(), "of another kind")
		}},
		"newer": {func(t *testing.T, b board) { migrated(t, b.path, 2) }, newer},
		"newer, and damaged": {func(t *testing.T, b board) {
			migrated(t, b.path, 2)
			zeroPage(t, b.path, header(t, b.path, true))
		}, newer},
		"damaged, and all snapshots newer": {func(t *testing.T, b board) {
			zeroAll(t, b.path)
			zeroAll(t, b.snapshot("1"))
			migrated(t, b.snapshot("2"), 2)
		}, newer},
		"directory": {func(t *testing.T, b board) {
			_ = os.Remove(b.path)
			if err := os.Mkdir(b.path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, func(err error) bool { return strings.Contains(err.Error(), "it is no file") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoard(t, true)
			c.damage(t, b)
			before, _ := os.ReadFile(b.path)
			s, err := store.OpenOrRestore(b.path, b.o)
			if err == nil {
				err = errors.Join(errors.New("opened"), s.Close())
			}
			if !c.want(err) || !strings.Contains(err.Error(), filepath.Dir(b.path)) && !strings.Contains(err.Error(), b.o.Snapshots) {
				t.Errorf("OpenOrRestore = %v", err)
			}
			if after, _ := os.ReadFile(b.path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if files, _ := filepath.Glob(filepath.Join(filepath.Dir(b.path), "*")); len(files) != 1 {
				t.Errorf("left behind: %v", files)
			}
		})
	}
}

// Damage comes back again and again: each time there is a store, what was not settled
// is not forgotten, and the damaged files don't fill the disk.
func TestDamageThatComesBack(t *testing.T) {
	b := newBoard(t, false)
	for round := range 8 {
		zeroAll(t, b.path)
		s := restored(t, b.path, b.o)
		if r := pending(t, s); r.From != b.snapshot("2") || len(r.Earlier) != 0 {
			t.Fatalf("round %d: %+v", round, r)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if kept, _ := filepath.Glob(b.path + ".damaged-*"); len(kept) > 5 { // the last one is swept by the next opening
		t.Errorf("kept: %v", kept)
	}
	zeroPage(t, b.path, header(t, b.path, true))
	s := restored(t, b.path, b.o)
	if r := pending(t, s); r.From != store.FromPreviousCommit || len(r.Earlier) != 1 || r.Earlier[0].From != b.snapshot("2") {
		t.Errorf("a header lost before the last was settled: %+v", r)
	}
	view(t, s, func(tx *store.Tx) {
		if n, _, _ := count.Get(tx, "n"); n != 2 {
			t.Errorf("n = %d", n)
		}
	})
}

// The restored file loses its newer header before anything was committed: that it was
// restored is still known.
func TestMarkOutlivesAHeader(t *testing.T) {
	for page := range int64(2) {
		b := newBoard(t, false)
		zeroAll(t, b.path)
		prepared, err := store.Prepared(b.path, b.o)
		if err != nil {
			t.Fatal(err)
		}
		zeroPage(t, prepared, page)
		s := restored(t, prepared, store.Options{Migrations: b.o.Migrations, MaxSize: small.MaxSize})
		r := pending(t, s)
		if len(r.Earlier) != 1 || r.Earlier[0].From != b.snapshot("2") {
			t.Errorf("without header %d: %+v", page, r)
		}
	}
}

// Many open the damaged store at once: one restores it, and no other restores what
// that one put in place.
func TestRestoredOnce(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{false, true} {
		b := newBoard(t, false)
		zeroAll(t, b.path)
		if gone {
			if err := os.Remove(b.path); err != nil {
				t.Fatal(err)
			}
		}
		var all sync.WaitGroup
		var opened atomic.Int32
		for range 8 {
			all.Go(func() {
				s, err := store.OpenOrRestore(b.path, b.o)
				if errors.Is(err, store.ErrLocked) {
					return
				} else if err != nil {
					t.Error(err)
					return
				}
				opened.Add(1)
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		kept, err := filepath.Glob(b.path + ".damaged-*")
		if err != nil || opened.Load() == 0 || len(kept) != 1 && !gone || len(kept) > 0 && gone {
			t.Errorf("gone %v: %d opened it, kept: %v, %v", gone, opened.Load(), kept, err)
		}
		if r := pending(t, restored(t, b.path, b.o)); r.From != b.snapshot("2") || len(r.Earlier) > 0 {
			t.Errorf("gone %v: restored %+v", gone, r)
		}
	}
}
