package coffee

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"
	"crema/store"
)

// addTax puts a tax into the Odoo, as "percent 8.1", and what else is true of it.
func (c *cafe) addTax(kind string, amount float64, is ...string) int64 {
	v := standin.Values{"name": fmt.Sprint(kind, " ", amount), "amount_type": kind, "amount": amount, "type_tax_use": "sale", "is_base_affected": true, "sequence": 1, "company_id": 1, "active": true}
	for _, name := range is {
		v[name] = true
	}
	return c.erp.Insert("account.tax", 0, v)
}

func (c *cafe) addTaxed(name string, price float64, taxes ...int64) int64 {
	return c.erp.AddProduct(standin.Product{Name: name, Price: price, Taxes: taxes, Categories: []int64{c.category}})
}

func (c *cafe) setPOS(v standin.Values) { c.erp.Set("pos.config", 1, v) }

// buyAll buys a cup of all that is sold, and has all booked.
func (c *cafe) buyAll() {
	c.t.Helper()
	for n, s := range c.m.slots {
		if s.Enabled && !c.m.Buy(n) {
			c.t.Fatalf("slot %d makes nothing", n)
		}
		c.m.brew()
	}
	c.work()
	for range 2 { // a session that was closed meanwhile is looked for again
		if err := c.b.d.Queue.Drain(c.t.Context()); err != nil {
			c.t.Fatal(err)
		}
		c.pass(time.Minute)
	}
}

// wantClosed closes the session, in which so many cups must be: no wizard asks what to do with a difference.
func (c *cafe) wantClosed(cups int) {
	c.t.Helper()
	sessions := c.erp.Sessions()
	if n := len(c.erp.Orders()); n != cups || len(sessions) == 0 {
		c.t.Errorf("%d cups are booked, want %d; %q", n, cups, c.openReasons())
		return
	}
	for _, o := range c.erp.Orders() {
		if o.State != "paid" && o.State != "done" {
			c.t.Errorf("%+v", o)
		}
	}
	if err := pos.CloseSession(c.t.Context(), c.client, sessions[len(sessions)-1].ID); err != nil {
		c.t.Errorf("the session doesn't close: %v", err)
	}
}

// TestTaxesOfAWorld: all kinds of taxes, under both ways to round and several currencies: the price that the machine
// asks, its cups in the books, and a session that closes.
func TestTaxesOfAWorld(t *testing.T) {
	for _, tt := range []struct {
		name     string
		rounding string
		unit     float64
		want     []string
	}{
		{"globally", "round_globally", 0.01, []string{"Deposit 2.18", "Division 1.66", "Group 1.73", "Included 1.49", "Stacked 1.78", "Two 1.72", "None 1.49"}},
		{"per line", "round_per_line", 0.01, []string{"Deposit 2.18", "Division 1.66", "Group 1.73", "Included 1.49", "Stacked 1.78", "Two 1.72", "None 1.49"}},
		{"to five", "round_globally", 0.05, []string{"Deposit 2.15", "Division 1.65", "Group 1.75", "Included 1.50", "Stacked 1.80", "Two 1.70", "None 1.50"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCafe(t, "2900", "")
			c.erp.Set("res.company", 1, standin.Values{"tax_calculation_rounding_method": tt.rounding})
			c.erp.Set("res.currency", 1, standin.Values{"rounding": tt.unit})
			deposit, base := c.addTax("fixed", 0.5, "include_base_amount"), c.addTax("percent", 10, "include_base_amount")
			seven, five, included := c.addTax("percent", 7.7), c.addTax("percent", 5.5), c.addTax("percent", 8.1, "price_include")
			group := c.erp.Insert("account.tax", 0, standin.Values{"name": "Both", "amount_type": "group", "children_tax_ids": []int64{five, base}, "sequence": 1, "company_id": 1, "active": true})
			c.addTaxed("Two", 1.52, seven, five)
			c.addTaxed("Included", 1.49, included, c.addTax("percent", 2.5, "price_include"))
			c.addTaxed("Stacked", 1.54, base, five)
			c.addTaxed("Deposit", 1.52, deposit, seven)
			c.addTaxed("Division", 1.49, c.addTax("division", 10))
			c.addTaxed("Group", 1.49, group)
			c.addTaxed("None", 1.49)
			c.sync(true)
			c.wantSold(tt.want...)
			c.buyAll()
			c.wantClosed(7)
		})
	}
}

