package coffee

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/store"
)

// jargon is what stands in no text for people: names of models and fields, statuses, names
// of errors, what Go makes of a wrong format.
var jargon = regexp.MustCompile(`[a-z]+\.[a-z]+[._][a-z]+|product\.product|pos\.[a-z]+|account\.tax|search_read|[0-9]_[a-z]|lst_price|\b[45][0-9][0-9]\b|odoo: |%!|nil|JSON|Error\b|exception`)

// inQuotes is what is quoted: settings, and Odoo's own words.
var inQuotes = regexp.MustCompile("(?s)`[^`]*`|Odoo refuses what crema asks for: .*Correct that")

// TestCatalogueWords: each checkpoint of the catalogue says in words what is wrong and what
// to do, and goes when it is done.
func TestCatalogueWords(t *testing.T) {
	c := newCafe(t, "2900", "en_US")
	c.add("Espresso", 1)
	latte := c.add("Latte", 2)
	for name, tt := range map[string]struct {
		wrong, right func()
		text         string // of the checkpoint
	}{
		"category": {
			func() { c.erp.Set("pos.category", c.category, standin.Values{"name": "Kaffee"}) },
			func() { c.erp.Set("pos.category", c.category, standin.Values{"name": "Coffee"}) },
			`no POS category is called "Coffee": there are 1 (Kaffee)`,
		},
		"point of sale": {
			func() { c.erp.Set("pos.config", 1, standin.Values{"name": "Bar"}) },
			func() { c.erp.Set("pos.config", 1, standin.Values{"name": "Kitchen"}) },
			`no point of sale is called "Kitchen": there are 1 (Bar)`,
		},
		"language": {
			func() { c.b.cfg.Language = "de_DE" },
			func() { c.b.cfg.Language = "en_US" },
			"the language de_DE is not installed in Odoo",
		},
		"key": {
			func() { c.erp.SetKey(5, "another") },
			func() { c.erp.SetKey(5, botKey) },
			"Odoo does not accept the API key: make a new one",
		},
		"right": {
			func() { c.erp.Set("res.users", 5, standin.Values{"groups": "product"}) },
			func() { c.erp.Set("res.users", 5, standin.Values{"groups": "pos product"}) },
			"Odoo refuses what crema asks for: You are not allowed to access",
		},
		"tax": {
			func() { c.erp.Set("account.tax", c.tax, standin.Values{"amount_type": "code"}) },
			func() { c.erp.Set("account.tax", c.tax, standin.Values{"amount_type": "percent"}) },
			`The price of "Latte" can't be told: its taxes can't be worked out: tax "10 %" is of the kind "code"`,
		},
		"price": {
			func() { c.erp.SetPrice(latte, 20_000) },
			func() { c.erp.SetPrice(latte, 2) },
			`The machine can't hold the price of "Latte": 22000.00 EUR. It holds 0 to 10000.00 EUR. Its slot is left as it is.`,
		},
		"slot that the machine has not": {
			func() {
				c.erp.Set("product.product", latte, standin.Values{"default_code": "LATTE"})
				c.b.cfg.Slots = map[string]string{"LATTE": "99"}
			},
			func() { c.b.cfg.Slots = nil },
			`The configuration puts "Latte" into slot 99, but the machine has slots 0 to 7. Correct `,
		},
		"archived": {
			func() { c.erp.Archive(latte, true) },
			func() { c.erp.Archive(latte, false) },
			`"Latte" is no longer sold in Odoo: slot 1 is switched off. Review this to free the slot for another drink.`,
		},
		"no slot": {
			func() {
				for i := range 10 {
					c.add(strings.Repeat("Tea", i+1), 1)
				}
			},
			func() {
				for id := latte + 1; id <= latte+10; id++ {
					c.erp.Delete("product.product", id)
				}
			},
			`No slot is free for "TeaTeaTeaTeaTeaTeaTeaTeaTeaTea". Switch a slot off at the machine, archive a drink in Odoo`,
		},
		"unknown slot": {
			func() { c.edit(7, func(s *device.Slot) { s.Name, s.Enabled = "Grandma's", true }) },
			func() { c.edit(7, func(s *device.Slot) { s.Enabled = false }) },
			`Slot 7 sells "Grandma's", which is no drink of the POS category. It is left alone; its cups wait.`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.sync(true)
			if open := c.openReasons(); len(open) != 0 {
				t.Fatalf("open before: %q", open)
			}
			tt.wrong()
			c.sync(true)
			said := false
			for _, p := range c.checkpoints("") {
				if p.Model == ModelMachine || p.State != connectors.CheckpointOpen {
					continue
				}
				said = said || strings.Contains(p.Message, tt.text)
				if word := jargon.FindString(inQuotes.ReplaceAllString(p.Message, "")); word != "" {
					t.Errorf("%q in %q", word, p.Message)
				}
				if !said {
					t.Log(p.Message)
				}
			}
			if !said {
				t.Errorf("nobody is told %q", tt.text)
			}
			tt.right()
			c.b.forgetShop()
			c.sync(true)
			c.review(reasonArchived)
			c.sync(true)
			if open := c.openReasons(); len(open) != 0 {
				t.Errorf("still open: %q", open)
			}
		})
	}
}

// TestReadsAll says when all is read anew, and when the changes are enough.
func TestReadsAll(t *testing.T) {
	c := newCafe(t, "2900", "en_US")
	c.add("Latte", 2)
	all := func() (all bool) {
		c.view(func(tx *store.Tx) error {
			r, err := c.b.beginReading(tx)
			all = err == nil && r.all
			return err
		})
		return all
	}
	if !all() {
		t.Error("the first time")
	}
	for name, change := range map[string]func(){
		"nothing":  nil,
		"by hand":  func() { c.update(c.b.askAll) },
		"restored": func() { c.update(func(tx *store.Tx) error { return staleWants.Put(tx, "kitchen", true) }) },
		"refused": func() {
			c.update(func(tx *store.Tx) error {
				return c.b.tellPerson(tx, ModelOdoo, c.b.troubled("catalogue"), reasonOdoo, "x")
			})
		},
		"language": func() { c.b.cfg.Language = "" },
		"another point of sale": func() {
			c.erp.AddPOS("Bar", 1)
			c.b.cfg.POS = "Bar"
		},
		"board time of another card": func() { c.clock.board -= 24 * time.Hour },
		"an hour":                    func() { c.pass(readAllEvery) },
		"no cursor":                  func() { c.update(catalogueCursor("kitchen").Forget) },
	} {
		c.sync(true)
		if all() {
			t.Errorf("%s: all is read again at once", name)
		}
		if change == nil {
			continue
		}
		if change(); !all() {
			t.Errorf("%s: only the changes are read", name)
		}
		if c.sync(false); all() {
			t.Errorf("%s: all is read for ever; %q", name, c.openReasons())
		}
	}
}
