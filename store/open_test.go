package store_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"crema/store"
)

// open opens a store that the test closes, by itself or at its end.
func open(t *testing.T, path string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(path, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// filled makes a closed store with some pages of data, and gives its path.
func filled(t *testing.T, o store.Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crema.db")
	s := open(t, path, o)
	fill(t, s, 500)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func fill(t *testing.T, s *store.Store, n uint64) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error {
		for i := range n {
			if err := cups.Put(tx, i, cup{Name: strings.Repeat("x", 50), Price: int(i)}); err != nil {
				return err
			}
		}
		return count.Put(tx, "small", 1)
	})
}

// crash copies the file as a power cut now would leave it.
func crash(t *testing.T, s *store.Store) string {
	t.Helper()
	b, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "crashed.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatIsNoStoreIsRefused(t *testing.T) {
	write := func(b []byte) func(string) error {
		return func(p string) error { return os.WriteFile(p, b, 0o600) }
	}
	whole, err := os.ReadFile(filled(t, store.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Clone(whole)
	broken[16] ^= 1 // magic of the first header
	broken[4096+16] ^= 1
	cut := func(n int) []byte { return whole[:n] }
	for name, c := range map[string]struct {
		make    func(path string) error
		want    string
		damaged bool
	}{
		"directory":        {func(p string) error { return os.Mkdir(p, 0o700) }, "it is no file", false},
		"no directory":     {func(p string) error { return os.Remove(filepath.Dir(p)) }, "make the directory", false},
		"empty file":       {write(nil), "it is empty", true},
		"text":             {write([]byte("these are not the bytes you are looking for")), "damaged", true},
		"a megabyte of it": {write(bytes.Repeat([]byte("garbage "), 1<<17)), "damaged", true},
		"zeros":            {write(make([]byte, 1<<16)), "damaged", true},
		"broken headers":   {write(broken), "damaged", true},
		"one page":         {write(cut(4096)), "damaged", true},
		"half a page":      {write(cut(2000)), "damaged", true},
		"headers alone":    {write(cut(8192)), "the file is cut", true},
		"half the pages":   {write(cut(10 * 4096)), "the file is cut", true},
		"not a last page":  {write(cut(10*4096 + 100)), "the file is cut", true},
		"foreign":          {foreign, "holds no crema store", false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sub", "crema.db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			s, err := store.Open(path, store.Options{})
			if err == nil {
				err = errors.Join(errors.New("opened"), s.Close())
			}
			var d *store.DamagedError
			if !strings.Contains(err.Error(), c.want) || errors.As(err, &d) != c.damaged {
				t.Errorf("Open = %v, want %q, damaged: %v", err, c.want, c.damaged)
			}
			if !strings.Contains(err.Error(), path) {
				t.Errorf("Open = %v, which does not name the file", err)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func foreign(path string) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
	return errors.Join(err, db.Close())
}

func TestNewFileIsPrivateAndOfOurPageSize(t *testing.T) {
	path := filled(t, store.Options{})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got := db.Info().PageSize; got != 4096 {
		t.Errorf("page size %d, want 4096", got)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSecondOpenIsRefusedWhileLocked(t *testing.T) {
	t.Parallel()
	path := filled(t, store.Options{})
	s := open(t, path, store.Options{})
	if _, err := store.Open(path, store.Options{}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Open while open: %v, want ErrLocked", err)
	}
	if _, err := store.Verify(t.Context(), path); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Verify while open: %v, want ErrLocked", err)
	}
	fill(t, s, 10) // it bore that
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path, store.Options{})
}

// A clean file is opened without being read through; another is, and says so.
func TestCloseWritesTheFreePages(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := store.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	path := filled(t, o)
	for round := range 5 {
		if clean, err := store.Clean(path); err != nil || !clean {
			t.Fatalf("round %d: closed: clean = %v, %v", round, clean, err)
		}
		log.Reset()
		s := open(t, path, o)
		update(t, s, func(tx *store.Tx) error { return cups.Delete(tx, uint64(round)) })
		if clean, err := store.Clean(path); err != nil || clean {
			t.Fatalf("round %d: in use: clean = %v, %v", round, clean, err)
		}
		if log.Len() > 0 {
			t.Errorf("round %d: opening a closed file logged %s", round, &log)
		}
		crashed := crash(t, s)
		free := s.Stats().Free
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		log.Reset()
		c := open(t, crashed, o)
		if !strings.Contains(log.String(), "was not closed") {
			t.Errorf("round %d: opening after a crash logged %q", round, &log)
		}
		if got := c.Stats().Free; got != free {
			t.Errorf("round %d: %d bytes free after a crash, %d before", round, got, free)
		}
		if err := c.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{path, crashed} {
			if _, err := store.Verify(t.Context(), p); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
	}
}

func TestVerifyTellsTheSchema(t *testing.T) {
	path := filled(t, store.Options{Migrations: []store.Migration{{Version: 1}, {Version: 2}}})
	if v, err := store.Verify(t.Context(), path); v != 2 || err != nil {
		t.Errorf("Verify = %d, %v, want 2", v, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Verify(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify, cancelled: %v", err)
	}
	if _, err := store.Verify(t.Context(), path+".absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Verify of nothing: %v", err)
	}
}

// logged are o with a log in text.
func logged(o store.Options, to *bytes.Buffer) store.Options {
	o.Logger = slog.New(slog.NewTextHandler(to, nil))
	return o
}
