package coffee

import (
	"slices"
	"testing"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// TestOneCheckpointForAnUnknownName: a slot that sells what Odoo does not know is one checkpoint: about its name until a cup of it
// waits, about the cups from then on. Reviewed either way, the name is left alone; another name is told anew.
func TestOneCheckpointForAnUnknownName(t *testing.T) {
	w := newWorld(t, "2900")
	w.open()
	plan := func() {
		t.Helper()
		w.update(func(tx *store.Tx) error {
			in, err := w.b.planInput(tx)
			if err != nil {
				return err
			}
			return w.b.tell(tx, planSlots(in))
		})
	}
	want := func(when string, records ...string) {
		t.Helper()
		var open []string
		for _, reason := range []string{reasonUnknownSlot, reasonUnboundSlot} {
			for _, p := range w.checkpoints(reason) {
				if p.State == connectors.CheckpointOpen {
					open = append(open, p.Record)
				}
			}
		}
		if !slices.Equal(open, records) {
			t.Errorf("%s: open are %q, want %q", when, open, records)
		}
	}
	review := func(reason string) {
		t.Helper()
		for _, p := range w.checkpoints(reason) {
			if p.State == connectors.CheckpointOpen {
				w.update(func(tx *store.Tx) error { return w.b.d.Checkpoints.Review(tx, p.ID, "") })
			}
		}
	}
	edit := func(name string) {
		w.m.Edit(2, func(s *device.Slot) { s.Name, s.Enabled = name, true })
		w.work()
	}
	w.update(func(tx *store.Tx) error { return w.b.binder().Unbind(tx, 102) })
	edit("Special")
	plan()
	want("before any cup", "2")
	w.m.Buy(2)
	w.work()
	want("a cup waits", "2/Special")
	plan()
	want("and the next catalogue", "2/Special")

	if err := w.answer(w.checkpoints(reasonUnboundSlot)[0], "dismiss", ""); err != nil {
		t.Fatal(err)
	}
	plan()
	want("the cup is dismissed, the name is still unknown", "2")
	review(reasonUnknownSlot)
	plan()
	want("a person knows the name")
	w.m.Buy(2)
	w.work()
	plan()
	want("cups wait all the same", "2/Special")

	edit("Other")
	plan()
	want("another name, and its old cups", "2", "2/Special")
	w.m.Buy(2)
	w.work()
	plan()
	want("cups of both names", "2/Special", "2/Other")
	for _, c := range w.cups() {
		w.update(func(tx *store.Tx) error {
			if c.State != ledger.Parked {
				return nil
			}
			return ledger.Dismiss(tx, c.Seq, "by hand")
		})
	}
	review(reasonUnboundSlot)
	plan()
	want("reviewed: the name that it sells now is known")
}
