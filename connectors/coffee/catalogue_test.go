package coffee

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue"
	"crema/store"
)

const readProducts = "/json/2/product.product/search_read"

// TestCatalogueIdle: where nothing was written a run is one small call and leaves the
// drinks as they are; what was written is read once, looked for by Odoo's own clock.
func TestCatalogueIdle(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := newCafe(t, w.version, "")
		latte := c.add("Latte", 2)
		c.add("Espresso", 1)
		c.pass(10 * time.Minute)
		if i := c.sync(false); i.State == queue.StateFailed || i.Result == "" {
			t.Fatalf("%+v", i)
		}
		c.wantSold("Espresso 1.10", "Latte 2.20")
		c.pass(15 * time.Minute)
		c.clock.wall = c.clock.wall.AddDate(-1, 0, 0) // what the board takes the time for doesn't matter
		c.spent()
		drinksWritten := c.heardDrinks()
		c.sync(false)
		if calls, bytes := c.spent(); !slices.Equal(calls, []string{readProducts}) || bytes > 600 {
			t.Errorf("an idle run: %q, %d bytes", calls, bytes)
		}
		if c.heardDrinks() != drinksWritten {
			t.Error("an idle run stores drinks")
		}
		c.erp.SetPrice(latte, 3)
		c.pass(10 * time.Minute)
		c.sync(false)
		c.wantSold("Espresso 1.10", "Latte 3.30")
		c.pass(15 * time.Minute)
		c.spent()
		c.sync(false)
		if calls, _ := c.spent(); len(calls) != 1 {
			t.Errorf("after a change it costs %q", calls)
		}
	})
}

// heardDrinks is the content of all that is stored of drinks.
func (c *cafe) heardDrinks() string {
	c.t.Helper()
	var text strings.Builder
	c.view(func(tx *store.Tx) error {
		for d := range drinksOf(tx, "kitchen") {
			fmt.Fprintf(&text, "%+v\n", d)
		}
		return nil
	})
	return text.String()
}

// TestCatalogueLateCommit: a long call that began before a run and ends after it stamps
// its records with its beginning; the next run finds them.
func TestCatalogueLateCommit(t *testing.T) {
	c := newCafe(t, "2900", "")
	latte, mocha := c.add("Latte", 2), c.add("Mocha", 2)
	c.sync(false)
	c.pass(15 * time.Minute)
	began := c.now
	c.pass(2 * time.Minute)
	c.erp.SetPrice(mocha, 4)
	c.pass(time.Second)
	c.sync(false)
	c.wantSold("Latte 2.20", "Mocha 4.40")
	c.erp.SetLate("product.product", latte, began, standin.Values{"list_price": 3, "lst_price": 3})
	created := c.erp.Insert("product.product", 0, standin.Values{"name": "Tea", "list_price": 1, "lst_price": 1, "active": true, "available_in_pos": true,
		"pos_categ_ids": []int64{c.category}, "currency_id": 1, "write_date": began.Format("2006-01-02 15:04:05")})
	c.pass(time.Minute)
	c.sync(false)
	c.wantSold("Latte 3.30", "Mocha 4.40", "Tea 1.00")
	if created == 0 {
		t.Error("no product was made")
	}
}

// TestCatalogueLeaves: a drink that is archived, loses its category or its place in the
// POS is switched off by the next run, one that is deleted within the hour; each comes back
// as it went, the same product to its slot, and a review frees the slot of one that doesn't.
func TestCatalogueLeaves(t *testing.T) {
	for name, way := range map[string]struct {
		leave, back func(c *cafe, id int64)
	}{
		"archived": {
			func(c *cafe, id int64) { c.erp.Archive(id, true) },
			func(c *cafe, id int64) { c.erp.Archive(id, false) },
		},
		"category lost": {
			func(c *cafe, id int64) { c.erp.Set("product.product", id, standin.Values{"pos_categ_ids": []int64{}}) },
			func(c *cafe, id int64) {
				c.erp.Set("product.product", id, standin.Values{"pos_categ_ids": []int64{c.category}})
			},
		},
		"not in the POS": {
			func(c *cafe, id int64) { c.erp.Set("product.product", id, standin.Values{"available_in_pos": false}) },
			func(c *cafe, id int64) { c.erp.Set("product.product", id, standin.Values{"available_in_pos": true}) },
		},
		"deleted": {
			func(c *cafe, id int64) { c.erp.Delete("product.product", id) }, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCafe(t, "2900", "")
			c.add("Espresso", 1)
			latte := c.add("Latte", 2)
			c.sync(false)
			slot := c.slotOf("Latte")
			c.pass(10 * time.Minute)
			way.leave(c, latte)
			c.sync(false)
			if way.back == nil {
				c.wantSold("Espresso 1.10", "Latte 2.20") // nothing tells yet
				c.pass(50 * time.Minute)
				c.sync(false)
			}
			c.wantSold("Espresso 1.10")
			if got := c.openReasons(); !slices.Equal(got, []string{fmt.Sprint("archived ", slot)}) {
				t.Errorf("open checkpoints: %q", got)
			}
			// Its slot is not given to another before a person has seen it.
			for i := range 6 {
				c.add(fmt.Sprint("Tea ", i), 1)
			}
			c.sync(false)
			if s := c.m.slots[slot]; s.Enabled || s.Name != "Latte" || len(c.sells()) != 7 {
				t.Errorf("the slot holds %+v; sold are %q", s, c.sells())
			}
			if way.back != nil {
				c.pass(time.Minute)
				way.back(c, latte)
				c.sync(false)
				if s := c.m.slots[slot]; !s.Enabled || s.Name != "Latte" || len(c.openReasons()) != 0 {
					t.Errorf("it is back, and its slot holds %+v; %q", s, c.openReasons())
				}
				return
			}
			c.add("Mocha", 3)
			c.sync(false)
			if texts := c.review(reasonArchived); len(texts) != 1 || !strings.Contains(texts[0], `"Latte" is no longer sold in Odoo`) {
				t.Errorf("checkpoints %q", texts)
			}
			c.sync(false)
			if s := c.m.slots[slot]; !s.Enabled || s.Name != "Mocha" || len(c.openReasons()) != 0 {
				t.Errorf("freed, the slot holds %+v; %q", s, c.openReasons())
			}
		})
	}
}

