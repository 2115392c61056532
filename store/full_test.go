package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

var scattered = store.NewBucket[uint64, []byte]("scattered", store.Uint64Key())

// A store is filled to the last, with so many leaves that what the log holds of them can't
// be moved in one commit. Small deletes alone make room again, and writing goes on; what was
// acknowledged is there, also after a power cut in between.
func TestFullStoreOfManyLeaves(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(seed(t), 0))
	o := store.Options{MaxSize: 16 << 20}
	s := open(t, filepath.Join(storetest.Memory(t), "crema.db"), o)
	there := map[uint64]bool{}
	put := func(n, from int) error {
		return s.Update(t.Context(), func(tx *store.Tx) (err error) {
			for i := range n {
				err = errors.Join(err, scattered.Put(tx, uint64(from+i), make([]byte, 100)))
			}
			return err
		})
	}
	end := 0
	fill := func(n int) {
		for {
			err := put(n, end)
			if errors.Is(err, store.ErrFull) {
				return
			} else if err != nil {
				t.Fatal(err)
			}
			for range n {
				there[uint64(end)] = true
				end++
			}
		}
	}
	fill(1000)
	fill(1)
	whole := end
	for round := range 3 {
		keys := make([]uint64, 0, len(there))
		for k := range there {
			keys = append(keys, k)
		}
		rnd.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		// Most leaves lose most of what they have, a few keys in each commit.
		for keys = keys[:len(keys)*9/10]; len(keys) > 0; {
			n := min(1+rnd.IntN(250), len(keys))
			err := s.Update(t.Context(), func(tx *store.Tx) (err error) {
				for _, k := range keys[:n] {
					err = errors.Join(err, scattered.Delete(tx, k))
				}
				return err
			})
			if err != nil {
				t.Fatalf("round %d, %d keys left to delete: %v", round, len(keys), err)
			}
			for _, k := range keys[:n] {
				delete(there, k)
			}
			keys = keys[n:]
			if rnd.IntN(200) == 0 {
				rest(t, s)
				image, err := os.ReadFile(s.Path())
				if err := errors.Join(err, s.Close()); err != nil {
					t.Fatal(err)
				}
				write(t, s.Path(), image)
				s = open(t, s.Path(), o)
			}
		}
		before := end
		fill(1 + rnd.IntN(50))
		if end-before < whole/2 {
			t.Errorf("round %d: %d fit in again, of %d", round, end-before, whole)
		}
		view(t, s, func(tx *store.Tx) {
			n := 0
			for k := range scattered.All(tx) {
				if n++; !there[k] {
					t.Fatalf("%d is there again", k)
				}
			}
			if n != len(there) {
				t.Errorf("%d keys, want %d", n, len(there))
			}
		})
	}
	if err := errors.Join(s.Check(t.Context()), s.Close()); err != nil {
		t.Error(err)
	}
	if clean, err := store.Clean(s.Path()); !clean || err != nil {
		t.Errorf("closed: clean = %v, %v", clean, err)
	}
}

// rest waits for a move of the log that may be under way: what copies the file needs longer
// than some commits.
func rest(t *testing.T, s *store.Store) {
	t.Helper()
	update(t, s, func(*store.Tx) error { return nil })
}

// full is a store on a small disk, and what it should hold.
type full struct {
	t     *testing.T
	rnd   *rand.Rand
	o     store.Options
	s     *store.Store
	model map[uint64][]byte
	keys  []uint64 // of model, in the order in which they came; some are gone
	looks []func() // end a view each
	stuff string   // what takes the rest of the disk
}

