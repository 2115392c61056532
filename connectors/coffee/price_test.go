package coffee

import (
	"errors"
	"testing"

	"github.com/shopspring/decimal"

	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/product"
	"crema/device"
)

func tax(id int64, percent string, included bool) product.Tax {
	return product.Tax{ID: id, Name: percent + " %", Amount: odoo.Amount(percent), Type: "percent", Included: included}
}

func TestGross(t *testing.T) {
	for _, tt := range []struct {
		list, percent string
		included      bool
		want          int64
	}{
		{"1.90", "15", false, 219}, // binary floats make 218 of it
		{"1.90", "15", true, 190},
		{"2.0", "0", false, 200},
		{"1.1", "8.1", false, 119},
		{"0", "19", false, 0},
		{"3.333", "10", false, 367},
	} {
		r, err := rateOf([]int64{1}, map[int64]product.Tax{1: tax(1, tt.percent, tt.included)})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.gross(decimal.RequireFromString(tt.list), 2); got != tt.want {
			t.Errorf("%s with %s %% (included %v) = %d, want %d", tt.list, tt.percent, tt.included, got, tt.want)
		}
	}
}

// TestSplitComesBack takes every price that a machine can ask apart as Odoo puts it
// together again: the unrounded unit price times the rate, rounded, is the total.
func TestSplitComesBack(t *testing.T) {
	for _, percent := range []string{"0", "2.6", "5", "7", "7.7", "8.1", "10", "15", "19", "20", "25.5", "33.333"} {
		for _, included := range []bool{false, true} {
			r, err := rateOf([]int64{1}, map[int64]product.Tax{1: tax(1, percent, included)})
			if err != nil {
				t.Fatal(err)
			}
			for amount := int64(0); amount <= 3000; amount++ {
				s := r.split(amount, 2)
				if !s.Gross.Equal(decimal.New(amount, -2)) || !s.Net.Add(s.Tax).Equal(s.Gross) || s.Net.Exponent() < -2 {
					t.Fatalf("%d at %s %%: %+v", amount, percent, s)
				}
				again := s.Unit
				if !included {
					again = again.Mul(decimal.NewFromInt(1).Add(r.Fraction))
				}
				if !again.Round(2).Equal(s.Gross) {
					t.Fatalf("%d at %s %% (included %v): unit %s comes back as %s", amount, percent, included, s.Unit, again)
				}
			}
		}
	}
}

func TestRateRefused(t *testing.T) {
	fixed := tax(2, "1", false)
	fixed.Type = "fixed"
	taxes := map[int64]product.Tax{1: tax(1, "15", false), 2: fixed, 3: tax(3, "-5", false)}
	for _, ids := range [][]int64{{1, 2}, {2}, {3}, {99}} {
		if _, err := rateOf(ids, taxes); !errors.Is(err, errTax) {
			t.Errorf("taxes %v: %v, want errTax", ids, err)
		}
	}
	if r, err := rateOf(nil, taxes); err != nil || r.gross(decimal.RequireFromString("1.2"), 2) != 120 {
		t.Errorf("no tax: %v, %v", r, err)
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
