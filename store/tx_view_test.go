package store_test

import (
	"errors"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

// TestViewOfATransaction: who gets it sees what the transaction wrote, writes nothing,
// and takes nothing down.
func TestViewOfATransaction(t *testing.T) {
	s := storetest.Open(t)
	no := errors.New("no")
	var hooks []string
	var kept *store.Tx
	update(t, s, func(tx *store.Tx) error {
		if err := count.Put(tx, "a", 1); err != nil {
			return err
		}
		if err := tx.View(func(view *store.Tx) error {
			kept = view
			if got, ok, err := count.Get(view, "a"); got != 1 || !ok || err != nil {
				t.Errorf("it sees %v, %v, %v, want what was written before", got, ok, err)
			}
			_, err := count.Next(view)
			for _, err := range []error{err, count.Put(view, "a", 1), count.Put(view, "a", 2), count.Delete(view, "a"), blobs.Put(view, "new", nil)} {
				if !errors.Is(err, store.ErrView) {
					t.Errorf("a write = %v, want ErrView", err)
				}
			}
			if view.Writable() || !tx.Writable() {
				t.Error("Writable is wrong")
			}
			view.OnCommit(func() { hooks = append(hooks, "good") })
			view.BeforeCommit("key", func(tx *store.Tx) error { return count.Put(tx, "before", 1) })
			return nil
		}); err != nil {
			t.Errorf("View = %v", err)
		}
		if err := tx.View(func(view *store.Tx) error {
			view.OnCommit(func() { hooks = append(hooks, "bad") })
			return no
		}); !errors.Is(err, no) {
			t.Errorf("View = %v, want the function's error", err)
		}
		var p *store.PanicError
		if err := tx.View(func(*store.Tx) error { panic(no) }); !errors.As(err, &p) || !errors.Is(err, no) {
			t.Errorf("View = %v, want a PanicError", err)
		}
		if err := index.Put(tx, "text", struct{}{}); err != nil {
			return err
		}
		odd := store.NewBucket[string, int]("index", store.StringKey())
		if err := tx.View(func(view *store.Tx) error {
			for range odd.All(view) {
			}
			return nil
		}); err == nil {
			t.Error("an iterator met what it can't decode, and View says nothing")
		}
		return nil
	})
	view(t, s, func(tx *store.Tx) {
		if got, ok, _ := count.Get(tx, "a"); got != 1 || !ok || !index.Has(tx, "text") || count.Has(tx, "before") || blobs.Has(tx, "new") {
			t.Errorf("stored is a = %d, %v, or more than that", got, ok)
		}
		if err := tx.View(func(view *store.Tx) error { return count.Put(view, "a", 2) }); !errors.Is(err, store.ErrView) {
			t.Errorf("a write in a view of a view = %v", err)
		}
	})
	if len(hooks) != 1 || hooks[0] != "good" {
		t.Errorf("hooks called: %q, want only that of the view that went well", hooks)
	}
	defer func() {
		if recover() == nil {
			t.Error("the view's Tx was used after its end")
		}
	}()
	count.Has(kept, "a")
}

// TestLocalInAViewOfATransaction: what is worked out there is shared with nobody, since
// it may be changed for a write that is then refused.
func TestLocalInAViewOfATransaction(t *testing.T) {
	s := storetest.Open(t)
	get := func(tx *store.Tx) *int {
		n, err := sums.Get(tx, func() (*int, error) { return new(int), nil })
		if err != nil {
			t.Error(err)
		}
		return n
	}
	update(t, s, func(tx *store.Tx) error {
		*get(tx) = 7
		return tx.View(func(view *store.Tx) error {
			if got := *get(view); got != 0 {
				t.Errorf("in the view it is %d", got)
			}
			*get(view) = 9
			sums.Forget(view)
			if got := *get(tx); got != 7 {
				t.Errorf("in the transaction it is %d, want 7", got)
			}
			return nil
		})
	})
}
