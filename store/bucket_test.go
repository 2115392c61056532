package store_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

type cup struct {
	Name  string
	Price int
}

var (
	cups  = store.NewBucket[uint64, cup]("cups", store.Uint64Key())
	index = store.NewBucket[string, struct{}]("index", store.StringKey())
	blobs = store.NewBucket[string, []byte]("blobs", store.StringKey())
	count = store.NewBucket[string, int]("count", store.StringKey())
)

func update(t *testing.T, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

func view(t *testing.T, s *store.Store, fn func(*store.Tx)) {
	t.Helper()
	if err := s.View(func(tx *store.Tx) error { fn(tx); return nil }); err != nil {
		t.Fatalf("View: %v", err)
	}
}

func TestValuesComeBack(t *testing.T) {
	s := storetest.Open(t)
	raw := []byte{0, 1, 2}
	check := func(tx *store.Tx) {
		if got, ok, err := cups.Get(tx, 7); err != nil || !ok || got != (cup{"Espresso", 230}) {
			t.Errorf("cup = %v, %v, %v", got, ok, err)
		}
		if !index.Has(tx, "here") || index.Has(tx, "there") {
			t.Error("the index does not hold what was put")
		}
		if _, ok, err := index.Get(tx, "here"); err != nil || !ok {
			t.Errorf("index = %v, %v", ok, err)
		}
		if got, ok, err := blobs.Get(tx, "raw"); err != nil || !ok || !bytes.Equal(got, []byte{0, 1, 2}) {
			t.Errorf("blob = %v, %v, %v", got, ok, err)
		}
		if got, ok, err := blobs.Get(tx, "empty"); err != nil || !ok || got == nil || len(got) != 0 {
			t.Errorf("empty blob = %v, %v, %v", got, ok, err)
		}
		if _, ok, err := cups.Get(tx, 8); err != nil || ok {
			t.Errorf("absent cup = %v, %v", ok, err)
		}
	}
	update(t, s, func(tx *store.Tx) error {
		err := errors.Join(cups.Put(tx, 7, cup{"Espresso", 230}), index.Put(tx, "here", struct{}{}),
			blobs.Put(tx, "raw", raw), blobs.Put(tx, "empty", nil))
		raw[0] = 9 // what was put is a copy
		check(tx)
		return err
	})
	view(t, s, check)
	var kept []byte
	view(t, s, func(tx *store.Tx) {
		kept, _, _ = blobs.Get(tx, "raw")
		kept[0] = 9 // what is got is a copy, or this would be a fault
	})
	view(t, s, check)
}

func TestBucketsThatWereNeverMadeAreEmpty(t *testing.T) {
	s := storetest.Open(t)
	view(t, s, func(tx *store.Tx) {
		if tx.Writable() {
			t.Error("a View says that it is writable")
		}
		if _, ok, err := cups.Get(tx, 1); ok || err != nil {
			t.Errorf("Get = %v, %v", ok, err)
		}
		if cups.Has(tx, 1) || !cups.Empty(tx) {
			t.Error("not empty")
		}
		for range cups.All(tx) {
			t.Error("All gives something")
		}
		for range cups.Backward(tx) {
			t.Error("Backward gives something")
		}
		if _, _, ok := cups.First(tx); ok {
			t.Error("First gives something")
		}
		if _, _, ok := cups.Last(tx); ok {
			t.Error("Last gives something")
		}
	})
	update(t, s, func(tx *store.Tx) error {
		if !tx.Writable() {
			t.Error("an Update says that it is not writable")
		}
		return cups.Delete(tx, 1)
	})
}

func TestEmptyAfterTheLastDelete(t *testing.T) {
	s := storetest.Open(t)
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(index.Put(tx, "a", struct{}{}), index.Put(tx, "b", struct{}{}))
	})
	update(t, s, func(tx *store.Tx) error {
		err := index.Delete(tx, "a")
		if index.Empty(tx) {
			t.Error("empty with b in it")
		}
		err = errors.Join(err, index.Delete(tx, "b"))
		if !index.Empty(tx) {
			t.Error("not empty after the last delete")
		}
		return err
	})
	view(t, s, func(tx *store.Tx) {
		if !index.Empty(tx) {
			t.Error("not empty after the commit")
		}
	})
}

