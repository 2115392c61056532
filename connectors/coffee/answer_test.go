package coffee

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

func (w *world) answer(p connectors.Checkpoint, name, value string) error {
	return w.store.Update(w.t.Context(), func(tx *store.Tx) error { return w.b.d.Checkpoints.Answer(tx, p.ID, name, value, "Ann") })
}

// overrun lets the journal lose ten cups of slot 2, four of slot 5 and an aborted one, and
// gives the checkpoint that tells of it.
func (w *world) overrun() connectors.Checkpoint {
	w.t.Helper()
	w.open()
	w.m.Buy(1)
	w.work()
	for range 10 {
		w.m.Buy(2)
	}
	for range 4 {
		w.m.Buy(5)
	}
	for range 256 {
		w.m.Buy(3)
	}
	w.work()
	found := w.checkpoints(reasonJournalGap)
	if len(found) != 1 {
		w.t.Fatalf("checkpoints %+v", found)
	}
	return found[0]
}

// TestLostCupsAreBooked: what the machine had overwritten is booked when a person says so,
// under the numbers of its entries, once.
func TestLostCupsAreBooked(t *testing.T) {
	w := newWorld(t, "2900")
	p := w.overrun()
	if !strings.Contains(p.Message, `10 × "Drink 102" (slot 2), 4 × "Drink 105" (slot 5)`) {
		t.Errorf("it says %q", p.Message)
	}
	before := len(w.cups())
	w.boot()
	if err := w.answer(p, "book", ""); err != nil {
		t.Fatal(err)
	}
	products := map[int64]int{}
	var numbers []uint64
	for _, c := range w.cups()[before:] {
		if c.State != ledger.Seen || c.Kind != device.CupSale || c.Key != ledger.Key2900(w.m.serial, c.Number) || c.Price.Currency != "EUR" || c.Price.Amount == 0 {
			t.Errorf("cup %+v", c)
		}
		products[c.Product]++
		numbers = append(numbers, c.Number)
	}
	slices.Sort(numbers)
	if len(numbers) != 14 || numbers[0] != 2 || numbers[13] != 15 || products[102] != 10 || products[105] != 4 {
		t.Errorf("booked are %v of %v", numbers, products)
	}
	if err := w.answer(p, "book", ""); !errors.Is(err, connectors.ErrReviewed) {
		t.Errorf("asked for again: %v", err)
	}
	got := w.checkpoints(reasonJournalGap)[0]
	if got.State != connectors.CheckpointReviewed || got.ReviewedBy != "Ann" {
		t.Errorf("the checkpoint is %+v", got)
	}
	w.m.Buy(2)
	w.work()
	if n := len(w.cups()); n != before+15 {
		t.Errorf("%d cups, want %d", n, before+15)
	}
}

// TestLostCupsAreLeft: reviewed, they stay unbooked, and nothing is kept of them; where
// nobody knows what they were they can't be booked.
func TestLostCupsAreLeft(t *testing.T) {
	w := newWorld(t, "2900")
	p := w.overrun()
	before := len(w.cups())
	w.update(func(tx *store.Tx) error {
		return lostCups.Put(tx, recordOfBackend("kitchen", p.Record), lostEntries{Numbers: []uint64{2, 3}})
	})
	if err := w.answer(p, "book", ""); !errors.Is(err, connectors.ErrAnswer) {
		t.Errorf("booked though nobody knows what: %v", err)
	}
	w.update(func(tx *store.Tx) error {
		return lostCups.Put(tx, recordOfBackend("kitchen", p.Record), lostEntries{Numbers: []uint64{2, 3}, Known: true, Drinks: []lostDrink{{Slot: 2, Cups: 3}}})
	})
	if err := w.answer(p, "book", ""); !errors.Is(err, connectors.ErrAnswer) {
		t.Errorf("booked though there were fewer entries: %v", err)
	}
	w.update(func(tx *store.Tx) error { return w.b.d.Checkpoints.Review(tx, p.ID, "") })
	w.view(func(tx *store.Tx) error {
		if !lostCups.Empty(tx) {
			t.Error("they are kept")
		}
		return nil
	})
	if n := len(w.cups()); n != before {
		t.Errorf("%d cups, want %d", n, before)
	}
}

