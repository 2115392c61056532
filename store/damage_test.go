package store_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crema/store"
)

// small keeps the address space low that a damaged file takes along.
var small = store.Options{MaxSize: 64 << 20}

// Bytes of a file are altered at random. What is not told as damage is a store that
// works: without panic, fault or endless loop. A file that was closed is not read
// through when it is opened, so there it is Verify that tells.
func TestDamagedFilesAreErrors(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(seed(t), 0))
	clean := filled(t, small)
	running := open(t, filepath.Join(t.TempDir(), "crema.db"), small)
	fill(t, running, 300)
	fill(t, running, 500)
	used := running.Stats().Size
	path := filepath.Join(t.TempDir(), "damaged.db")
	damaged, worked := 0, 0
	for round := range 150 {
		whole := clean
		if round%2 == 0 {
			whole = crash(t, running)
		}
		b, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		b = b[:used] // the rest was never used
		switch rnd.IntN(4) {
		case 0: // one bit
			b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
		case 1: // in a page's head or its first elements
			at := rnd.IntN(len(b)/4096)*4096 + rnd.IntN(64)
			b[at] = byte(rnd.Uint32())
		case 2: // a stretch of noise
			for i, n := rnd.IntN(len(b)), rnd.IntN(5000); n > 0 && i < len(b); i, n = i+1, n-1 {
				b[i] = byte(rnd.Uint32())
			}
		case 3: // a page in another's place
			copy(b[rnd.IntN(len(b)/4096)*4096:][:4096], b[rnd.IntN(len(b)/4096)*4096:])
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if round%2 != 0 {
			if _, err = store.Verify(t.Context(), path); err != nil {
				damaged++
				if d := new(store.DamagedError); !errors.As(err, &d) && !errors.Is(err, store.ErrForeign) && !strings.Contains(err.Error(), "decode") {
					t.Fatalf("round %d: Verify: %v", round, err)
				}
				continue
			}
		}
		if err := use(t, path); err == nil {
			worked++
		} else if d := new(store.DamagedError); errors.As(err, &d) {
			damaged++
		} else if !strings.Contains(err.Error(), "decode") && !errors.Is(err, store.ErrForeign) {
			t.Fatalf("round %d: %v", round, err)
		}
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	t.Logf("%d damaged, %d worked all the same", damaged, worked)
	if damaged == 0 {
		t.Error("no damage was found")
	}
}

// use opens the file and reads, writes and checks it.
func use(t *testing.T, path string) error {
	s, err := store.Open(path, small)
	if err != nil {
		return err
	}
	read := func(tx *store.Tx) error {
		for range cups.All(tx) {
		}
		for range cups.Backward(tx) {
		}
		_, _, err := count.Get(tx, "small")
		return err
	}
	err = s.View(read)
	err = errors.Join(err, s.Update(t.Context(), func(tx *store.Tx) error {
		for i := range uint64(100) {
			if err := errors.Join(cups.Delete(tx, i), cups.Put(tx, i+1000, cup{Price: 1})); err != nil {
				return err
			}
		}
		return read(tx)
	}))
	err = errors.Join(err, s.Check(t.Context()))
	if failed := s.Err(); failed != nil && err == nil {
		t.Errorf("Err() = %v, and nobody was told", failed)
	}
	return errors.Join(err, s.Close())
}

// The file is cut while it is open: what is read through the map then is a fault.
func TestFaultsAreErrors(t *testing.T) {
	path := filled(t, small)
	s := open(t, path, small)
	if err := os.Truncate(path, 3*4096); err != nil {
		t.Fatal(err)
	}
	err := s.View(func(tx *store.Tx) error {
		for range cups.All(tx) {
		}
		return nil
	})
	var d *store.DamagedError
	if !errors.As(err, &d) || d.Path != path {
		t.Fatalf("View = %v, want a DamagedError", err)
	}
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return count.Put(tx, "a", 1) }); !errors.As(err, &d) {
		t.Errorf("Update after it = %v, want a DamagedError", err)
	}
	if err := s.Err(); !errors.As(err, &d) {
		t.Errorf("Err = %v, want a DamagedError", err)
	}
	if err := s.Check(t.Context()); !errors.As(err, &d) {
		t.Errorf("Check = %v, want a DamagedError", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// The same, but an update meets it first, a snapshot, or a check.
func TestFaultsAreFoundByAll(t *testing.T) {
	for name, do := range map[string]func(t *testing.T, s *store.Store) error{
		"update that reads": func(t *testing.T, s *store.Store) error {
			return s.Update(t.Context(), func(tx *store.Tx) error {
				for range cups.All(tx) {
				}
				return nil
			})
		},
		"update that writes": func(t *testing.T, s *store.Store) error {
			return s.Update(t.Context(), func(tx *store.Tx) error { return cups.Delete(tx, 100) })
		},
		"check": func(t *testing.T, s *store.Store) error { return s.Check(t.Context()) },
		"snapshot": func(t *testing.T, s *store.Store) error {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- s.KeepSnapshots(ctx, store.SnapshotPlan{}) }()
			<-s.Failed()
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("KeepSnapshots = %v", err)
			}
			return s.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := restoring(t)
			path := filepath.Join(t.TempDir(), "crema.db")
			s := open(t, path, o)
			fill(t, s, 500)
			select {
			case <-s.Failed():
				t.Error("failed before anything happened")
			default:
			}
			if err := os.Truncate(path, 3*4096); err != nil {
				t.Fatal(err)
			}
			err := do(t, s)
			var d *store.DamagedError
			if !errors.As(err, &d) || !errors.As(s.Err(), &d) {
				t.Errorf("%v, and Err = %v; want a DamagedError", err, s.Err())
			}
			<-s.Failed()
			if err := s.Update(t.Context(), func(tx *store.Tx) error { return count.Put(tx, "a", 1) }); !errors.As(err, &d) {
				t.Errorf("Update after it = %v, want a DamagedError", err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
			// The next start mends it.
			pending(t, restored(t, path, o))
		})
	}
}

// What bbolt can't recover from itself is found before it is asked: with its list of
// free pages gone it looks for them in a goroutine that panics.
func TestUncleanFileWithABadPageIsRefused(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "crema.db"), small)
	fill(t, s, 500)
	for page := range s.Stats().Size / 4096 {
		path := crash(t, s)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copy(b[page*4096:], bytes.Repeat([]byte{0xA5}, 4096))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = store.Verify(t.Context(), path)
		_ = use(t, path) // must come back
		if d := new(store.DamagedError); err != nil && !errors.As(err, &d) {
			t.Errorf("page %d: %v", page, err)
		}
	}
}

