package coffee

import (
	"context"
	"testing"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// unanchored makes the machine one that this store has no cursor of, with cups 8 to 12
// read and kept raw.
func (k *books) unanchored(backend string) {
	k.t.Helper()
	k.update(func(tx *store.Tx) error {
		for n := uint64(8); n <= 12; n++ {
			price := eur(190)
			if err := ledger.PutRaw(tx, "29-1", ledger.Raw{Entry: device.Entry{Number: n, Slot: 1, Kind: device.CupSale, Price: &price, Payment: device.PaymentCard, Time: k.queue.Clock.Now()}, Trust: ledger.TimeTrusted, SlotName: "Drink 2"}); err != nil {
				return err
			}
		}
		if err := drinks.Put(tx, drinkKey{A: "kitchen", B: k.products[2]}, Drink{Product: k.products[2], Name: "Drink 2", Fitted: "Drink 2", Active: true}); err != nil {
			return err
		}
		return ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: "29-1", Backend: backend, FirstNumber: 12, Next: 13})
	})
}

// TestAnchorAskedAgain: the job that asks where the books stand was ended by hand. A
// start of a flow asks again, and waits for all that comes of it.
func TestAnchorAskedAgain(t *testing.T) {
	for _, flow := range []string{"sales", "catalogue"} {
		t.Run(flow, func(t *testing.T) {
			k := newBooks(t)
			if _, err := pos.CreateSession(t.Context(), k.client, k.pos, "Monday, Ann\ncrema 2900/29-1 n=7\nnew beans"); err != nil {
				t.Fatal(err)
			}
			k.unanchored("kitchen")
			id := k.start(flow)
			k.work(1)
			k.wantStates(0, 5, 0)
			if i := k.queue.Info(t, id); i.State != queue.StateDone {
				t.Errorf("the start is %+v", i)
			}
			if _, first := k.open()[reasonFirstSight]; first {
				t.Error("the note was not found among a person's words")
			}
		})
	}
}

// TestAnchorOfAMachineThatMoved: what was read of it belongs to where it is now.
func TestAnchorOfAMachineThatMoved(t *testing.T) {
	k := newBooks(t)
	k.unanchored("lobby")
	k.update(func(tx *store.Tx) error { return k.b.enqueueAnchor(tx, "2900", "29-1", 0) })
	k.work(1)
	k.wantStates(0, 0, 0)
	m, _, err := k.b.readMachine("2900", "29-1")
	if err != nil || m.Known || len(k.erp.Sessions()) != 0 {
		t.Errorf("the old backend took it: %+v, sessions %v, %v", m, k.erp.Sessions(), err)
	}
}

// TestBrewAfterACancelledOne: the job of a cup is ended by hand while the cup is made.
// The next can be made all the same.
func TestBrewAfterACancelledOne(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.open()
		if err := w.startBrew(2, "00112233445566aa"); err != nil {
			t.Fatal(err)
		}
		for w.m.brewing > 0 {
			w.m.brew()
		}
		if err := w.poll(); err != nil {
			t.Fatal(err)
		}
		if err := w.brew(3, "00112233445566bb"); err != nil {
			t.Fatal(err)
		}
		w.work()
		w.compare()
		if n := len(w.cups()); n != 2 {
			t.Errorf("%d cups, want 2", n)
		}
	})
}

// startBrew is the first half of a brew job.
func (w *world) startBrew(slot int, token string) error {
	key, err := parseToken(token)
	if err != nil {
		return err
	}
	return w.on(func(ctx context.Context, m device.Machine) error {
		return w.b.startPour(ctx, m, BrewArgs{Backend: "kitchen", Slot: slot, Token: token}, key, w.store.Update)
	})
}
