package coffee

import (
	"errors"
	"slices"
	"testing"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"
	"crema/store"
)

// TestTroubleOfAnotherFlow lets sales be blocked by a person's session and by a refusal
// while the catalogue works: their checkpoints stay as they are.
func TestTroubleOfAnotherFlow(t *testing.T) {
	k := newBooks(t)
	theirs := k.erp.Insert("pos.session", 0, standin.Values{"config_id": k.pos, "user_id": int64(2), "state": pos.Opened, "opening_notes": "till", "name": "theirs"})
	k.make(1, k.products[0], eur(219))
	k.work(0)
	first := k.wantOpen(reasonSession, true)
	k.start("catalogue")
	k.work(1)
	if now := k.wantOpen(reasonSession, true); now.ID != first.ID {
		t.Errorf("the checkpoint %d was opened anew as %d", first.ID, now.ID)
	}
	k.erp.Set("pos.session", theirs, standin.Values{"state": pos.Closed})
	k.work(1)
	k.wantOpen(reasonSession, false)

	k.erp.Fail(standin.Rule{Fault: standin.Forbid, Call: "pos.order/sync_from_ui"})
	k.make(1, k.products[0], eur(219))
	k.work(0)
	first = k.wantOpen(reasonOdoo, true)
	k.start("catalogue")
	k.work(1)
	if now := k.wantOpen(reasonOdoo, true); now.ID != first.ID {
		t.Errorf("the checkpoint %d was opened anew as %d", first.ID, now.ID)
	}
	k.update(func(tx *store.Tx) error {
		r, err := k.b.beginReading(tx)
		if err == nil && r.all {
			t.Error("the catalogue is read as if it were refused")
		}
		return err
	})
	k.erp.Heal()
	k.work(2)
	k.wantOpen(reasonOdoo, false)
}

// TestGuardOutlastsACallOfNothing lets Odoo refuse every cup, and cups come that are parked
// without a call: no more cups are parked for the refusals than without them.
func TestGuardOutlastsACallOfNothing(t *testing.T) {
	k := newBooks(t)
	k.erp.Set("res.company", 1, standin.Values{"tax_calculation_rounding_method": "round_per_line"})
	k.erp.Fail(standin.Rule{Fault: standin.Refuse, Call: "pos.order/sync_from_ui"})
	k.make(40, k.products[1], eur(190))
	for range 10 {
		k.make(1, k.products[0], eur(119)) // no net price comes to that
		k.work(1)
	}
	refused := 0
	k.update(func(tx *store.Tx) error {
		refused = 0
		for c := range ledger.ParkedCups(tx, "kitchen") {
			if c.Reason == ledger.ReasonRefused {
				refused++
			}
		}
		return nil
	})
	if refused > refusedInARow {
		t.Errorf("%d cups are parked", refused)
	}
}

// TestAskedToCloseWhileBooking reviews the checkpoint of a session while a booking runs
// into it, and while one is kept waiting by it: it is closed all the same.
func TestAskedToCloseWhileBooking(t *testing.T) {
	k := newBooks(t)
	k.make(1, k.products[0], eur(219))
	k.work(0)
	id := k.erp.Sessions()[0].ID
	k.update(func(tx *store.Tx) error {
		return errors.Join(k.b.askToClose(tx, blocker{Session: id, Closable: true}), k.b.opened(tx, till{session: id}))
	})
	k.b.setSession(id, ledger.Marks{Model: "2900", Serial: "29-1"})
	blocked := &sessionError{id: id, closable: true, text: "in use"}
	step := stepper(k.store.Update)
	if err := k.b.odooFailed(t.Context(), "sales", step, blocked); err == nil {
		t.Error("the job does not wait")
	}
	k.work(1)
	if s := k.erp.Sessions()[0]; s.State != pos.Closed {
		t.Errorf("the session is %s", s.State)
	}
}

// TestBatchThatTakesTooLong lets Odoo lose every call of more orders than it has time for.
func TestBatchThatTakesTooLong(t *testing.T) {
	k := newBooks(t)
	k.erp.Fail(standin.Rule{Fault: standin.CloseBeforeCommit, Call: "pos.order/sync_from_ui", Times: 3})
	k.make(40, k.products[0], eur(219))
	var limits []int
	for range 12 {
		k.work(0)
		k.update(func(tx *store.Tx) error {
			s, _, err := salesStates.Get(tx, "kitchen")
			limits = append(limits, s.Limit)
			return err
		})
	}
	if !slices.Equal(limits[:3], []int{20, 10, 5}) {
		t.Errorf("the limits are %v", limits)
	}
	if n := k.count(ledger.Booked); n != 40 || limits[11] != 0 {
		t.Errorf("%d cups are booked, limits %v", n, limits)
	}
}
