package coffee

import (
	"errors"
	"math"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/device/sim"
	"crema/queue"
	"crema/store"
)

// TestStock: what cups use is moved out of the machine's place in Odoo, and what is left
// is counted once.
func TestStock(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"19.0", "18.0"} {
		t.Run(version, func(t *testing.T) { keepStock(t, newPantryOn(t, version)) })
	}
}

func keepStock(t *testing.T, p *pantry) {
	if said := p.keep(); !strings.Contains(said, "counted: Beans 0 → 1200 g, Milk 0 → 10000 ml") {
		t.Errorf("the first time: %s; %v", said, p.open())
	}
	p.buy(0, 10)
	p.buy(2, 3)
	if _, err := p.machine.Buy(sim.Order{Slot: 0, Kind: device.CupFree}); err != nil {
		t.Fatal(err)
	}
	said := p.keep()
	if want := "what 14 entries used is in Odoo (1 transfer); what is left is what Odoo has"; said != want {
		t.Errorf("said %q, want %q", said, want)
	}
	for product, tank := range map[int64]int{p.beans: 1, p.milk: 3} {
		if have, level := p.erp.Stock(product, p.kitchen), p.level(tank); have != float64(level) {
			t.Errorf("Odoo has %v of tank %d, the machine %d", have, tank, level)
		}
		if n := p.counts(product); n != 1 {
			t.Errorf("tank %d was counted %d times", tank, n)
		}
	}
	if sum, n := p.consumed(p.milk); sum != 330 || n != 1 {
		t.Errorf("milk: %v in %d moves", sum, n)
	}
	// Nothing happens: nothing is moved, however often it is asked for.
	before := len(p.erp.Moves())
	for range 5 {
		if said := p.keep(); said != "nothing new was used; what is left is what Odoo has" {
			t.Errorf("nothing happened: %s", said)
		}
	}
	if n := len(p.erp.Moves()); n != before {
		t.Errorf("%d moves for nothing", n-before)
	}
	// Somebody fills up the beans; a little milk evaporates, less than is worth a count.
	if err := p.machine.SetLevel(1, 1200); err != nil {
		t.Fatal(err)
	}
	if err := p.machine.SetLevel(3, p.level(3)-5); err != nil {
		t.Fatal(err)
	}
	if said := p.keep(); !strings.Contains(said, "→ 1200 g") || strings.Contains(said, "Milk") {
		t.Errorf("after the refill: %s", said)
	}
	if p.erp.Stock(p.beans, p.kitchen) != 1200 {
		t.Errorf("Odoo has %v g of beans", p.erp.Stock(p.beans, p.kitchen))
	}
	if len(p.open()) != 1 || p.open()[reasonFirstSight] == "" {
		t.Errorf("checkpoints: %v", p.open())
	}
}

// TestStockOfKits: what a kit's sale takes is not taken again.
func TestStockOfKits(t *testing.T) {
	p := newPantry(t, func(p *pantry) { p.erp.AddKit(p.drinks["Espresso"], map[int64]float64{p.beans: 8}) })
	p.keep()
	p.buy(0, 5) // the kit
	p.buy(1, 4)
	p.keep()
	want, _ := p.consumed(p.beans)
	if level := 1200 - p.level(1); want <= 0 || want >= float64(level) || math.Abs(want-4*9.5) > 1 {
		t.Errorf("%v g were moved besides the kits; the machine used %d", want, level)
	}
	if have := p.erp.Stock(p.beans, p.kitchen); math.Abs(have-float64(p.level(1))) > 12 {
		t.Errorf("Odoo has %v, the machine %d", have, p.level(1))
	}
	// Without the right to see recipes nobody knows: it waits, and says so.
	p.erp.Set("res.users", 5, standin.Values{"groups": "pos product stock maintenance"})
	p.buy(1, 4)
	p.keep()
	if again, _ := p.consumed(p.beans); again != want {
		t.Errorf("%v g were moved though a cup may have been a kit", again-want)
	}
	if said := p.open()[reasonStock]; !strings.Contains(said, "Bill of Material") {
		t.Errorf("checkpoints: %v", p.open())
	}
	p.erp.Set("res.users", 5, standin.Values{"groups": "pos product stock mrp maintenance"})
	p.work(2)
	if again, _ := p.consumed(p.beans); again <= want || p.open()[reasonStock] != "" {
		t.Errorf("it does not go on by itself: %v", p.open())
	}
}

