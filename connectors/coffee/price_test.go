package coffee

import (
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/product"
	"crema/connectors/odoo/tax"
	"crema/device"
)

func testTax(id int64, percent string, included bool) product.Tax {
	return product.Tax{ID: id, Name: percent + " %", Amount: odoo.Amount(percent), Type: "percent", Included: included, BaseAffected: true, Company: 1, Active: true}
}

func testShop() *shop {
	return &shop{
		Config: pos.Config{Name: "Kitchen", Currency: 1}, Currency: pos.Currency{ID: 1, Code: "EUR", Places: 2}, Company: pos.Company{ID: 1},
		rounding: tax.Rounding{Unit: decimal.New(1, -2)},
	}
}

func TestPriceOf(t *testing.T) {
	known := map[int64]product.Tax{1: testTax(1, "15", false), 2: testTax(2, "15", true), 3: testTax(3, "5", false), 4: {ID: 4, Name: "By formula", Type: "code", Amount: "0", Company: 1, Active: true}}
	for _, tt := range []struct {
		list     string
		currency int64
		taxes    []int64
		want     int64
		says     string // why not
	}{
		{"1.90", 1, []int64{1}, 219, ""}, // binary floats make 218 of it
		{"1.90", 1, []int64{2}, 190, ""},
		{"1.90", 1, nil, 190, ""},
		{"1.90", 0, []int64{1, 3}, 229, ""}, // 0.285 and 0.095 are rounded each
		{"0", 1, []int64{1}, 0, ""},
		{"1.90", 2, nil, 0, `not in the currency of the POS "Kitchen", EUR`},
		{"1.90", 1, []int64{4}, 0, `"By formula" is of the kind "code"`},
		{"1.90", 1, []int64{9}, 0, "Odoo does not show the tax with the id 9"},
	} {
		o := &offer{Product: product.Product{Price: odoo.Amount(tt.list), Currency: odoo.ID(tt.currency), Taxes: tt.taxes}, prices: prices{shop: testShop(), taxes: known}}
		got, err := priceOf(nil, o)
		if tt.says != "" {
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%+v: %v", tt, err)
			}
			continue
		}
		if err != nil || got != (device.Money{Amount: tt.want, Currency: "EUR"}) {
			t.Errorf("%+v: %v, %v", tt, got, err)
		}
	}
}

// TestTakeApart: a cup that was given away owes nothing, whatever its taxes are.
func TestTakeApart(t *testing.T) {
	deposit := product.Tax{ID: 1, Name: "Deposit", Amount: "0.10", Type: "fixed", Company: 1, Active: true}
	taxes, err := testShop().taxRules(map[int64]product.Tax{1: deposit}).Of([]int64{1})
	if err != nil {
		t.Fatal(err)
	}
	if s, ids, err := takeApart(decimal.New(60, -2), taxes); err != nil || len(ids) != 1 || s.Unit.String() != "0.5" || s.Tax.String() != "0.1" {
		t.Errorf("%+v, %v, %v", s, ids, err)
	}
	if s, ids, err := takeApart(decimal.Zero, taxes); err != nil || len(ids) != 0 || !s.Unit.IsZero() || !s.Tax.IsZero() || !s.Gross.IsZero() {
		t.Errorf("given away: %+v, %v, %v", s, ids, err)
	}
	if _, _, err := takeApart(decimal.New(5, -2), taxes); !untaxable(err) {
		t.Errorf("less than the deposit: %v", err)
	}
}

// TestCanPrice: the 1900 counts in hundredths, whatever its currency.
func TestCanPrice(t *testing.T) {
	for _, tt := range []struct {
		places   int
		currency bool
		ok       bool
	}{{2, false, true}, {0, false, false}, {3, false, false}, {0, true, true}, {2, true, true}} {
		err := canPrice(device.Limits{Currency: tt.currency}, pos.Currency{Code: "XXX", Places: tt.places})
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, errConfig) {
			t.Errorf("%d digits, own currency %v: %v", tt.places, tt.currency, err)
		}
	}
}
