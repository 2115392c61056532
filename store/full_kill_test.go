package store_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

var brim = store.Options{MaxSize: 4 << 20}

// brimStep is what a step of fillToTheBrim puts, and with nil deletes. Every 300 steps
// there is more to put, or to delete.
func brimStep(n int) map[uint64][]byte {
	rnd := rand.New(rand.NewPCG(7, uint64(n)))
	changes := map[uint64][]byte{}
	for range 1 + rnd.IntN(200) {
		k := rnd.Uint64N(40_000)
		if changes[k] = nil; rnd.IntN(10) < 1+n/300%2*8 {
			changes[k] = binary.LittleEndian.AppendUint64(make([]byte, rnd.IntN(150)), uint64(n))
		}
	}
	return changes
}

// fillToTheBrim makes one step after the other, with and without room for it, and prints
// those that were acknowledged.
func fillToTheBrim(path string) error {
	s, err := store.Open(path, brim)
	if err != nil {
		return err
	}
	n := 0
	if err := s.View(func(tx *store.Tx) (err error) { n, _, err = count.Get(tx, "step"); return err }); err != nil {
		return err
	}
	for {
		n++
		err := s.Update(context.Background(), func(tx *store.Tx) error {
			err := count.Put(tx, "step", n)
			for k, v := range brimStep(n) {
				if v == nil {
					err = errors.Join(err, scattered.Delete(tx, k))
				} else {
					err = errors.Join(err, scattered.Put(tx, k, v))
				}
			}
			return err
		})
		switch {
		case err == nil:
			fmt.Println("made", n)
		case errors.Is(err, store.ErrFull):
			fmt.Println("full", n)
		default:
			return err
		}
	}
}

// A process is killed while its store is full and the log is moved part by part, again and
// again. Each step that it acknowledged is there, and none by half.
func TestKilledWhileFull(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(seed(t), 0))
	path := filepath.Join(storetest.Memory(t), "crema.db")
	model, last, refused := map[uint64][]byte{}, 0, 0
	made := func(n int) {
		for k, v := range brimStep(n) {
			if delete(model, k); v != nil {
				model[k] = v
			}
		}
		last = n
	}
	for round := range 12 {
		cmd := child(t, "brim", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		killAt := 100 + rnd.IntN(500)
		for i := 0; lines.Scan(); i++ {
			if i == killAt {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			var how string
			var n int
			if _, err := fmt.Sscanf(lines.Text(), "%s %d", &how, &n); err != nil {
				t.Fatalf("the child says %q", lines.Text())
			}
			if how == "full" {
				refused++
			} else {
				made(n)
			}
		}
		_ = cmd.Wait() // killed
		s := open(t, path, brim)
		if err := s.Check(t.Context()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		view(t, s, func(tx *store.Tx) {
			n, _, err := count.Get(tx, "step")
			if err != nil || n < last {
				t.Fatalf("round %d: step %d is there, %d was acknowledged: %v", round, n, last, err)
			}
			if n > last {
				made(n) // it was committed, and not told
			}
			there := 0
			for k, v := range scattered.All(tx) {
				if there++; !bytes.Equal(v, model[k]) {
					t.Fatalf("round %d: %d is %x, want %x", round, k, v, model[k])
				}
			}
			if there != len(model) {
				t.Fatalf("round %d: %d values, want %d", round, there, len(model))
			}
		})
		// The next process finds what a kill leaves, not a close.
		rest(t, s)
		image, err := os.ReadFile(path)
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		write(t, path, image)
	}
	if t.Logf("%d steps, %d refused", last, refused); refused < 100 {
		t.Errorf("only %d steps were refused", refused)
	}
}