// TestUnboundCups: a person says which drink the cups of an unknown slot were, or that they
// are never booked.
func TestUnboundCups(t *testing.T) {
	for _, c := range []struct {
		answer, value string
		state         ledger.State
		product       int64
		err           error
	}{
		{"drink", "103", ledger.Seen, 103, nil},
		{"drink", "LATTE", ledger.Seen, 104, nil},
		{"drink", "nothing", ledger.Parked, 0, connectors.ErrAnswer},
		{"drink", "", ledger.Parked, 0, connectors.ErrAnswer},
		{"dismiss", "", ledger.Dismissed, 0, nil},
		{"dismiss", "now", ledger.Parked, 0, connectors.ErrAnswer},
		{"book", "", ledger.Parked, 0, connectors.ErrAnswer},
	} {
		t.Run(c.answer+" "+c.value, func(t *testing.T) {
			w := newWorld(t, "2900")
			w.open()
			w.update(func(tx *store.Tx) error {
				return drinks.Put(tx, drinkKey{A: "kitchen", B: 104}, Drink{Product: 104, Code: "LATTE", Name: "Drink 104", Fitted: "Drink 104", Active: true})
			})
			w.m.Edit(2, func(s *device.Slot) { s.Name = "Special" })
			w.work()
			w.m.Buy(2)
			w.m.Buy(2)
			w.m.Buy(1)
			w.work()
			found := w.checkpoints(reasonUnboundSlot)
			if len(found) != 1 {
				t.Fatalf("checkpoints %+v", found)
			}
			if err := w.answer(found[0], c.answer, c.value); !errors.Is(err, c.err) {
				t.Fatalf("answered: %v, want %v", err, c.err)
			}
			cups := w.cups()
			for _, cup := range cups[:2] {
				if cup.State != c.state || cup.Product != c.product || cup.Price.Amount == 0 {
					t.Errorf("cup %+v", cup)
				}
			}
			if cups[2].State != ledger.Seen || cups[2].Product != 101 {
				t.Errorf("the cup of another slot is %+v", cups[2])
			}
			if state := w.checkpoints(reasonUnboundSlot)[0].State; (state == connectors.CheckpointOpen) != (c.err != nil) {
				t.Errorf("the checkpoint is %s", state)
			}
		})
	}
}

// TestRefusedCupDismissed: of a cup that Odoo won't have a person may say that it never is
// booked; the other refused ones wait.
func TestRefusedCupDismissed(t *testing.T) {
	k := newBooks(t)
	k.make(1, 99_999, eur(190))
	k.make(1, 99_998, eur(190))
	k.make(3, k.products[0], eur(219))
	k.work(1)
	k.wantStates(0, 3, 2)
	k.update(func(tx *store.Tx) error {
		list, _, err := k.b.d.Checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen, Reason: ledger.ReasonRefused})
		if err != nil || len(list) != 2 {
			t.Fatalf("%v, %v", list, err)
		}
		return k.b.d.Checkpoints.Answer(tx, list[0].ID, "dismiss", "", "")
	})
	k.wantStates(0, 3, 1)
	k.update(func(tx *store.Tx) error {
		m, err := ledger.CurrentMarks(tx, "2900", "29-1")
		if m.Number != 1 {
			t.Errorf("the marks are %+v: the dismissed cup is the first", m)
		}
		return err
	})
}

// checkpoint opens a checkpoint, and gives it.
func (k *books) checkpoint(model, record, reason string) (p connectors.Checkpoint) {
	k.t.Helper()
	k.update(func(tx *store.Tx) error {
		id, err := k.b.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{Backend: "kitchen", Model: model, Record: record, Reason: reason, Message: "look"})
		if err == nil {
			p, err = k.b.d.Checkpoints.Get(tx, id)
		}
		return err
	})
	return p
}

