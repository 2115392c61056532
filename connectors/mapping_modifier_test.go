package connectors_test

import (
	"errors"
	"strings"
	"testing"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"
)

func setCountry(a *article, v string) { a.Country = v }

func setShelf(a *article, v string) { a.Shelf = v }

// Row "modifiers none/convert/m2o/follow": what each makes of a value, of zero, and of
// nothing.
func TestModifiers(t *testing.T) {
	s := storetest.Open(t)
	categories := connectors.NewBinder("shop", "product.category")
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(
			categories.Bind(tx, connectors.Binding{OdooID: 7, External: "0"}),
			categories.Bind(tx, connectors.Binding{OdooID: 8, External: "old"}),
			categories.Archive(tx, 8, true),
			connectors.NewBinder("other shop", "product.category").Bind(tx, connectors.Binding{OdooID: 9, External: "9"}),
			connectors.NewBinder("shop", "other.model").Bind(tx, connectors.Binding{OdooID: 9, External: "9"}))
	})
	none := connectors.Direct("ean", connectors.None(func(p *product) string { return p.Barcode }), func(a *article, v *string) { a.EAN = v })
	cents := connectors.Convert("price", func(p *product) string { return p.Price }, func(price string) (int, error) {
		if price == "" {
			return 0, connectors.ErrSkipField
		}
		if strings.Trim(price, "0123456789") != "" {
			return 0, errors.New("that is no price")
		}
		return len(price), nil
	}, func(a *article, v int) { a.Price = v })
	follow := connectors.DirectIf("country", connectors.Follow(func(p *product) *maker { return p.Maker },
		connectors.Follow(func(m *maker) *country { return m.Country }, func(c *country) (string, bool) { return c.Code, true })), setCountry)
	external := connectors.ExternalOf("shelf", "product.category", func(p *product) int64 { return p.Category }, setShelf)
	odoo := connectors.OdooOf("price", "product.category", func(p *product) (string, bool) { return p.Barcode, p.Sold }, func(a *article, v int64) { a.Price = int(v) })
	clears := connectors.Computed("shelf", func(c *connectors.MapContext, p *product) (string, error) {
		if p.Category == 0 {
			return "", nil
		}
		return c.External("product.category", p.Category)
	}, setShelf)

	text := "4006"
	for name, c := range map[string]struct {
		field connectors.Field[product, article]
		src   product
		want  article
		set   bool
		err   string // after the field's name
	}{
		"none of a value": {none, product{Barcode: text}, article{EAN: &text}, true, ""},
		"none of zero":    {none, product{}, article{}, true, ""},

		"convert":         {cents, product{Price: "0"}, article{Price: 1}, true, ""},
		"convert nothing": {cents, product{}, article{}, false, ""},
		"convert fails":   {cents, product{Price: "dear"}, article{}, false, "that is no price"},

		"follow":             {follow, product{Maker: &maker{&country{"CH"}}}, article{Country: "CH"}, true, ""},
		"follow to zero":     {follow, product{Maker: &maker{&country{}}}, article{}, true, ""},
		"follow stops late":  {follow, product{Maker: &maker{}}, article{}, false, ""},
		"follow stops early": {follow, product{}, article{}, false, ""},

		"external is 0":       {external, product{Category: 7}, article{Shelf: "0"}, true, ""},
		"external, archived":  {external, product{Category: 8}, article{Shelf: "old"}, true, ""},
		"external of nothing": {external, product{}, article{}, false, ""},
		"external, not bound": {external, product{Category: 9}, article{}, false, `product.category 9 in backend "shop": the record is not bound`},

		"external, cleared":          {clears, product{}, article{}, true, ""},
		"external, cleared, bound":   {clears, product{Category: 7}, article{Shelf: "0"}, true, ""},
		"external, cleared, unbound": {clears, product{Category: 9}, article{}, false, `product.category 9 in backend "shop": the record is not bound`},

		"odoo of 0":         {odoo, product{Barcode: "0", Sold: true}, article{Price: 7}, true, ""},
		"odoo of archived":  {odoo, product{Barcode: "old", Sold: true}, article{Price: 8}, true, ""},
		"odoo of nothing":   {odoo, product{Barcode: "0"}, article{}, false, ""},
		"odoo, not bound":   {odoo, product{Barcode: "9", Sold: true}, article{}, false, `product.category "9" of backend "shop": the record is not bound`},
		"odoo of no text":   {odoo, product{Sold: true}, article{}, false, `product.category "" of backend "shop": the record is not bound`},
		"odoo of another's": {odoo, product{Barcode: "7", Sold: true}, article{}, false, `product.category "7" of backend "shop": the record is not bound`},
	} {
		m := articler{Model: "product.product", Record: func(*product) string { return "42" }, Computed: toArticle{c.field}}
		got, err := m.Map(t.Context(), shop(s), &c.src)
		if got.Has(c.field.Name) != c.set || (got.Record.EAN == nil) != (c.want.EAN == nil) {
			t.Errorf("%s: set %q, %+v", name, got.Fields(), got.Record)
		}
		if got.Record.EAN != nil && *got.Record.EAN == text {
			got.Record.EAN = c.want.EAN
		}
		if got.Record != c.want {
			t.Errorf("%s: %+v, want %+v", name, got.Record, c.want)
		}
		if c.err == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if want := "product.product 42: field " + c.field.Name + ": " + c.err; err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", name, err, want)
		}
		if errors.Is(err, connectors.ErrNotBound) != strings.Contains(c.err, "not bound") {
			t.Errorf("%s: %v is ErrNotBound: %t", name, err, errors.Is(err, connectors.ErrNotBound))
		}
	}

	// Without a store nothing can be looked up, and nothing panics.
	m := articler{Model: "product.product", Record: func(*product) string { return "42" }, Computed: toArticle{external}}
	for _, w := range []*connectors.Work{shop(nil), {}} {
		if _, err := m.Map(t.Context(), w, &product{Category: 7}); err == nil || !strings.Contains(err.Error(), "has no store") {
			t.Errorf("without a store: %v", err)
		}
	}
}