// TestStockOfAbortedCups: half a cup used its half.
func TestStockOfAbortedCups(t *testing.T) {
	p := newPantry(t)
	p.keep()
	if _, err := p.machine.Buy(sim.Order{Slot: 2, Payment: device.PaymentCard, Brew: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	p.read()
	p.machine.Restart()
	p.read()
	said := p.keep()
	if strings.Contains(said, "the machine did not say what is left") {
		said = p.keep() // that it was restarted was noticed only then
	}
	if !strings.Contains(said, "what is left is what Odoo has") {
		t.Errorf("%s", said)
	}
	if sum, _ := p.consumed(p.milk); sum != 55 {
		t.Errorf("%v ml of milk", sum)
	}
}

// TestStockOfOverrun: what the machine has overwritten is named, and the count puts it right.
func TestStockOfOverrun(t *testing.T) {
	t.Parallel()
	p := newPantry(t)
	p.keep()
	p.wire.Cut()
	for range 3 {
		p.buy(5, 100) // hot water: neither beans nor milk
		if err := p.machine.SetLevel(2, 40_000); err != nil {
			t.Fatal(err)
		}
	}
	p.buy(0, 60)
	p.wire.Mend()
	p.keep()
	p.work(3)
	said := p.keep()
	if gap := p.open()[reasonStockGap]; !strings.Contains(gap, "entries 65–104") && !strings.Contains(gap, "1–64") {
		t.Errorf("checkpoints: %v", p.open())
	}
	if have := p.erp.Stock(p.beans, p.kitchen); math.Abs(have-float64(p.level(1))) > 12 {
		t.Errorf("Odoo has %v, the machine %d: %s; %v", have, p.level(1), said, p.open())
	}
}

// TestStockWaitsForWhatIsWrong: nothing is sent in a unit that would lose it, and nothing
// is lost meanwhile.
func TestStockWaitsForWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, says  string
		spoil, mend func(p *pantry)
	}{
		{"kg", "18 g would become 0.02 kg", func(p *pantry) { p.erp.Set("product.product", p.beans, standin.Values{"uom_id": p.erp.Units()["kg"]}) },
			func(p *pantry) { p.erp.SetPrecision(3) }},
		{"unit", `in g, Odoo in "ml"`, func(p *pantry) { p.erp.Set("product.product", p.beans, standin.Values{"uom_id": p.erp.Units()["ml"]}) },
			func(p *pantry) { p.erp.Set("product.product", p.beans, standin.Values{"uom_id": p.erp.Units()["g"]}) }},
		{"product", `no product with the internal reference "BEANS-G"`, func(p *pantry) { p.erp.Archive(p.beans, true) }, func(p *pantry) { p.erp.Archive(p.beans, false) }},
		{"location", "internal stock location", func(p *pantry) {
			p.erp.Set("stock.location", p.kitchen, standin.Values{"complete_name": "WH/Stock/Kitchn", "name": "Kitchn"})
		}, func(p *pantry) {
			p.erp.Set("stock.location", p.kitchen, standin.Values{"complete_name": kept})
		}},
		{"right", "not allowed to access 'Transfer'", func(p *pantry) { p.erp.Set("res.users", 5, standin.Values{"groups": "pos product mrp"}) },
			func(p *pantry) { p.erp.Set("res.users", 5, standin.Values{"groups": "pos product mrp stock"}) }},
		{"module", "Odoo has no Inventory", func(p *pantry) { p.erp.Set("ir.module.module", 2, standin.Values{"state": "uninstalled"}) },
			func(p *pantry) { p.erp.Set("ir.module.module", 2, standin.Values{"state": "installed"}) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPantry(t, tt.spoil)
			p.keep()
			p.buy(0, 6)
			p.keep()
			if said := p.open()[reasonStock]; !strings.Contains(said, tt.says) {
				t.Errorf("checkpoints: %v", p.open())
			}
			if n := len(p.erp.Moves()); n != 0 {
				t.Errorf("%d moves", n)
			}
			tt.mend(p)
			p.work(2)
			used := float64(1200 - p.level(1))
			if tt.name == "kg" {
				used /= 1000
			}
			if sum, n := p.consumed(p.beans); n != 1 || math.Abs(sum-used) > 1e-9 || p.open()[reasonStock] != "" {
				t.Errorf("%v moved in %d, want %v; checkpoints %v", sum, n, used, p.open())
			}
		})
	}
}

// TestStockNotSetUp: a machine without a stock has none, and a job that waited when it lost it does nothing.
func TestStockNotSetUp(t *testing.T) {
	k := newBooks(t)
	if _, err := k.b.d.Start(t.Context(), "kitchen", "stock"); !errors.Is(err, connectors.ErrNotSet) || !strings.Contains(err.Error(), "stock_location") {
		t.Errorf("started: %v", err)
	}
	var id queue.ID
	k.update(func(tx *store.Tx) (err error) {
		id, err = k.b.enqueueFlow(tx, "stock", false)
		return err
	})
	k.work(0)
	if i := k.queue.Info(t, id); i.State != queue.StateDone || i.Result != "no stock_location is set" {
		t.Errorf("%+v", i)
	}
	if k.erp.Calls("stock.picking/load") != 0 {
		t.Error("something was sent")
	}
	if err := k.store.View(func(tx *store.Tx) error {
		uses := store.NewBucket[store.Pair[string, uint64], any]("coffee.uses", store.PairKey(store.StringKey(), store.Uint64Key()))
		for key := range uses.All(tx) {
			t.Errorf("what %v used is kept", key)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestStockThatAPersonTouches: a transfer that a person has cancelled stays so, one that he
// has copied is not taken for crema's, and what comes after is sent.
func TestStockThatAPersonTouches(t *testing.T) {
	p := newPantry(t)
	p.keep()
	p.buy(2, 1)
	remove := p.erp.Fail(standin.Rule{Fault: standin.DatabaseDown, Call: "stock.picking/button_validate"})
	p.keep()
	remove()
	if sum, _ := p.consumed(p.milk); sum != 0 {
		t.Fatalf("%v ml were moved by a draft", sum)
	}
	p.erp.Set("stock.picking", 1, standin.Values{"state": "cancel"})
	p.erp.Insert("stock.picking", 0, standin.Values{"name": "a copy", "state": "draft", "origin": "crema/2900/29-000731/1-1"})
	p.work(2)
	p.buy(2, 1)
	p.keep()
	p.work(1)
	if sum, n := p.consumed(p.milk); sum != 110 || n != 1 {
		t.Errorf("%v ml in %d moves: %v", sum, n, p.erp.Moves())
	}
	if p.erp.Calls("stock.picking/load") != 2 {
		t.Errorf("%d transfers were loaded", p.erp.Calls("stock.picking/load"))
	}
}
