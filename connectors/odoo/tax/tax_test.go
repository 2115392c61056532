package tax_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"crema/connectors/odoo/tax"
)

var (
	globally = tax.Rounding{Unit: dec("0.01")}
	perLine  = tax.Rounding{Unit: dec("0.01"), PerLine: true}
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// parse reads taxes as "15%", "+0.10" (fixed), "20/" (division), each with "i" for included, "b" for part of later bases,
// "n" for not affected by earlier ones.
func parse(s string) (list []tax.Tax) {
	for word := range strings.FieldsSeq(s) {
		t := tax.Tax{Name: word, Kind: tax.Percent, BaseAffected: !strings.Contains(word, "n"), Included: strings.Contains(word, "i"), IncludesBase: strings.Contains(word, "b")}
		switch {
		case strings.HasPrefix(word, "+"):
			t.Kind = tax.Fixed
		case strings.Contains(word, "/"):
			t.Kind = tax.Division
		}
		t.Amount = dec(strings.Trim(word, "+%/ibn"))
		list = append(list, t)
	}
	return list
}

func taxes(t testing.TB, s string, r tax.Rounding) *tax.Taxes {
	t.Helper()
	all, err := tax.New(parse(s), r)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestOf has what Odoo's documentation and its own examples say.
func TestOf(t *testing.T) {
	cents, five, whole := globally, tax.Rounding{Unit: dec("0.05")}, tax.Rounding{Unit: dec("1")}
	for _, tt := range []struct {
		taxes           string
		r               tax.Rounding
		price           string
		net, tax, gross string
	}{
		{"", cents, "1.2", "1.2", "0", "1.2"},
		{"15%", cents, "1.90", "1.9", "0.29", "2.19"}, // binary floats make 2.18 of it
		{"15%i", cents, "1.90", "1.65", "0.25", "1.9"},
		{"8.1%", cents, "1.1", "1.1", "0.09", "1.19"},
		{"10%", cents, "3.333", "3.33", "0.33", "3.66"}, // net and tax are rounded each
		{"19%", cents, "0", "0", "0", "0"},

		{"+1 10%", cents, "10", "10", "2", "12"},
		{"+1b 10%", cents, "10", "10", "2.1", "12.1"},
		{"+1b 10%n", cents, "10", "10", "2", "12"},
		{"10%b 10%", cents, "100", "100", "21", "121"},
		{"10% 10%", cents, "100", "100", "20", "120"},
		{"10%i 10%", cents, "121", "110", "22", "132"},
		{"10%ib 10%", cents, "110", "100", "21", "121"},
		{"+1b 10%i", cents, "120", "109", "12", "121"}, // the fixed one is in the base of the other, and not in the price
		{"+1i 10%i", cents, "122", "110", "12", "122"},
		{"+1ib 10%i", cents, "121", "109", "12", "121"},
		{"10%i +1i", cents, "12", "10", "2", "12"},
		{"20/", cents, "180", "180", "45", "225"},
		{"10/", cents, "180", "180", "20", "200"},
		{"10/i", cents, "200", "180", "20", "200"},
		{"10/ 10/", cents, "80", "80", "20", "100"},
		{"10/i 10/i", cents, "100", "80", "20", "100"},

		{"10%i 10%i", cents, "100", "83.34", "16.66", "100"}, // not 83.33
		{"10%i 10%i", perLine, "100", "83.34", "16.66", "100"},
		{"15%", perLine, "1.034", "1.03", "0.15", "1.18"},
		{"5% 5%", perLine, "0.1", "0.1", "0.02", "0.12"}, // half a cent each
		{"8%", five, "1.93", "1.95", "0.15", "2.1"},
		{"7.7%i", five, "2.00", "1.85", "0.15", "2"},
		{"10%", whole, "145", "145", "15", "160"},
		{"10%i", whole, "150", "136", "14", "150"},
		{"8%i 10%i", whole, "100", "85", "15", "100"},
	} {
		s, err := taxes(t, tt.taxes, tt.r).Of(dec(tt.price))
		if err != nil || !s.Net.Equal(dec(tt.net)) || !s.Tax.Equal(dec(tt.tax)) || !s.Gross.Equal(dec(tt.gross)) {
			t.Errorf("%s of %s, %+v: net %s, tax %s, gross %s, %v; want %s, %s, %s", tt.taxes, tt.price, tt.r, s.Net, s.Tax, s.Gross, err, tt.net, tt.tax, tt.gross)
		}
	}
}

func TestFor(t *testing.T) {
	for _, tt := range []struct {
		taxes, total, unit string // no unit: none comes to it
		r                  tax.Rounding
	}{
		{"15%", "1.19", "1.0347826086956522", globally}, // no net of two digits does
		{"15%", "2.30", "2", globally},
		{"15%i", "2.30", "2.30", globally},
		{"", "2.30", "2.30", globally},
		{"15% +0.10", "2.40", "2", globally},
		{"15%", "1.19", "", perLine},
		{"15%", "1.20", "1.04", perLine},
		{"15%i", "1.19", "1.19", perLine},
		{"+0.10", "0.05", "", globally},
		{"+0.10i", "0.05", "", globally},
		{"15%", "1.03", "", tax.Rounding{Unit: dec("0.05")}},
		{"100%", "0.01", "", globally},      // half a cent each: 0.00 or 0.02
		{"100%i", "0.01", "0.01", globally}, // what is left of it is the base
		{"15%", "0", "0", globally},
	} {
		s, err := taxes(t, tt.taxes, tt.r).For(dec(tt.total))
		if tt.unit == "" {
			if !errors.Is(err, tax.ErrTotal) {
				t.Errorf("%s: a total of %s: %+v, %v", tt.taxes, tt.total, s, err)
			}
			continue
		}
		if err != nil || !s.Unit.Equal(dec(tt.unit)) || !s.Gross.Equal(dec(tt.total)) || !s.Net.Add(s.Tax).Equal(s.Gross) {
			t.Errorf("%s: a total of %s: %+v, %v; want the unit price %s", tt.taxes, tt.total, s, err, tt.unit)
		}
	}
}

// Two included taxes at which the ways to round the base differ: the price is moved by less than a cent, so that they don't.
func TestForBothWaysToRound(t *testing.T) {
	for list, total := range map[string]string{"10%i 10%i": "100", "7%i 5%i": "1", "19%ib 2%i": "2.5"} {
		s, err := taxes(t, list, globally).For(dec(total))
		if err != nil || s.Unit.Sub(dec(total)).Abs().GreaterThan(dec("0.005")) {
			t.Errorf("%s: %+v, %v", list, s, err)
		}
		for _, total := range []decimal.Decimal{bothWays(parse(list), s.Unit, false), bothWays(parse(list), s.Unit, true)} {
			if !total.Equal(s.Gross) {
				t.Errorf("%s: a unit price of %s comes to %s, not to %s", list, s.Unit, total, s.Gross)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		tax  tax.Tax
		says string
	}{
		{tax.Tax{Name: "By formula", Kind: "code"}, `"By formula" is of the kind "code"`},
		{tax.Tax{Name: "Back", Kind: tax.Percent, Amount: dec("-5")}, `"Back" is less than nothing: -5`},
		{tax.Tax{Name: "All", Kind: tax.Division, Amount: dec("100")}, `"All" takes 100 % of the price`},
	} {
		_, err := tax.New([]tax.Tax{tt.tax}, globally)
		if !errors.Is(err, tax.ErrTax) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v", tt.tax, err)
		}
	}
	if _, err := tax.New(nil, tax.Rounding{}); !errors.Is(err, tax.ErrTax) {
		t.Errorf("a currency without rounding: %v", err)
	}
	if _, err := taxes(t, "+0.10i", globally).Of(dec("0.05")); !errors.Is(err, tax.ErrTotal) {
		t.Errorf("a price below its tax: %v", err)
	}
}
