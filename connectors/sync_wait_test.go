package connectors_test

import (
	"errors"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/store"
)

// TestWaitForALostAnswer: what waits for a record that is being created comes again at
// once, and less and less often where its answer was lost: not each second for an hour.
func TestWaitForALostAnswer(t *testing.T) {
	w := newWorld(t)
	id, external := w.newItem("Latte", 250), w.newEntry("Mocha", 300)
	now := noon
	w.w.Now = func() time.Time { return now }
	w.remote.Inject(connectortest.Fault{Op: "create", Before: errAway})
	if _, err := w.exporter().Export(t.Context(), id, connectors.ExportOptions{}); !errors.As(err, new(*connectors.NetworkError)) {
		t.Fatalf("Export() = %v", err)
	}
	for age, want := range map[time.Duration]time.Duration{0: time.Second, 20 * time.Second: 20 * time.Second, 10 * time.Minute: 10 * time.Minute} {
		now = noon.Add(age)
		_, err := w.importer().Import(t.Context(), external, connectors.ImportOptions[entry]{})
		if locked, ok := errors.AsType[*connectors.LockedError](err); !ok || locked.After != want {
			t.Errorf("%v after the last try: %v; want to wait %v", age, err, want)
		}
	}
}

// TestArchivedMeanwhile: who archives a binding while its record is written is not
// overruled by the end of the write.
func TestArchivedMeanwhile(t *testing.T) {
	w := newWorld(t)
	id := w.newItem("Latte", 250)
	w.export(w.exporter(), id, connectors.ExportOptions{}, connectors.EffectCreated)
	w.odoo.Put("1", func(i *item) { i.Price = 260 })
	w.at = func(step string) {
		if step == "write" {
			update(t, w.w.Store, func(tx *store.Tx) error { return connectors.NewBinder("kitchen", modelItem).Archive(tx, id, true) })
		}
	}
	w.export(w.exporter(), id, connectors.ExportOptions{}, connectors.EffectUpdated)
	if b := w.binding(id); !b.Archived || b.Fingerprint == "" {
		t.Errorf("binding %+v", b)
	}
}

// TestSyncDateOfEachWay: an export and an import say in the binding when the two were last
// made equal.
func TestSyncDateOfEachWay(t *testing.T) {
	w := newWorld(t)
	now := noon
	w.w.Now = func() time.Time { return now }
	id := w.newItem("Latte", 250)
	w.export(w.exporter(), id, connectors.ExportOptions{}, connectors.EffectCreated)
	if at := w.binding(id).Synced; !at.Equal(noon) {
		t.Errorf("exported at %v, the binding says %v", noon, at)
	}
	now = noon.Add(time.Hour)
	w.remote.Put("0", func(r *entry) { r.Price = 260 })
	w.imports(w.importer(), "0", connectors.ImportOptions[entry]{}, connectors.EffectUpdated)
	if at := w.binding(id).Synced; !at.Equal(now) {
		t.Errorf("imported at %v, the binding says %v", now, at)
	}
}