func (k *books) answer(p connectors.Checkpoint, name, value string) error {
	return k.store.Update(k.t.Context(), func(tx *store.Tx) error { return k.b.d.Checkpoints.Answer(tx, p.ID, name, value, "Ann") })
}

// TestOnlyWhatIsConcerned: what a person says of one record is not said of the cups of
// another, even where the reason is the same.
func TestOnlyWhatIsConcerned(t *testing.T) {
	for _, c := range []struct {
		model, record, reason string
		dismissed             int
	}{
		{ModelProduct, "1", ledger.ReasonTax, 0},
		{ModelCup, "1", ledger.ReasonTax, 1},
		{ModelCup, "2", ledger.ReasonTax, 0},
		{ModelMachine, "2900/29-1", ledger.ReasonJump, 1},
		{ModelMachine, "2900/29-0", ledger.ReasonJump, 0},
		{ModelMachine, "", ledger.ReasonJump, 0},
		{ModelSlot, "2", ledger.ReasonInDoubt, 1},
		{ModelSlot, "3", ledger.ReasonInDoubt, 0},
		{ModelSlot, "2/Lungo", reasonUnboundSlot, 1},
		{ModelSlot, "2/Tea", reasonUnboundSlot, 0},
		{ModelSlot, "3/Lungo", reasonUnboundSlot, 0},
		{"", "", reasonUnboundSlot, 0},
	} {
		t.Run(c.model+" "+c.record+" "+c.reason, func(t *testing.T) {
			k := newBooks(t)
			reason := c.reason
			if reason == reasonUnboundSlot {
				reason = ledger.ReasonUnbound
			}
			k.park(2, "Lungo", 0, reason)
			if err := k.answer(k.checkpoint(c.model, c.record, c.reason), "dismiss", ""); err != nil {
				t.Fatal(err)
			}
			if n := k.count(ledger.Dismissed); n != c.dismissed {
				t.Errorf("%d cups are dismissed, want %d", n, c.dismissed)
			}
		})
	}
}

// TestPriceOffersNoCups: a drink whose price can't be told has no cups to dismiss.
func TestPriceOffersNoCups(t *testing.T) {
	k := newBooks(t)
	p := k.checkpoint(ModelProduct, "777", reasonPriceTax)
	if offered := k.b.d.Checkpoints.Answers(p); len(offered) != 0 {
		t.Errorf("it offers %+v", offered)
	}
}

// TestTwoNamesOfOneSlot: the cups that a slot sold under two names have a checkpoint for
// each name, and are given their drinks one by one.
func TestTwoNamesOfOneSlot(t *testing.T) {
	w := newWorld(t, "2900")
	w.open()
	for _, name := range []string{"Tea", "Soup"} {
		w.m.Edit(2, func(s *device.Slot) { s.Name = name })
		w.work()
		w.m.Buy(2)
		w.work()
	}
	found := w.checkpoints(reasonUnboundSlot)
	if len(found) != 2 {
		t.Fatalf("checkpoints %+v", found)
	}
	for _, p := range found {
		if !strings.Contains(p.Message, strings.TrimPrefix(p.Record, "2/")) {
			t.Errorf("%q tells of %q", p.Record, p.Message)
		}
		if p.Record == "2/Soup" {
			if err := w.answer(p, "drink", "103"); err != nil {
				t.Fatal(err)
			}
		}
	}
	cups := w.cups()
	if tea, soup := cups[0], cups[1]; tea.State != ledger.Parked || tea.Product != 0 || soup.State != ledger.Seen || soup.Product != 103 {
		t.Errorf("the cups are %+v", cups)
	}
	w.update(func(tx *store.Tx) error { // the tea is known now
		return errors.Join(w.addDrink(tx, 200, "Tea"), w.b.giveDrinks(tx, 0))
	})
	for _, p := range w.checkpoints(reasonUnboundSlot) {
		if p.State == connectors.CheckpointOpen {
			t.Errorf("open still: %+v", p)
		}
	}
}
