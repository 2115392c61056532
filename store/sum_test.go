package store_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"crema/store"
)

// Bits of a small file are turned, one at a time. Where that changes what is stored, it is
// found: by Verify, which reads all; and by what reads the value.
func TestTurnedBitsAreFound(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "crema.db")
	s := open(t, path, small)
	update(t, s, func(tx *store.Tx) error {
		for i := range uint64(3) {
			if _, err := cups.Next(tx); err != nil {
				return err
			}
			if err := cups.Put(tx, i, cup{Name: "espresso", Price: 100 + int(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	used := s.Stats().Size
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b = b[:used]
	found, still := 0, 0
	damaged := filepath.Join(dir, "damaged.db")
	f, err := os.OpenFile(damaged, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(seed(t), 0))
	for bit := range len(b) * 8 {
		at := int64(bit / 8)
		if b[at] == 0 && rnd.IntN(200) > 0 || rnd.IntN(8) > 0 {
			continue // most of the file is empty
		}
		turned := []byte{b[at] ^ 1<<(bit%8)}
		if _, err := f.WriteAt(turned, at); err != nil {
			t.Fatal(err)
		}
		_, err := store.Verify(t.Context(), damaged)
		if d := new(store.DamagedError); errors.As(err, &d) {
			found++
		} else if err != nil {
			t.Fatalf("bit %d: %v", bit, err)
		} else {
			still++
			s := open(t, damaged, small)
			view(t, s, func(tx *store.Tx) {
				n := 0
				for i, c := range cups.All(tx) {
					if n++; c != (cup{Name: "espresso", Price: 100 + int(i)}) {
						t.Errorf("bit %d: cup %d is %v", bit, i, c)
					}
				}
				if n != 3 {
					t.Errorf("bit %d: %d cups", bit, n)
				}
			})
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(damaged, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.WriteAt(b[at:at+1], at); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d turned bits were found, %d change nothing", found, still)
	if found < 100 {
		t.Error("too few were found")
	}
}
