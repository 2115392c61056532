package coffee

import (
	"context"
	"errors"
	"testing"
	"time"

	"crema/connectors"
	"crema/device"
	"crema/store"
)

// looks asks what a schedule asks.
func looks(t *testing.T, b *Backend, flow, when string, want bool) {
	t.Helper()
	if found, err := scheduled[flow](b, t.Context()); found != want || err != nil {
		t.Errorf("%s: the schedule of %s finds something to do: %v, %v; want %v", when, flow, found, err, want)
	}
}

func TestCatalogueIsLookedAtFirst(t *testing.T) {
	c := newCafe(t, "2900", "en_US")
	latte := c.add("Latte", 2)
	looks(t, c.b, "catalogue", "never read", true)
	c.sync(true)
	c.wantSold("Latte 2.20")
	c.pass(10 * time.Minute)
	c.sync(false) // looks back by some minutes, and finds it once more
	c.pass(10 * time.Minute)
	c.spent()
	looks(t, c.b, "catalogue", "nothing was written", false)
	if calls, _ := c.spent(); len(calls) != 1 {
		t.Errorf("a look that finds nothing is the calls %q, want one", calls)
	}
	c.erp.SetPrice(latte, 3)
	looks(t, c.b, "catalogue", "a price was written", true)
	c.sync(false)
	c.wantSold("Latte 3.30")
	c.pass(10 * time.Minute)
	c.sync(false)
	c.pass(10 * time.Minute)
	looks(t, c.b, "catalogue", "and read", false)
	c.update(func(tx *store.Tx) error {
		h, _, err := getHeld(tx, "kitchen", c.slotOf("Latte"))
		h.Slot.Price.Amount++
		return errors.Join(err, putHeld(tx, "kitchen", h))
	})
	looks(t, c.b, "catalogue", "a slot is not as it shall be", true)
	c.sync(false)
	looks(t, c.b, "catalogue", "it was written", false)
	c.update(c.b.askAll)
	looks(t, c.b, "catalogue", "somebody asks for all", true)
	c.sync(false)
	c.pass(readAllEvery)
	looks(t, c.b, "catalogue", "after an hour", true)
	c.sync(false)
	c.pass(10 * time.Minute)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if found, err := scheduled["catalogue"](c.b, ended); err == nil {
		t.Errorf("without an answer of Odoo it finds %v", found)
	}
}

func TestSalesAreLookedAtFirst(t *testing.T) {
	k := newBooks(t)
	k.b.cfg.Close = ""
	looks(t, k.b, "sales", "no cup", false)
	k.make(3, k.products[0], device.Money{Amount: 219, Currency: "EUR"})
	looks(t, k.b, "sales", "cups wait", true)
	if err := k.queue.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(k.erp.Orders()); n != 3 {
		t.Fatalf("%d orders", n)
	}
	looks(t, k.b, "sales", "all are booked", false)
	k.b.cfg.Close = "03:00"
	looks(t, k.b, "sales", "a session is to be closed", true)
	k.b.cfg.Close = ""
	k.update(func(tx *store.Tx) error { return notesOwed.Put(tx, "kitchen", true) })
	looks(t, k.b, "sales", "a note is owed", true)
	k.update(func(tx *store.Tx) error { return notesOwed.Delete(tx, "kitchen") })
	k.update(func(tx *store.Tx) error { return blockers.Put(tx, "kitchen", blocker{Close: true}) })
	looks(t, k.b, "sales", "somebody wants a session closed", true)
	k.update(func(tx *store.Tx) error { return blockers.Delete(tx, "kitchen") })
	for _, record := range []string{k.b.cfg.POS, k.b.troubled(keyTrouble), k.b.ofPayment("cash")} {
		var id uint64
		k.update(func(tx *store.Tx) (err error) {
			id, err = k.b.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{Backend: "kitchen", Model: ModelOdoo, Record: record, Reason: reasonOdoo, Message: "no"})
			return err
		})
		looks(t, k.b, "sales", "a person sees the trouble of "+record, true)
		k.update(func(tx *store.Tx) error { return k.b.d.Checkpoints.Review(tx, id, "somebody") })
	}
	looks(t, k.b, "sales", "all is well again", false)
}

// TestSchedulesLook holds the list against the flows that are declared.
func TestSchedulesLook(t *testing.T) {
	n := 0
	for _, f := range new(Machines).flows() {
		if f.Look != nil {
			n++
		}
	}
	if n != len(scheduled) {
		t.Errorf("%d of the flows look first, want %d", n, len(scheduled))
	}
}