// TestFiscalPosition: the POS's position puts other taxes in the place of the drinks'; the books name it.
func TestFiscalPosition(t *testing.T) {
	c := newCafe(t, "2900", "")
	reduced := c.addTax("percent", 5)
	exempt := c.addTax("fixed", 0)
	untouched := c.addTax("percent", 20)
	c.erp.Set("account.tax", reduced, standin.Values{"original_tax_ids": []int64{c.tax}})
	position := c.erp.Insert("account.fiscal.position", 0, standin.Values{"name": "Take away", "active": true, "company_id": 1, "taxes": []int64{reduced, exempt}})
	c.add("Latte", 2)
	c.addTaxed("Beer", 2, untouched)
	c.sync(true)
	c.wantSold("Beer 2.40", "Latte 2.20")

	c.setPOS(standin.Values{"default_fiscal_position_id": position})
	c.sync(true)
	c.wantSold("Beer 2.40", "Latte 2.10")
	c.buyAll()
	c.wantClosed(2)
	for _, o := range c.erp.Orders() {
		if o.FiscalPosition != position {
			t.Errorf("order %d is under the fiscal position %d, want %d", o.ID, o.FiscalPosition, position)
		}
	}

	// What leads to an archived tax can't be worked out: the slot stays, and a person is told.
	c.erp.Set("account.tax", reduced, standin.Values{"active": false})
	c.sync(true)
	c.wantSold("Beer 2.40", "Latte 2.10")
	if text := c.review(reasonPriceTax); len(text) != 1 || !strings.Contains(text[0], `"Take away" leads to the tax "percent 5", which is archived`) {
		t.Errorf("a person is told %q", text)
	}
	// A position without taxes leaves none.
	c.erp.Set("account.fiscal.position", position, standin.Values{"taxes": []int64{}})
	c.sync(true)
	c.wantSold("Beer 2.00", "Latte 2.00")
	c.buyAll()
	c.wantClosed(4)
}

