package connectors_test

import (
	"testing"
	"time"

	"crema/connectors"
	"crema/queue/queuetest"
	"crema/store"
)

// TestDeletedBackendIsForgotten: one of the same name begins anew, and those with a name
// that only begins alike keep what they have.
func TestDeletedBackendIsForgotten(t *testing.T) {
	w := newWorld(t)
	q := queuetest.New(t, w.w.Store)
	id := w.newItem("Latte", 250)
	since := func(backend string) (asked time.Time) {
		t.Helper()
		b := w.delayed(q)
		b.Work = w.w.On(connectors.Backend{Name: backend}, nil)
		b.Query = func(s time.Time) time.Time { asked = s; return s }
		if _, err := b.Import(t.Context()); err != nil {
			t.Fatal(err)
		}
		return asked
	}
	again := func() {
		t.Helper()
		w.export(w.exporter(), id, connectors.ExportOptions{}, connectors.EffectCreated)
		if _, err := w.deleter().Delete(t.Context(), w.binding(id).External); err != nil {
			t.Fatal(err)
		}
	}
	again()
	for _, name := range []string{"kitchen", "kitchen2"} {
		since(name)
	}
	update(t, w.w.Store, func(tx *store.Tx) error {
		if err := (connectors.Backends{}).Put(tx, w.w.Backend); err != nil {
			return err
		}
		if err := (connectors.Backends{}).SetState(tx, "kitchen", connectors.Off); err != nil {
			return err
		}
		return connectors.Backends{}.Delete(tx, "kitchen")
	})
	if at := since("kitchen"); !at.IsZero() {
		t.Errorf("the new backend asks for what was changed since %v", at)
	}
	if at := since("kitchen2"); at.IsZero() {
		t.Error("another backend lost its cursor")
	}
	w.remote.Calls()
	w.export(w.exporter(), id, connectors.ExportOptions{}, connectors.EffectCreated)
	if calls := w.remote.Calls(); len(calls) != 1 || calls[0] != "create export/kitchen/item/1/" {
		t.Errorf("calls %q", calls)
	}
}
