package coffee

import (
	"testing"
	"unicode/utf8"

	"crema/device"
)

var (
	limits1900 = device.Limits{NameBytes: 12, Latin1: true, NameWithout: ",*<>", PriceMax: 65535}
	limits2900 = device.Limits{NameBytes: 40, PriceMax: 1_000_000, Currency: true, Revisions: true, BrewTokens: true}
)

func TestFit(t *testing.T) {
	for _, c := range []struct {
		limits  device.Limits
		product int64
		name    string
		want    string
	}{
		{limits1900, 7, "Espresso", "Espresso"},
		{limits1900, 7, "Café crème", "Café crème"},
		{limits1900, 7, "Cafe\u0301 cre\u0300me", "Café crème"}, // the same, decomposed
		{limits1900, 7, "Latte Macch.", "Latte Macch."},
		{limits1900, 7, "Latte macchiato", "Latte macc~7"},
		{limits1900, 71, "Latte macchiato caramel", "Latte mac~1Z"},
		{limits1900, 7, "Kafé, schwarz", "Kafé schwa~7"},
		{limits1900, 7, "a,b", "a b~7"},
		{limits1900, 7, "Œufs", "OEufs~7"},
		{limits1900, 7, "Żółć", "Zólc~7"},
		{limits1900, 7, "エスプレッソ", "Drink~7"},
		{limits1900, 7, "", "Drink~7"},
		{limits1900, 7, "   ", "Drink~7"},
		{limits1900, 7, "Moka~7", "Moka~7~7"}, // could pass for a cut one
		{limits1900, 2147483647, "Cappuccino grande", "Cappu~ZIK0ZJ"},
		{limits2900, 7, "エスプレッソ", "エスプレッソ"},
		{limits2900, 7, "エスプレッソ・ダブル・ショット", "エスプレッソ・ダブル・シ~7"},
		{limits2900, 7, "Café crème, très *chaud*", "Café crème, très *chaud*"},
		{limits2900, 7, "two\nlines", "two lines~7"},
		{limits2900, 7, "bad \xff utf", "bad utf~7"},
	} {
		got := fit(c.limits, c.product, c.name)
		if got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.name, c.product, got, c.want)
		}
		if !holds(c.limits, got) {
			t.Errorf("fit(%q, %d) = %q, which the machine can't hold", c.name, c.product, got)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("Latte macchiato", "Latte macchiato caramel", int64(7), int64(8))
	f.Add("Moka~8", "Moka, the long and slow one", int64(7), int64(8))
	f.Add("e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301x", "", int64(1), int64(2147483647))
	f.Fuzz(func(t *testing.T, one, two string, p1, p2 int64) {
		p1, p2 = p1&0x7fffffff|1, p2&0x7fffffff|1 // Odoo's ids have 31 bits and begin with 1
		for _, limits := range []device.Limits{limits1900, limits2900} {
			a, b := fit(limits, p1, one), fit(limits, p2, two)
			if !holds(limits, a) || a == "" || !utf8.ValidString(a) {
				t.Fatalf("fit(%q, %d) = %q, which the machine can't hold", one, p1, a)
			}
			if p1 != p2 && a == b && marked.MatchString(a) {
				t.Fatalf("%q (%d) and %q (%d) both became %q by being cut", one, p1, two, p2, a)
			}
			if fit(limits, p1, one) != a {
				t.Fatal("not the same twice")
			}
		}
	})
}

func TestBookedWords(t *testing.T) {
	for want, n := range map[string][2]int{"1 cup booked": {1, 0}, "0 cups booked, 1 parked": {0, 1}, "50 cups booked": {50, 0}} {
		if got := bookedWords(n[0], n[1]); got != want {
			t.Errorf("bookedWords(%d, %d) = %q, want %q", n[0], n[1], got, want)
		}
	}
}
