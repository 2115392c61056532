package connectors_test

import (
	"errors"
	"testing"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/store"

	"github.com/google/go-cmp/cmp"
)

// TestDeleteExport: the backend's record goes by the id that was kept, also when its
// binding went with Odoo's; one that is gone is deleted well.
func TestDeleteExport(t *testing.T) {
	w := newWorld(t)
	id := w.newItem("Latte", 250)
	w.export(w.exporter(), id, connectors.ExportOptions{}, connectors.EffectCreated)
	w.remote.Calls()

	w.remote.Inject(connectortest.Fault{Op: "delete", Before: errAway})
	if _, err := w.deleter().Delete(t.Context(), "0"); !errors.As(err, new(*connectors.NetworkError)) || w.binding(id).External != "0" {
		t.Errorf("Delete() without an answer = %v, bound to %q", err, w.binding(id).External)
	}
	w.remote.Inject(connectortest.Fault{Op: "delete", After: errAway})
	if _, err := w.deleter().Delete(t.Context(), "0"); err == nil {
		t.Error("Delete() with a lost answer succeeded")
	}
	for range 2 { // gone, and gone and unbound
		r, err := w.deleter().Delete(t.Context(), "0")
		if err != nil || r.Effect != connectors.EffectDeleted || len(w.bindings()) != 0 {
			t.Errorf("Delete() = %+v, %v, bindings %v", r, err, w.bindings())
		}
	}
	if diff := cmp.Diff([]string{"delete 0", "delete 0", "delete 0", "delete 0"}, w.remote.Calls()); diff != "" {
		t.Errorf("calls (-want +got)\n%s", diff)
	}
	// Exported again it is another record, though the backend remembers its key.
	w.export(w.exporter(), id, connectors.ExportOptions{}, connectors.EffectCreated)
	if b := w.binding(id); b.External != "1" || len(w.remote.All()) != 1 {
		t.Errorf("%+v, %v", b, w.remote.All())
	}

	// By value: Odoo's record and the binding are gone before the job runs.
	w.odoo.Remove("1")
	var bound []connectors.Binding
	update(t, w.w.Store, func(tx *store.Tx) (err error) {
		bound, err = connectors.ForgetOdoo(tx, modelItem, id)
		return err
	})
	if len(bound) != 1 || bound[0].External != "1" {
		t.Fatalf("ForgetOdoo() = %v", bound)
	}
	if r, err := w.deleter().Delete(t.Context(), bound[0].External); err != nil || r.Effect != connectors.EffectDeleted || len(w.remote.All()) != 0 {
		t.Errorf("Delete() = %+v, %v, there are %v", r, err, w.remote.All())
	}
	unlock, err := w.w.Lock(connectors.ImportKey("kitchen", modelItem, "7"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := w.deleter().Delete(t.Context(), "7"); !errors.As(err, new(*connectors.LockedError)) {
		t.Errorf("Delete() of a record that is being imported = %v", err)
	}
}