// On a small disk values are put, replaced and deleted at random, in small commits and large
// ones; meanwhile views hold pages back, others take the rest of the disk and give it
// back, and the power is cut. Nothing that was acknowledged is lost, a small delete is never
// refused while nobody holds pages back, and when there is room writing goes on.
func TestFullDiskAgainstAModel(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(seed(t), 0))
	dir := storetest.Disk(t, 6<<20)
	f := &full{t: t, rnd: rnd, model: map[uint64][]byte{}, o: store.Options{MaxSize: []int64{3, 4, 64}[rnd.IntN(3)] << 20}}
	f.s = open(t, filepath.Join(dir, "crema.db"), f.o)
	refused := 0
	for round := range 16 {
		mood := []int{puts, puts, puts, mixed, swaps, swaps, deletes}[rnd.IntN(7)]
		for range 1 + rnd.IntN(150) {
			if !f.change(mood) {
				refused++
			}
			switch n := rnd.IntN(300); {
			case n < 4:
				f.look()
			case n < 12 && len(f.looks) > 0:
				f.endLook()
			case n == 12 && f.stuff == "":
				f.stuff = stuff(t, dir)
			case n < 15 && f.stuff != "":
				f.unstuff()
			case n == 15:
				f.cut()
			}
		}
		f.same()
		if rnd.IntN(8) == 0 {
			if err := f.s.Check(t.Context()); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
	}
	t.Logf("%d MiB: %d refused, %d values, %+v", f.o.MaxSize>>20, refused, len(f.model), f.s.Stats())
	for len(f.looks) > 0 {
		f.endLook()
	}
	if f.stuff != "" {
		f.unstuff()
	}
	for i := 0; len(f.model) > 100; i++ {
		f.change(deletes)
	}
	for i := range 200 {
		update(t, f.s, func(tx *store.Tx) error { return blobs.Put(tx, fmt.Sprint("large ", i), make([]byte, 5000)) })
	}
	f.same()
	if err := errors.Join(f.s.Check(t.Context()), f.s.Close()); err != nil {
		t.Error(err)
	}
}

// The moods of changes.
const (
	puts = iota
	mixed
	swaps // one is deleted for each that is put, of the same length
	deletes
)

// change makes one Update; false if there was no room for it.
func (f *full) change(mood int) bool {
	next := map[uint64][]byte{}
	n := 1 + f.rnd.IntN(1<<f.rnd.IntN(8))
	if f.rnd.IntN(20) == 0 && mood != deletes {
		n = 1500
	}
	some := func() (uint64, []byte) {
		for range 100 {
			if len(f.keys) == 0 {
				break
			}
			i := f.rnd.IntN(len(f.keys))
			k := f.keys[i]
			v, ok := f.model[k]
			if !ok {
				f.keys[i] = f.keys[len(f.keys)-1]
				f.keys = f.keys[:len(f.keys)-1]
				continue
			}
			if _, ok := next[k]; !ok {
				return k, v
			}
		}
		return 0, nil
	}
	for range n {
		k := f.rnd.Uint64N(1 << 16)
		size := f.rnd.IntN(120)
		if f.rnd.IntN(100) == 0 {
			size = f.rnd.IntN(6000)
		}
		switch {
		case mood == puts || mood == mixed && f.rnd.IntN(2) == 0:
			next[k] = bytes.Repeat([]byte{byte(f.rnd.Uint32())}, size)
		case mood == swaps:
			old, v := some()
			if v == nil {
				continue
			}
			next[old] = nil
			if _, ok := f.model[k]; !ok {
				next[k] = bytes.Repeat([]byte{byte(f.rnd.Uint32())}, len(v))
			}
		default:
			if old, v := some(); v != nil {
				next[old] = nil
			}
		}
	}
	changed := slices.Sorted(maps.Keys(next))
	err := f.s.Update(f.t.Context(), func(tx *store.Tx) (err error) {
		for _, k := range changed {
			if next[k] == nil {
				err = errors.Join(err, scattered.Delete(tx, k))
			} else {
				err = errors.Join(err, scattered.Put(tx, k, next[k]))
			}
		}
		return err
	})
	switch {
	case err == nil:
		for _, k := range changed {
			if next[k] == nil {
				delete(f.model, k)
				continue
			}
			if f.model[k] == nil {
				f.keys = append(f.keys, k)
			}
			f.model[k] = next[k]
		}
		return true
	case !errors.Is(err, store.ErrFull), mood == deletes && len(f.looks) == 0:
		f.t.Fatalf("%d changes, mood %d: %v; %+v", n, mood, err, f.s.Stats())
	}
	return false
}

// equal says what differs between the store and model.
func equal(tx *store.Tx, model map[uint64][]byte) error {
	n := 0
	for k, v := range scattered.All(tx) {
		n++
		if want, ok := model[k]; !ok || !bytes.Equal(v, want) {
			return fmt.Errorf("%d: %.10x of %d bytes, want %.10x of %d", k, v, len(v), want, len(want))
		}
	}
	if n != len(model) {
		return fmt.Errorf("%d values, want %d", n, len(model))
	}
	return nil
}

