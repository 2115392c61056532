package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

// Writers go on while snapshots are taken; each snapshot is one whole state.
func TestSnapshotWhileWriting(t *testing.T) {
	s := storetest.Open(t)
	fill(t, s, 1000)
	ctx, stop := context.WithCancel(t.Context())
	wrote := make(chan int)
	go func() {
		n := 0
		for ctx.Err() == nil {
			// Two buckets that always agree, and pages that move.
			err := s.Update(context.Background(), func(tx *store.Tx) error {
				i := uint64(n % 1000)
				return errors.Join(numbers.Put(tx, 1, n), count.Put(tx, "n", n), cups.Delete(tx, i), cups.Put(tx, i+1000, cup{Price: n}))
			})
			if err != nil {
				t.Errorf("Update: %v", err)
			}
			n++
		}
		wrote <- n
	}()
	for round := range 10 {
		path := filepath.Join(t.TempDir(), "copy.db")
		n, err := s.SnapshotFile(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() != n || info.Mode() != 0o600 {
			t.Errorf("snapshot of %d bytes: %v, %v", n, info, err)
		}
		c := open(t, path, store.Options{})
		if err := c.Check(t.Context()); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		view(t, c, func(tx *store.Tx) {
			a, _, err := numbers.Get(tx, 1)
			b, _, err2 := count.Get(tx, "n")
			if got := len(keysOf(cups.All(tx))); a != b || got != 1000 || errors.Join(err, err2) != nil {
				t.Errorf("round %d: %d and %d in one state with %d cups: %v", round, a, b, got, errors.Join(err, err2))
			}
		})
		if err := s.Check(t.Context()); err != nil {
			t.Errorf("round %d: Check beside writers: %v", round, err)
		}
	}
	stop()
	if n := <-wrote; n < 20 {
		t.Errorf("only %d updates beside 10 snapshots", n)
	}
}

func TestSnapshotStops(t *testing.T) {
	s := storetest.Open(t)
	fill(t, s, 100)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if n, err := s.Snapshot(ctx, writer(func(b []byte) (int, error) { cancel(); return len(b), nil })); !errors.Is(err, context.Canceled) || n == 0 {
		t.Errorf("cancelled: %d, %v", n, err)
	}
	full := errors.New("no room")
	if _, err := s.Snapshot(t.Context(), writer(func([]byte) (int, error) { return 0, full })); !errors.Is(err, full) {
		t.Errorf("with a writer that fails: %v", err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "copy.db")
	if err := os.WriteFile(path, []byte("the one before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SnapshotFile(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("SnapshotFile, cancelled: %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "the one before" {
		t.Error("a snapshot that failed replaced the one before")
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
	var b bytes.Buffer
	if n, err := s.Snapshot(t.Context(), &b); err != nil || n != int64(b.Len()) {
		t.Errorf("Snapshot = %d, %v of %d bytes", n, err, b.Len())
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

var _ io.Writer = writer(nil)
