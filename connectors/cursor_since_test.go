package connectors_test

import (
	"testing"
	"time"

	"crema/connectors"
	"crema/store"
)

// TestSinceCursor: a reader looks back over the overlap from where its last run began, looks
// at all after the first time, after Forget and when a clock was wrong, and by flow.
func TestSinceCursor(t *testing.T) {
	w := newWorld(t)
	c := connectors.SinceCursor{Backend: "kitchen", Flow: "drinks", Overlap: 5 * time.Minute}
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	look := func(c connectors.SinceCursor, now, want time.Time) {
		t.Helper()
		if err := w.w.Store.View(func(tx *store.Tx) error {
			got, err := c.Since(tx, now)
			if !got.Equal(want) {
				t.Errorf("since %v, want %v", got, want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	change := func(f func(*store.Tx) error) {
		t.Helper()
		if err := w.w.Store.Update(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	look(c, at, time.Time{})
	change(func(tx *store.Tx) error { return c.Move(tx, at) })
	for _, now := range []time.Time{{}, at, at.Add(time.Hour), at.Add(-4 * time.Minute)} {
		look(c, now, at.Add(-5*time.Minute))
	}
	look(c, at.Add(-time.Hour), time.Time{})
	other := c
	other.Flow, other.Overlap = "cups", 0
	look(other, at, time.Time{})
	change(func(tx *store.Tx) error { return c.Move(tx, time.Time{}) })
	look(c, at, at.Add(-5*time.Minute))
	change(c.Forget)
	look(c, at, time.Time{})
	change(func(tx *store.Tx) error { return other.Move(tx, at) })
	look(other, time.Time{}, at.Add(-30*time.Second))
}
