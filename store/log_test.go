package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

// What lies in the log and what is in the tree are one: small and large commits, failing
// ones, kills and closes in turn, against a model. Each transaction walks over all that
// there is, both ways, between its writes too.
func TestLogAgainstAModel(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(seed(t), 0))
	path := filepath.Join(storetest.Memory(t), "crema.db")
	s := open(t, path, store.Options{MaxSize: 32 << 20})
	model, drawn := map[uint64]int{}, uint64(0)
	same := func(tx *store.Tx, model map[uint64]int) {
		t.Helper()
		keys := slices.Sorted(maps.Keys(model))
		if got := keysOf(numbers.All(tx)); !slices.Equal(got, keys) {
			t.Fatalf("upward %v, want %v", got, keys)
		}
		for k, v := range numbers.All(tx) {
			if got, ok, err := numbers.Get(tx, k); v != model[k] || got != v || !ok || err != nil {
				t.Fatalf("%d: %d, and by Get %d, %v, %v; want %d", k, v, got, ok, err, model[k])
			}
		}
		from := rnd.Uint64N(80)
		if got, want := keysOf(numbers.From(tx, from)), slices.DeleteFunc(slices.Clone(keys), func(k uint64) bool { return k < from }); !slices.Equal(got, want) {
			t.Fatalf("from %d: %v, want %v", from, got, want)
		}
		slices.Reverse(keys)
		if got := keysOf(numbers.Backward(tx)); !slices.Equal(got, keys) {
			t.Fatalf("downward %v, want %v", got, keys)
		}
		if got, want := keysOf(numbers.Before(tx, from)), slices.DeleteFunc(slices.Clone(keys), func(k uint64) bool { return k >= from }); !slices.Equal(got, want) {
			t.Fatalf("before %d: %v, want %v", from, got, want)
		}
		if numbers.Empty(tx) != (len(keys) == 0) {
			t.Fatalf("Empty with %d entries", len(keys))
		}
	}
	undone := errors.New("undone")
	for range 400 {
		next, fails := maps.Clone(model), rnd.IntN(8) == 0
		number := drawn
		err := s.Update(t.Context(), func(tx *store.Tx) (err error) {
			for range 1 + rnd.IntN(6) {
				k := rnd.Uint64N(80)
				if rnd.IntN(5) < 2 {
					delete(next, k)
					err = errors.Join(err, numbers.Delete(tx, k))
				} else {
					next[k] = rnd.IntN(1000)
					err = errors.Join(err, numbers.Put(tx, k, next[k]))
				}
				if rnd.IntN(4) == 0 {
					same(tx, next)
				}
			}
			if rnd.IntN(2) == 0 {
				var e error
				number, e = numbers.Next(tx)
				err = errors.Join(err, e)
			}
			if rnd.IntN(40) == 0 { // more than the log takes
				err = errors.Join(err, blobs.Put(tx, "large", bytes.Repeat([]byte{byte(rnd.Uint32())}, 6000)))
				same(tx, next)
			}
			if fails {
				return errors.Join(err, undone)
			}
			return err
		})
		switch {
		case err == nil && !fails:
			if number != drawn && number != drawn+1 {
				t.Fatalf("number %d after %d", number, drawn)
			}
			model, drawn = next, number
		case !fails || !errors.Is(err, undone):
			t.Fatal(err)
		}
		view(t, s, func(tx *store.Tx) { same(tx, model) })
		switch rnd.IntN(60) {
		case 0:
			cut := crash(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, cut, store.Options{MaxSize: 32 << 20})
		case 1:
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			for _, what := range contents(t, s.Path()) {
				if strings.HasPrefix(what, "store.log") {
					t.Fatalf("a closed file has %s", what)
				}
			}
			s = open(t, s.Path(), store.Options{MaxSize: 32 << 20})
		case 2:
			if err := s.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A view sees the log and the tree of one commit, while others are made and the log is
// moved.
func TestViewsSeeOneCommit(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for last := 0; ; {
				err := s.View(func(tx *store.Tx) error {
					a, _, err1 := count.Get(tx, "a")
					b, _, err2 := numbers.Get(tx, uint64(a%7))
					if a != b || a < last {
						return fmt.Errorf("a = %d, b = %d, after %d", a, b, last)
					}
					last = a
					return errors.Join(err1, err2)
				})
				if err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range 500 {
		update(t, s, func(tx *store.Tx) error {
			return errors.Join(count.Put(tx, "a", i), numbers.Put(tx, uint64(i%7), i), blobs.Put(tx, "x", make([]byte, i%5000)))
		})
	}
	close(done)
	wg.Wait()
}

// A commit that changes a little in many large buckets writes three pages, and now and
// then there is one that moves the log into the tree.
func TestSmallCommitsWriteThreePages(t *testing.T) {
	s := storetest.Open(t)
	var buckets []store.Bucket[uint64, []byte]
	for i := range 60 {
		buckets = append(buckets, store.NewBucket[uint64, []byte](fmt.Sprintf("bucket %d", i), store.Uint64Key()))
	}
	for _, b := range buckets[:20] {
		update(t, s, func(tx *store.Tx) (err error) {
			for i := range uint64(1000) {
				err = errors.Join(err, b.Put(tx, i, make([]byte, 100)))
			}
			return err
		})
	}
	before := s.Stats()
	const n = 400
	for i := range uint64(n) {
		update(t, s, func(tx *store.Tx) (err error) {
			for _, b := range buckets[:10] {
				err = errors.Join(err, b.Put(tx, 1000+i, make([]byte, 100)), b.Delete(tx, i))
			}
			return errors.Join(err, buckets[20+i%40].Put(tx, i, nil))
		})
	}
	after := s.Stats()
	if pages := float64(after.Written-before.Written) / 4096 / n; pages > 4.5 {
		t.Errorf("a commit wrote %.2f pages", pages)
	} else {
		t.Logf("%.2f pages a commit", pages)
	}
	if moves := after.Commits - before.Commits - n; moves < 3 || moves > 12 {
		t.Errorf("%d moves of the log", moves)
	}
}

// A file that shows an older state than was committed is damaged, for those who read and
// those who write; the log of another state must not lie over it.
func TestFileThatFallsBack(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(*store.Store) error{
		"a view": func(s *store.Store) error { return s.View(func(*store.Tx) error { return nil }) },
		"an update": func(s *store.Store) error {
			return s.Update(t.Context(), func(tx *store.Tx) error { return count.Put(tx, "a", 2) })
		},
	} {
		s := open(t, filepath.Join(storetest.Memory(t), "crema.db"), store.Options{MaxSize: 32 << 20})
		t.Cleanup(func() { s.Close() })
		update(t, s, func(tx *store.Tx) error { return count.Put(tx, "a", 1) })
		s.FallBack()
		if err := use(s); !errors.As(err, new(*store.DamagedError)) || s.Err() == nil {
			t.Errorf("%s: %v; the store says %v", name, err, s.Err())
		}
	}
}