// The newer header is torn: the state before it is whole.
func TestTornHeaderFallsBack(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "crema.db"), small)
	for i := range 6 {
		update(t, s, func(tx *store.Tx) error { return count.Put(tx, "n", i) })
		path := crash(t, s)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for header := range 2 {
			torn := bytes.Clone(b)
			copy(torn[header*4096+16+32:header*4096+16+64], make([]byte, 32))
			if err := os.WriteFile(path, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			c := open(t, path, small)
			if err := c.Check(t.Context()); err != nil {
				t.Errorf("header %d torn: %v", header, err)
			}
			view(t, c, func(tx *store.Tx) {
				if n, ok, err := count.Get(tx, "n"); err != nil || n != i && n != i-1 && i > 0 && ok {
					t.Errorf("header %d torn after commit %d: n = %d, %v", header, i, n, err)
				}
			})
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte{}, uint32(0))
	f.Add([]byte{1, 0, 2}, uint32(4096*3+8))
	f.Add(bytes.Repeat([]byte{0xFF}, 100), uint32(4096*5))
	whole, err := os.ReadFile(filledForFuzz(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, patch []byte, at uint32) {
		b := bytes.Clone(whole)
		copy(b[int(at)%len(b):], patch)
		path := filepath.Join(t.TempDir(), "crema.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := use(t, path); err == nil || len(patch) > 0 {
			return
		}
		t.Errorf("a whole file: %v", err)
	})
}

// Whatever was done to a file: it is opened or replaced, and sound.
func FuzzOpenOrRestore(f *testing.F) {
	f.Add([]byte{}, uint32(0), uint32(1<<30))
	f.Add([]byte{1, 0, 2}, uint32(4096*3+8), uint32(1<<30))
	f.Add(bytes.Repeat([]byte{0xFF}, 100), uint32(16), uint32(4096*4))
	whole, err := os.ReadFile(filledForFuzz(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, patch []byte, at, cut uint32) {
		b := bytes.Clone(whole)
		copy(b[int(at)%len(b):], patch)
		b = b[:min(int(cut), len(b))]
		path := filepath.Join(t.TempDir(), "crema.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.OpenOrRestore(path, small)
		if errors.Is(err, store.ErrForeign) || errors.As(err, new(*store.NewerSchemaError)) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Check(t.Context()), s.Close()); err != nil {
			t.Fatal(err)
		}
	})
}

// filledForFuzz makes a file that was not closed, no longer than what is used of it.
func filledForFuzz(f *testing.F) string {
	dir := f.TempDir()
	s, err := store.Open(filepath.Join(dir, "crema.db"), small)
	if err != nil {
		f.Fatal(err)
	}
	err = s.Update(f.Context(), func(tx *store.Tx) error {
		for i := range uint64(300) {
			if err := cups.Put(tx, i, cup{Name: "a name of some length"}); err != nil {
				return err
			}
		}
		return nil
	})
	copied := filepath.Join(dir, "copy.db")
	_, err2 := s.SnapshotFile(f.Context(), copied)
	if err := errors.Join(err, err2, s.Close()); err != nil {
		f.Fatal(err)
	}
	return copied
}