// TestPricelist: each kind of rule, and which of several holds.
func TestPricelist(t *testing.T) {
	c := newCafe(t, "2900", "")
	hot := c.erp.Insert("product.category", 0, standin.Values{"name": "Hot", "parent_path": "7/8/"})
	list := c.erp.Insert("product.pricelist", 0, standin.Values{"name": "Staff", "currency_id": 1, "active": true})
	rule := func(v standin.Values) int64 {
		for name, value := range map[string]any{"pricelist_id": list, "applied_on": "3_global", "base": "list_price"} {
			if v[name] == nil {
				v[name] = value
			}
		}
		return c.erp.Insert("product.pricelist.item", 0, v)
	}
	latte, mocha, tea, water := c.add("Latte", 1.99), c.add("Mocha", 2), c.add("Tea", 1.9), c.add("Water", 1)
	c.erp.Set("product.product", mocha, standin.Values{"product_tmpl_id": 40})
	c.erp.Set("product.product", tea, standin.Values{"categ_id": hot})
	c.setPOS(standin.Values{"use_pricelist": true, "pricelist_id": list})
	all := rule(standin.Values{"compute_price": "percentage", "percent_price": 15})
	rule(standin.Values{"compute_price": "fixed", "fixed_price": 0.10, "min_quantity": 2})                                                     // not for one
	rule(standin.Values{"compute_price": "fixed", "fixed_price": 0.20, "pricelist_id": 99})                                                    // of another list
	rule(standin.Values{"compute_price": "fixed", "fixed_price": 1.2, "applied_on": "0_product_variant", "product_id": water})                 // the variant first
	rule(standin.Values{"compute_price": "fixed", "fixed_price": 1.3, "applied_on": "1_product", "product_tmpl_id": 40})                       // then the product
	rule(standin.Values{"compute_price": "formula", "price_discount": 10, "price_round": 0.5, "price_surcharge": -0.01, "price_max_margin": 5, // then the category
		"applied_on": "2_product_category", "categ_id": 7})
	c.sync(true)
	// 1.99 less 15 % is 1.6915, so 1.69, and the tax; 1.90 less 10 % is 1.71, so 1.50, and one cent less.
	c.wantSold("Latte 1.86", "Mocha 1.43", "Tea 1.64", "Water 1.32")
	c.buyAll()
	c.wantClosed(4)

	// A changed rule is seen by the next run, in one more call when nothing was.
	c.pass(15 * time.Minute)
	c.erp.Set("product.pricelist.item", all, standin.Values{"percent_price": 50})
	c.pass(time.Second)
	c.sync(false)
	c.wantSold("Latte 1.10", "Mocha 1.43", "Tea 1.64", "Water 1.32")
	c.pass(15 * time.Minute)
	c.sync(false) // looks back over the change once more
	c.pass(15 * time.Minute)
	c.spent()
	c.sync(false)
	if calls, _ := c.spent(); len(calls) != 2 {
		t.Errorf("an idle run with a price list costs %q", calls)
	}

	// From five o'clock on half the price: at the next run after it, and till it ends.
	at := c.clock.wall.Add(40 * time.Minute)
	rule(standin.Values{"compute_price": "fixed", "fixed_price": 0.5, "applied_on": "0_product_variant", "product_id": latte, "date_start": at, "date_end": at.Add(20 * time.Minute)})
	c.sync(true)
	c.wantSold("Latte 1.10", "Mocha 1.43", "Tea 1.64", "Water 1.32")
	c.pass(41 * time.Minute)
	c.sync(false)
	c.wantSold("Latte 0.55", "Mocha 1.43", "Tea 1.64", "Water 1.32")
	c.pass(20 * time.Minute)
	c.sync(false)
	c.wantSold("Latte 1.10", "Mocha 1.43", "Tea 1.64", "Water 1.32")
}

// TestPricelistThatCannotBeWorkedOut: the slot keeps what it has, and a person is told why; the cups are booked.
func TestPricelistThatCannotBeWorkedOut(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rule  standin.Values
		spoil func(*cafe)
		says  string
	}{
		{"cost", standin.Values{"compute_price": "formula", "base": "standard_price"}, nil, `the price list "Staff" has a rule that begins with the cost`},
		{"nested", standin.Values{"compute_price": "percentage", "base": "pricelist", "base_pricelist_id": 1}, nil, "begins with another price list"},
		{"currency", standin.Values{"compute_price": "fixed"}, func(c *cafe) { c.erp.Set("product.pricelist", 1, standin.Values{"currency_id": 2}) }, `"Staff" is in another currency than the POS "Kitchen"`},
		{"the product's currency", standin.Values{"compute_price": "percentage", "base": "list_price"}, func(c *cafe) {
			for id := range int64(2) {
				c.erp.Set("product.product", id+1, standin.Values{"currency_id": 2})
			}
		}, "another currency than the product's list price"},
		{"clock", standin.Values{"compute_price": "fixed", "date_end": time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, func(c *cafe) { c.clock.trust = ledger.TimeUntrusted }, "doesn't know the time yet"},
		{"unknown", standin.Values{"compute_price": "by weather", "base": "list_price"}, nil, `of the kind "by weather"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCafe(t, "2900", "")
			c.add("Latte", 2)
			c.sync(true)
			c.wantSold("Latte 2.20")
			tt.rule["pricelist_id"] = c.erp.Insert("product.pricelist", 0, standin.Values{"name": "Staff", "currency_id": 1, "active": true})
			tt.rule["applied_on"] = "3_global"
			c.erp.Insert("product.pricelist.item", 0, tt.rule)
			c.setPOS(standin.Values{"use_pricelist": true, "pricelist_id": tt.rule["pricelist_id"]})
			c.add("Mocha", 3)
			if tt.spoil != nil {
				tt.spoil(c)
			}
			c.sync(true)
			c.wantSold("Latte 2.20")
			if text := c.review(reasonPriceTax); len(text) != 2 || !strings.HasPrefix(text[0], `The price of "Latte" can't be told: `) || !strings.Contains(text[0], tt.says) {
				t.Errorf("a person is told %q, want %q", text, tt.says)
			}
			c.buyAll()
			c.wantClosed(1)
		})
	}
}