// TestCatalogueMasters: what no stamp tells of is seen within the hour, and at once by hand.
func TestCatalogueMasters(t *testing.T) {
	c := newCafe(t, "2900", "")
	c.add("Latte", 2)
	c.pass(10 * time.Minute)
	c.sync(false)
	for round, byHand := range []bool{true, false} {
		rate := 20 + 10*round
		c.erp.Set("account.tax", c.tax, standin.Values{"amount": rate})
		c.pass(15 * time.Minute)
		c.sync(false)
		before := c.sells()
		if !byHand {
			c.pass(35 * time.Minute)
		}
		c.sync(byHand)
		if want := fmt.Sprintf("Latte 2.%d0", 4+2*round); before[0] == want || !slices.Equal(c.sells(), []string{want}) {
			t.Errorf("at %d %%, by hand %v: %q, before %q", rate, byHand, c.sells(), before)
		}
	}
	// Asked for while a run of the changes is under way: that one doesn't count as the answer.
	c.erp.Set("account.tax", c.tax, standin.Values{"amount": 0})
	r, err := c.b.readCatalogue(t.Context())
	if err != nil || r.all {
		t.Fatalf("%v, %v", r, err)
	}
	c.update(c.b.askAll)
	if err := c.apply(r); err != nil {
		t.Fatal(err)
	}
	c.sync(false)
	c.wantSold("Latte 2.00")
	// Another setting reads all anew.
	c.erp.Insert("product.product", 0, standin.Values{"name": "Tea", "list_price": 1, "lst_price": 1, "active": true, "available_in_pos": true,
		"pos_categ_ids": []int64{c.erp.AddCategory("Tea")}, "currency_id": 1, "write_date": "2020-01-01 00:00:00"})
	c.b.cfg.POSCategory = "Tea"
	c.sync(false)
	c.wantSold("Tea 1.00")
}

// TestCataloguePages: a category of any size is read in pages, a mass change too, all of one
// stamp; and the drinks that have no slot are told at once.
func TestCataloguePages(t *testing.T) {
	t.Parallel()
	c := newCafe(t, "2900", "")
	const n = 1203
	var ids []int64
	for i := range n {
		ids = append(ids, c.add(fmt.Sprint("Drink ", i), 1))
	}
	c.pass(10 * time.Minute)
	c.spent()
	c.sync(false)
	pages := func() (n int) {
		calls, _ := c.spent()
		for _, call := range calls {
			if call == readProducts {
				n++
			}
		}
		return n
	}
	if got := pages(); got != 3 {
		t.Errorf("all were read in %d pages", got)
	}
	if got := len(c.sells()); got != 8 {
		t.Errorf("%d slots sell", got)
	}
	if texts := c.review(reasonNoSlot); len(texts) != 1 || !strings.HasPrefix(texts[0], `1195 drinks of the POS category have no slot: the machine has 8 slots. Some of them are "Drink 8", "Drink 9" and "Drink 10".`) {
		t.Errorf("checkpoints %q", texts)
	}
	c.pass(20 * time.Minute)
	for _, id := range ids {
		c.erp.SetPrice(id, 2)
	}
	c.pass(10 * time.Minute)
	c.sync(false)
	if got := pages(); got != 3 || c.sells()[0] != "Drink 0 2.20" {
		t.Errorf("the changes were read in %d pages: %q", got, c.sells())
	}
	c.pass(10 * time.Minute)
	c.sync(false)
	if got := pages(); got != 1 {
		t.Errorf("nothing is read in %d pages", got)
	}
	// Deleted are the first pages, and all but ten.
	for _, id := range ids[:n-10] {
		c.erp.Delete("product.product", id)
	}
	c.sync(true)
	if got := c.openReasons(); len(c.sells()) != 0 || len(got) != 18 {
		t.Errorf("%q are sold; open: %q", c.sells(), got) // eight slots to be freed, ten drinks that wait for one
	}
	c.review(reasonArchived)
	c.sync(false)
	if got := c.openReasons(); len(c.sells()) != 8 || len(got) != 2 {
		t.Errorf("%q are sold; open: %q", c.sells(), got)
	}
}