func TestSequence(t *testing.T) {
	s := storetest.Open(t)
	for want := uint64(1); want <= 3; want++ {
		update(t, s, func(tx *store.Tx) error {
			got, err := cups.Next(tx)
			if got != want {
				t.Errorf("Next = %d, want %d", got, want)
			}
			return err
		})
	}
	undo := errors.New("undo")
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		_, _ = cups.Next(tx)
		return undo
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
	update(t, s, func(tx *store.Tx) error {
		if got, err := cups.Next(tx); got != 4 || err != nil {
			t.Errorf("after a rollback Next = %d, %v, want 4", got, err)
		}
		if got, err := blobs.Next(tx); got != 1 || err != nil {
			t.Errorf("another bucket's Next = %d, %v, want 1", got, err)
		}
		return nil
	})
}

func TestViewsDoNotWrite(t *testing.T) {
	s := storetest.Open(t)
	update(t, s, func(tx *store.Tx) error { return count.Put(tx, "a", 1) })
	view(t, s, func(tx *store.Tx) {
		_, err := count.Next(tx)
		for _, err := range []error{err, count.Put(tx, "a", 2), count.Delete(tx, "a"), count.Delete(tx, "b"), blobs.Put(tx, "new", nil)} {
			if !errors.Is(err, store.ErrView) {
				t.Errorf("write in a View: %v, want ErrView", err)
			}
		}
	})
}

func TestBadKeysAreRefused(t *testing.T) {
	s := storetest.Open(t)
	for _, key := range []string{"", strings.Repeat("k", 32769)} {
		err := s.Update(t.Context(), func(tx *store.Tx) error { return count.Put(tx, key, 1) })
		if err == nil || !strings.Contains(err.Error(), `bucket "count"`) || len(err.Error()) > 300 {
			t.Errorf("Put with a key of %d bytes: %v", len(key), err)
		}
	}
	view(t, s, func(tx *store.Tx) {
		if count.Has(tx, "") {
			t.Error("the empty key is there")
		}
	})
}

func TestValuesThatCannotBeDecodedAreReported(t *testing.T) {
	s := storetest.Open(t)
	text := store.NewBucket[string, string]("count", store.StringKey())
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(count.Put(tx, "a", 1), text.Put(tx, "b", "no number"), count.Put(tx, "c", 3))
	})
	seen := 0
	err := s.View(func(tx *store.Tx) error {
		if _, _, err := count.Get(tx, "b"); err == nil || !strings.Contains(err.Error(), `bucket "count": key 62: decode value`) {
			t.Errorf("Get = %v", err)
		}
		for range count.All(tx) {
			seen++
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), `bucket "count": key 62: decode value`) {
		t.Errorf("View = %v", err)
	}
	if seen != 1 {
		t.Errorf("the iterator gave %d entries, want 1", seen)
	}
	// In an Update it undoes what was written on a false view of things.
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		for range count.Backward(tx) {
			if err := count.Put(tx, "d", 4); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		t.Error("an Update that met a bad value was committed")
	}
	view(t, s, func(tx *store.Tx) {
		if count.Has(tx, "d") {
			t.Error("its write is there")
		}
	})
	numbers := store.NewBucket[uint64, string]("count", store.Uint64Key())
	err = s.View(func(tx *store.Tx) error {
		for range numbers.All(tx) {
			t.Error("a key that is none was given")
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "decode key") {
		t.Errorf("View over bad keys = %v", err)
	}
}

func TestTxEndsWithItsFunction(t *testing.T) {
	s := storetest.Open(t)
	var leaked *store.Tx
	update(t, s, func(tx *store.Tx) error { leaked = tx; return nil })
	defer func() {
		if v := recover(); v == nil {
			t.Error("a Tx was used after its end")
		}
	}()
	count.Has(leaked, "a")
}