func (f *full) same() {
	f.t.Helper()
	if err := f.s.View(func(tx *store.Tx) error { return equal(tx, f.model) }); err != nil {
		f.t.Fatal(err)
	}
}

// look opens a view, which finds the same at its end.
func (f *full) look() {
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error)
	model := maps.Clone(f.model)
	go func() {
		done <- f.s.View(func(tx *store.Tx) error {
			close(begun)
			<-end
			return equal(tx, model)
		})
	}()
	<-begun
	f.looks = append(f.looks, func() {
		close(end)
		if err := <-done; err != nil {
			f.t.Fatalf("a view at its end: %v", err)
		}
	})
}

func (f *full) endLook() {
	f.looks[0]()
	f.looks = f.looks[1:]
}

func (f *full) unstuff() {
	if err := os.Remove(f.stuff); err != nil {
		f.t.Fatal(err)
	}
	f.stuff = ""
}

// cut has the store go on from what a power cut, or a close, leaves. The file keeps its
// blocks.
func (f *full) cut() {
	for len(f.looks) > 0 {
		f.endLook()
	}
	rest(f.t, f.s)
	path := f.s.Path()
	image, err := os.ReadFile(path)
	if err := errors.Join(err, f.s.Close()); err != nil {
		f.t.Fatal(err)
	}
	if f.rnd.IntN(3) > 0 {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			f.t.Fatal(err)
		}
		if _, err := file.WriteAt(image, 0); err != nil {
			f.t.Fatal(err)
		}
		if err := errors.Join(file.Truncate(int64(len(image))), file.Close()); err != nil {
			f.t.Fatal(err)
		}
	}
	f.s = open(f.t, path, f.o)
}

// Each leaf is nearly full when small keys are put all over them, so that a move of the log
// has to split most. What is acknowledged is moved all the same, and deletes, none of which
// empties a leaf for long, are never refused.
func TestFullStoreOfFullLeaves(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(storetest.Memory(t), "crema.db"), store.Options{MaxSize: 4 << 20})
	const gap = 1 << 20
	put := func(from, n, at int, value []byte) error {
		return s.Update(t.Context(), func(tx *store.Tx) (err error) {
			for i := range n {
				err = errors.Join(err, scattered.Put(tx, uint64((from+i)*gap+at), value))
			}
			return err
		})
	}
	end := 0
	for ; s.Stats().Fill() < 0.85; end += 200 { // of half a leaf each 17
		if err := put(end, 200, 0, make([]byte, 92)); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < end; i += 200 { // which this fills
		if err := put(i, 200, gap/2, make([]byte, 80)); err != nil {
			t.Fatal(err)
		}
	}
	// What is deleted for what is put makes up for its bytes, not for the leaves it splits.
	at, i, gone := 1, 0, 0
	for _, n := range []int{0, 20} {
		made := 0
		for refused := 0; refused < 3 && gone < end/2; {
			err := s.Update(t.Context(), func(tx *store.Tx) (err error) {
				for range 120 {
					if i += 17; i >= end {
						i, at = 0, at+1
					}
					err = errors.Join(err, scattered.Put(tx, uint64(i*gap+at), nil))
				}
				for j := range n {
					err = errors.Join(err, scattered.Delete(tx, uint64((gone+j)*gap)))
				}
				return err
			})
			if err == nil {
				made, gone = made+1, gone+n
			} else if refused++; !errors.Is(err, store.ErrFull) {
				t.Fatal(err)
			}
		}
		pages, _ := s.Log()
		t.Logf("full after %d commits, with %d pages of log; %+v", made, pages, s.Stats())
	}
	for i := range end / 20 {
		update(t, s, func(tx *store.Tx) (err error) {
			for j := range 20 {
				err = errors.Join(err, scattered.Delete(tx, uint64((i+j*end/20)%end*gap)))
			}
			return err
		})
	}
	update(t, s, func(tx *store.Tx) error { return blobs.Put(tx, "large", make([]byte, 5000)) })
	if pages, _ := s.Log(); pages != 0 {
		t.Errorf("the log has %d pages", pages)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