// TestCatalogueRefused: what Odoo refuses is told in words, keeps the machine as it is, and
// once it is mended the next run closes the checkpoint.
func TestCatalogueRefused(t *testing.T) {
	c := newCafe(t, "2900", "fr_FR")
	c.erp.Rename(c.add("Coffee", 2), "fr_FR", "Café")
	c.sync(false)
	c.wantSold("Café 2.20")
	lang := func(active bool) { c.erp.Set("res.lang", 2, standin.Values{"active": active}) }
	lang(false)
	c.pass(15 * time.Minute)
	c.sync(false)
	c.wantSold("Café 2.20")
	if got := c.openReasons(); !slices.Equal(got, []string{"odoo Kitchen/catalogue"}) {
		t.Fatalf("open checkpoints %q", got)
	}
	if text := c.checkpoints(reasonOdoo)[0].Message; !strings.Contains(text, "the language fr_FR is not installed in Odoo, which has en_US. Add it there (Settings, Languages), or correct `language`") {
		t.Errorf("checkpoint %q", text)
	}
	lang(true)
	c.pass(15 * time.Minute)
	c.sync(false)
	c.wantSold("Café 2.20")
	if got := c.openReasons(); len(got) != 0 {
		t.Errorf("open checkpoints %q", got)
	}
}

// TestCatalogueLanguages: two machines with two languages on one Odoo, and a translation
// that changes reaches the one that shows it.
func TestCatalogueLanguages(t *testing.T) {
	french := newCafe(t, "2900", "fr_FR")
	english := &cafe{world: newWorld(t, "1900"), erp: french.erp, now: french.now}
	english.client, english.language = french.client, "en_US"
	for s := range english.m.slots {
		english.m.slots[s].Enabled = false
	}
	english.boot()
	english.firstSight()
	id := french.add("White coffee", 2)
	french.erp.Rename(id, "fr_FR", "Café au lait")
	sync := func(fr, en string) {
		t.Helper()
		for _, c := range []*cafe{french, english} {
			c.pass(10 * time.Minute)
			c.sync(false)
		}
		french.wantSold(fr)
		english.wantSold(en)
	}
	sync("Café au lait 2.20", "White coffee 2.20")
	french.erp.Rename(id, "fr_FR", "Crème")
	sync("Crème 2.20", "White coffee 2.20")
	french.erp.Rename(id, "en_US", "Flat white")
	sync("Crème 2.20", "Flat white 2.20")
}

// TestCataloguePanel: what somebody does at the panel, through the catalogue and the slot's
// job: Odoo wins for name, price and currency; a slot that was switched off stays off until
// the checkpoint is reviewed; recipe and volume are the machine's; and crema takes its own
// writes for nobody's.
func TestCataloguePanel(t *testing.T) {
	c := newCafe(t, "2900", "")
	latte := c.add("Latte", 2)
	c.sync(false)
	slot := c.slotOf("Latte")
	rev := c.m.slots[slot].Rev
	c.work()
	c.sync(false)
	if c.m.slots[slot].Rev != rev || len(c.openReasons()) != 0 {
		t.Errorf("its own write was taken for an edit: rev %d, was %d; %q", c.m.slots[slot].Rev, rev, c.openReasons())
	}
	c.edit(slot, func(s *device.Slot) {
		s.Name, s.Price, s.Volume, s.Recipe = "Happy hour", device.Money{Amount: 1, Currency: "CHF"}, 99, &device.Recipe{}
	})
	if err := c.writeAll(); err != nil { // the poll that found it has asked for it
		t.Fatal(err)
	}
	if s := c.m.slots[slot]; s.Name != "Latte" || s.Price != eur(220) || s.Volume != 99 || s.Recipe == nil || !s.Enabled {
		t.Errorf("after an edit the slot holds %+v", s)
	}
	c.edit(slot, func(s *device.Slot) { s.Enabled = false })
	c.erp.SetPrice(latte, 3)
	c.sync(true)
	if s := c.m.slots[slot]; s.Enabled || s.Price != eur(330) {
		t.Errorf("switched off by a person, the slot holds %+v", s)
	}
	texts := c.review(reasonDisabledAtPanel)
	if len(texts) != 1 || !strings.Contains(texts[0], "was switched off at the machine. It stays off. Review this to switch it on again.") {
		t.Errorf("checkpoints %q", texts)
	}
	if err := c.writeAll(); err != nil {
		t.Fatal(err)
	}
	c.wantSold("Latte 3.30")
	// Off, and on again by the same person: there is nothing to review.
	c.edit(slot, func(s *device.Slot) { s.Enabled = false })
	c.edit(slot, func(s *device.Slot) { s.Enabled = true })
	if got := c.openReasons(); len(got) != 0 {
		t.Errorf("open checkpoints %q", got)
	}
}
