package store_test

import (
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

func keysOf[K, V any](seq iter.Seq2[K, V]) []K {
	var ks []K
	for k := range seq {
		ks = append(ks, k)
	}
	return ks
}

func TestIteratorsBounds(t *testing.T) {
	s := storetest.Open(t)
	update(t, s, func(tx *store.Tx) error {
		for _, k := range []string{"b", "bb", "c", "e"} {
			if err := count.Put(tx, k, len(k)); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(tx *store.Tx) {
		for name, c := range map[string]struct {
			seq  iter.Seq2[string, int]
			want []string
		}{
			"All":           {count.All(tx), []string{"b", "bb", "c", "e"}},
			"Backward":      {count.Backward(tx), []string{"e", "c", "bb", "b"}},
			"From there":    {count.From(tx, "c"), []string{"c", "e"}},
			"From between":  {count.From(tx, "ba"), []string{"bb", "c", "e"}},
			"From nothing":  {count.From(tx, ""), []string{"b", "bb", "c", "e"}},
			"From past":     {count.From(tx, "f"), nil},
			"Before there":  {count.Before(tx, "c"), []string{"bb", "b"}},
			"Before gap":    {count.Before(tx, "d"), []string{"c", "bb", "b"}},
			"Before first":  {count.Before(tx, "b"), nil},
			"Before none":   {count.Before(tx, ""), nil},
			"Before past":   {count.Before(tx, "z"), []string{"e", "c", "bb", "b"}},
			"Prefix":        {count.Prefix(tx, []byte("b")), []string{"b", "bb"}},
			"Prefix of all": {count.Prefix(tx, nil), []string{"b", "bb", "c", "e"}},
			"Prefix none":   {count.Prefix(tx, []byte("d")), nil},
		} {
			if got := keysOf(c.seq); !slices.Equal(got, c.want) {
				t.Errorf("%s = %q, want %q", name, got, c.want)
			}
			if got := keysOf(c.seq); !slices.Equal(got, c.want) {
				t.Errorf("%s a second time = %q, want %q", name, got, c.want)
			}
		}
		if k, v, ok := count.First(tx); k != "b" || v != 1 || !ok {
			t.Errorf("First = %q, %d, %v", k, v, ok)
		}
		if k, v, ok := count.Last(tx); k != "e" || v != 1 || !ok {
			t.Errorf("Last = %q, %d, %v", k, v, ok)
		}
	})
}

// Iterators are compared with a model, step by step, while the bucket is changed
// under them: before, at and after where they are, in trees of many pages.
func TestIteratorsBearChanges(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 0))
	s := storetest.Open(t)
	model := map[uint64]int{}
	for round := range 15 {
		update(t, s, func(tx *store.Tx) error {
			put := func(k uint64) {
				v := rnd.IntN(1000)
				if err := numbers.Put(tx, k, v); err != nil {
					t.Error(err)
				}
				model[k] = v
			}
			remove := func(k uint64) {
				if err := numbers.Delete(tx, k); err != nil {
					t.Error(err)
				}
				delete(model, k)
			}
			for range rnd.IntN(2000) {
				put(rnd.Uint64N(5000))
			}
			up := round%2 == 0
			seq := numbers.All(tx)
			if !up {
				seq = numbers.Backward(tx)
			}
			greedy := rnd.IntN(3) // 0: deletes all it meets
			last, first := uint64(0), true
			for k, v := range seq {
				want, ok := next(model, last, first, up)
				if !ok || k != want || model[k] != v {
					t.Fatalf("round %d: got %d after %d, want %d (there: %v)", round, k, last, want, ok)
				}
				last, first = k, false
				switch {
				case greedy == 0 || rnd.IntN(3) == 0:
					remove(k)
				case rnd.IntN(10) == 0:
					put(rnd.Uint64N(5000))
				case rnd.IntN(10) == 0: // a whole stretch, so that pages become empty
					from := rnd.Uint64N(5000)
					for i := range rnd.Uint64N(600) {
						remove(from + i)
					}
				}
			}
			if k, ok := next(model, last, first, up); ok {
				t.Fatalf("round %d: ended after %d, %d is missing", round, last, k)
			}
			// Once more in the same transaction, whose pages may be empty now.
			sorted := slices.Sorted(maps.Keys(model))
			if got := keysOf(numbers.All(tx)); !slices.Equal(got, sorted) {
				t.Errorf("round %d: All gives %d keys, the model has %d", round, len(got), len(sorted))
			}
			slices.Reverse(sorted)
			if got := keysOf(numbers.Backward(tx)); !slices.Equal(got, sorted) {
				t.Errorf("round %d: Backward gives %d keys, the model has %d", round, len(got), len(sorted))
			}
			if numbers.Empty(tx) != (len(model) == 0) {
				t.Errorf("round %d: Empty is wrong", round)
			}
			return nil
		})
		view(t, s, func(tx *store.Tx) {
			if got, want := keysOf(numbers.All(tx)), slices.Sorted(maps.Keys(model)); !slices.Equal(got, want) {
				t.Fatalf("round %d: the bucket has %d keys, the model %d", round, len(got), len(want))
			}
		})
	}
}

var numbers = store.NewBucket[uint64, int]("numbers", store.Uint64Key())

// next is the model's key that follows last.
func next(model map[uint64]int, last uint64, first, up bool) (best uint64, ok bool) {
	for k := range model {
		switch {
		case !first && up && k <= last, !first && !up && k >= last:
		case !ok, up && k < best, !up && k > best:
			best, ok = k, true
		}
	}
	return best, ok
}

func TestNestedIterators(t *testing.T) {
	s := storetest.Open(t)
	update(t, s, func(tx *store.Tx) error {
		for i := range uint64(300) {
			if err := numbers.Put(tx, i, 0); err != nil {
				return err
			}
		}
		n := 0
		for a := range numbers.All(tx) {
			for b := range numbers.From(tx, a) {
				if b > a && b%7 != 0 {
					if err := numbers.Delete(tx, b); err != nil {
						return err
					}
				}
			}
			n++
		}
		if n != 43 { // 0, 7, 14 … 294
			t.Errorf("%d keys were left to the outer iterator, want 43", n)
		}
		return nil
	})
}