// TestTotalThatNoPriceComesTo: what the machine took can't be booked so that the session closes: the cup waits, with
// words on what to do, and is booked when that was done.
func TestTotalThatNoPriceComesTo(t *testing.T) {
	k := newBooks(t)
	k.erp.Set("res.company", 1, standin.Values{"tax_calculation_rounding_method": "round_per_line"})
	k.make(1, k.products[0], eur(119)) // 15 % on top: 1.18 or 1.20
	k.make(1, k.products[0], eur(120))
	k.work(0)
	k.wantStates(0, 1, 1)
	p := k.open()[ledger.ReasonTax]
	if !strings.Contains(p.Message, "globally") {
		t.Errorf("a person is told %q", p.Message)
	}
	k.erp.Set("res.company", 1, standin.Values{"tax_calculation_rounding_method": "round_globally"})
	k.update(func(tx *store.Tx) error { return k.b.d.Checkpoints.Review(tx, p.ID, "") })
	k.work(1)
	k.wantStates(0, 2, 0)
	if err := pos.CloseSession(t.Context(), k.client, k.erp.Sessions()[0].ID); err != nil {
		t.Errorf("the session doesn't close: %v", err)
	}
}

// TestSessionsCloseWhateverTheTaxes: random taxes and totals that no price list knows. What is booked balances by the
// stand-in's own computation, and what can't be is parked, and not lost.
func TestSessionsCloseWhateverTheTaxes(t *testing.T) {
	t.Parallel()
	r := chance(t, seedOf(t))
	for range 12 {
		k := newBooks(t)
		if r.IntN(2) == 0 {
			k.erp.Set("res.company", 1, standin.Values{"tax_calculation_rounding_method": "round_per_line"})
		}
		var taxes []int64
		for range 6 {
			kind := []string{"percent", "percent", "percent", "fixed", "division"}[r.IntN(5)]
			amount := float64(r.IntN(2500)) / 100
			if kind == "fixed" {
				amount = float64(r.IntN(40)) / 100
			}
			taxes = append(taxes, k.erp.Insert("account.tax", 0, standin.Values{"name": kind, "amount_type": kind, "amount": amount, "type_tax_use": "sale",
				"price_include": r.IntN(2) == 0, "include_base_amount": r.IntN(3) == 0, "is_base_affected": r.IntN(3) > 0, "sequence": r.IntN(3), "company_id": 1, "active": true}))
		}
		cups := 0
		for i := range 8 {
			r.Shuffle(len(taxes), func(a, b int) { taxes[a], taxes[b] = taxes[b], taxes[a] })
			drink := k.erp.AddProduct(standin.Product{Name: fmt.Sprint("Random ", i), Price: 1, Taxes: append([]int64{}, taxes[:r.IntN(4)]...)})
			for range 6 {
				k.make(1, drink, eur(max(0, int64(r.IntN(500))-20)))
				cups++
			}
		}
		k.work(2)
		parked := k.count(ledger.Parked)
		k.wantStates(0, cups-parked, parked)
		for reason := range k.open() {
			if reason != ledger.ReasonTax {
				t.Errorf("a checkpoint of %q: %v", reason, k.open()[reason].Message)
			}
		}
		if parked > cups/2 {
			t.Errorf("%d of %d cups are parked: %v", parked, cups, k.open())
		}
		if err := pos.CloseSession(t.Context(), k.client, k.erp.Sessions()[0].ID); err != nil {
			t.Errorf("the session doesn't close: %v", err)
		}
	}
}
