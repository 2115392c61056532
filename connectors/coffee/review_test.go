package coffee

import (
	"errors"
	"strconv"
	"testing"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// park puts a cup into the ledger that is set aside, with its checkpoint.
func (k *books) park(slot int, name string, product int64, reason string) {
	k.t.Helper()
	k.update(func(tx *store.Tx) error {
		k.made++
		if _, _, err := ledger.Add(tx, ledger.Cup{
			Key: ledger.Key2900("29-1", k.made), Backend: "kitchen", Model: "2900", Serial: "29-1", Number: k.made, Slot: slot, Kind: device.CupSale, Product: product,
			SlotName: name, Price: eur(190), Payment: device.PaymentCard, Time: k.queue.Clock.Now(), TimeTrust: ledger.TimeTrusted, State: ledger.Parked, Reason: reason,
		}); err != nil {
			return err
		}
		model, record := ModelSlot, strconv.Itoa(slot)
		if reason == ledger.ReasonJump {
			model, record = ModelMachine, "2900/29-1"
		}
		return k.b.tellPerson(tx, model, record, reason, "review")
	})
}

func (k *books) review(model, record, reason string) {
	k.t.Helper()
	k.update(func(tx *store.Tx) error {
		list, _, err := k.b.d.Checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen, Limit: 1000})
		for _, c := range list {
			if c.Model == model && c.Record == record && c.Reason == reason {
				return k.b.d.Checkpoints.Review(tx, c.ID, "")
			}
		}
		k.t.Errorf("no checkpoint %s %s %s", model, record, reason)
		return err
	})
}

// TestReviewOfOneSlot: what a person says of one slot is not said of another.
func TestReviewOfOneSlot(t *testing.T) {
	k := newBooks(t)
	k.park(2, "Drink 2", k.products[2], ledger.ReasonInDoubt)
	k.park(5, "Drink 2", k.products[2], ledger.ReasonInDoubt)
	k.review(ModelSlot, "2", ledger.ReasonInDoubt)
	k.work(0)
	k.wantStates(0, 1, 1)
	k.review(ModelSlot, "5", ledger.ReasonInDoubt)
	k.work(0)
	k.wantStates(0, 2, 0)
}

// TestReviewWithoutADrink: a cup whose slot was unbound is believed now, and still has no
// drink. It must not be booked without, nor keep the others from being booked.
func TestReviewWithoutADrink(t *testing.T) {
	for _, reason := range []string{ledger.ReasonInDoubt, ledger.ReasonJump} {
		t.Run(reason, func(t *testing.T) {
			k := newBooks(t)
			k.park(2, "Lungo", 0, reason)
			model, record := ModelSlot, "2"
			if reason == ledger.ReasonJump {
				model, record = ModelMachine, "2900/29-1"
			}
			k.review(model, record, reason)
			k.make(3, k.products[0], eur(219))
			k.work(1)
			k.wantStates(0, 3, 1)
			if _, told := k.open()[reasonUnboundSlot]; !told {
				t.Errorf("nobody is told what the cup waits for: %v", k.open())
			}
			k.update(func(tx *store.Tx) error {
				if err := drinks.Put(tx, drinkKey{A: "kitchen", B: k.products[1]}, Drink{Product: k.products[1], Name: "Lungo", Fitted: "Lungo", Active: true}); err != nil {
					return err
				}
				return k.b.giveDrinks(tx, 0)
			})
			k.work(0)
			k.wantStates(0, 4, 0)
		})
	}
}

// TestReviewOfABookedCup: Odoo had it all the same; there is nothing to set free, and the
// checkpoint can be closed.
func TestReviewOfABookedCup(t *testing.T) {
	k := newBooks(t)
	k.park(2, "Drink 2", k.products[2], ledger.ReasonRefused)
	k.update(func(tx *store.Tx) error {
		if _, err := k.b.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
			Backend: "kitchen", Model: ModelCup, Record: "1", Reason: ledger.ReasonRefused, Message: "refused"}); err != nil {
			return err
		}
		return ledger.Book(tx, 1, 7)
	})
	k.review(ModelCup, "1", ledger.ReasonRefused)
	k.wantStates(0, 1, 0)
}

// TestDrinkBornTwice: a drink was archived and made anew under the same name. The cups of
// an unbound slot of that name are of the one that the machine sells.
func TestDrinkBornTwice(t *testing.T) {
	k := newBooks(t)
	k.park(2, "Lungo", 0, ledger.ReasonUnbound)
	k.update(func(tx *store.Tx) error {
		for i, active := range []bool{false, true} {
			if err := drinks.Put(tx, drinkKey{A: "kitchen", B: k.products[i]}, Drink{Product: k.products[i], Name: "Lungo", Fitted: "Lungo", Active: active}); err != nil {
				return err
			}
		}
		if err := k.b.binder().Bind(tx, connectors.Binding{OdooID: k.products[1], External: "4"}); err != nil {
			return err
		}
		return k.b.giveDrinks(tx, 0)
	})
	k.work(0)
	k.wantStates(0, 1, 0)
	if c := k.cup(1); c.Product != k.products[1] {
		t.Errorf("it is booked as product %d, want %d", c.Product, k.products[1])
	}
}

func (k *books) cup(seq uint64) (c ledger.Cup) {
	k.t.Helper()
	if err := k.store.View(func(tx *store.Tx) (err error) { c, err = ledger.Get(tx, seq); return err }); err != nil {
		k.t.Fatal(err)
	}
	return c
}

// TestReviewOfAnotherRecord: a product's number is not a cup's, and a cup that waits for
// something else by now goes on waiting.
func TestReviewOfAnotherRecord(t *testing.T) {
	for _, model := range []string{ModelProduct, ModelCup} {
		k := newBooks(t)
		k.park(2, "Drink 2", k.products[2], ledger.ReasonInDoubt)
		k.checkpoint(model, "1", ledger.ReasonTax)
		k.review(model, "1", ledger.ReasonTax)
		if c := k.cup(1); c.State != ledger.Parked {
			t.Errorf("%s 1: the cup is %s", model, c.State)
		}
	}
	k := newBooks(t)
	k.park(2, "Drink 2", k.products[2], ledger.ReasonTax)
	k.checkpoint(ModelProduct, "1", ledger.ReasonTax)
	k.review(ModelProduct, "1", ledger.ReasonTax)
	k.wantStates(0, 0, 1)
}

// TestReviewOfUnboundCups: while cups wait for their drink somebody must be told.
func TestReviewOfUnboundCups(t *testing.T) {
	k := newBooks(t)
	k.park(2, "Lungo", 0, ledger.ReasonUnbound)
	p := k.checkpoint(ModelSlot, "2/Lungo", reasonUnboundSlot)
	review := func() error {
		return k.store.Update(t.Context(), func(tx *store.Tx) error { return k.b.d.Checkpoints.Review(tx, p.ID, "") })
	}
	if err := review(); !errors.Is(err, connectors.ErrAnswer) {
		t.Errorf("reviewed: %v", err)
	}
	if _, open := k.open()[reasonUnboundSlot]; !open {
		t.Error("nobody is told of the cup")
	}
	k.update(func(tx *store.Tx) error { return ledger.Dismiss(tx, 1, "by hand") })
	if err := review(); err != nil {
		t.Errorf("no cup waits: %v", err)
	}
}
