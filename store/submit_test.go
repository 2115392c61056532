package store_test

import (
	"errors"
	"path/filepath"
	"testing"

	"crema/store"
)

// What is submitted is on disk when it is told so, in the order of the calls; a hook and what is told may submit more.
func TestSubmit(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), "crema.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan error, 3)
	order := []string{}
	boom := errors.New("boom")
	put := func(k uint64) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			tx.OnCommit(func() { order = append(order, "hook") })
			return localNum.Put(tx, k, pair{})
		}
	}
	err = s.Submit(put(1), func(err error) {
		order = append(order, "told")
		said <- err
		if err := s.Submit(put(2), func(err error) { said <- err }); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-said; err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"hook", "told", "hook"}; len(order) != 3 || order[0] != want[0] || order[1] != want[1] {
		t.Errorf("order = %v, want %v", order, want)
	}
	err = s.View(func(tx *store.Tx) error {
		if !localNum.Has(tx, 1) || !localNum.Has(tx, 2) {
			t.Error("what was told to be on disk is not there")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	failing := func(tx *store.Tx) error { return errors.Join(localNum.Put(tx, 3, pair{}), boom) }
	if err := s.Submit(failing, func(err error) { said <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-said; !errors.Is(err, boom) {
		t.Errorf("told %v, want boom", err)
	}
	if err := s.Submit(func(*store.Tx) error { panic("no") }, func(err error) { panic(err) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Submit(put(4), func(err error) { said <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-said; err != nil {
		t.Errorf("after a panic: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Submit(put(5), func(error) { t.Error("told of what was refused") }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Submit() = %v, want ErrClosed", err)
	}
}
