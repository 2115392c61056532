package tax_test

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"crema/connectors/odoo/tax"
)

// total is what Odoo pays out of base and taxes: each rounded, and the base what they leave where all are included;
// or, as some patch levels do, the base rounded by itself.
func total(list []tax.Tax, base *big.Rat, amounts []*big.Rat, unit *big.Rat, alone bool) *big.Rat {
	all, parts, included := new(big.Rat).Set(base), round(base, unit), true
	for i, a := range amounts {
		all.Add(all, a)
		parts.Add(parts, round(a, unit))
		included = included && list[i].Included
	}
	if included && !alone {
		return round(all, unit)
	}
	return parts
}

// bothWays is the total of a unit price in cents, rounded globally, as it arrives in Odoo: as a binary fraction.
func bothWays(list []tax.Tax, price decimal.Decimal, alone bool) decimal.Decimal {
	f, _ := price.Float64()
	base, amounts := odoo(list, new(big.Rat).SetFloat64(f), rat("0.01"), false)
	return dec(total(list, base, amounts, rat("0.01"), alone).FloatString(2))
}

// TestLikeOdoo compares with the model: any taxes, any way to round, prices into totals and totals into prices.
func TestLikeOdoo(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("CREMA_SEED"), 10, 64); err == nil {
		seed = s
	}
	r := rand.New(rand.NewPCG(seed, 19))
	cases, none, moved, plainly := 0, 0, 0, 0
	for range 20_000 {
		list := anyTaxes(r)
		rounding := tax.Rounding{Unit: dec([]string{"0.01", "0.01", "0.05", "1", "0.001"}[r.IntN(5)]), PerLine: r.IntN(2) == 0}
		unit := rat(rounding.Unit.String())
		all, err := tax.New(list, rounding)
		if err != nil {
			t.Fatal(err)
		}
		fail := func(format string, args ...any) {
			t.Fatalf("seed %d (CREMA_SEED): %+v, %+v: %s", seed, list, rounding, fmt.Sprintf(format, args...))
		}
		cases++

		price := decimal.New(r.Int64N(400_000), -4).Add(decimal.NewFromInt(40 * int64(len(list))))
		base, amounts := odoo(list, rat(price.String()), unit, rounding.PerLine)
		want := total(list, base, amounts, unit, false)
		sale, err := all.Of(price)
		if err != nil || rat(sale.Gross.String()).Cmp(want) != 0 || !sale.Net.Add(sale.Tax).Equal(sale.Gross) || !sale.Unit.Equal(price) {
			fail("%s makes %+v, %v; want %s", price, sale, err, want.FloatString(4))
		}
		if plain(list) && !rounding.PerLine {
			plainly++
			if p, all := forward(list, base); p.Cmp(rat(price.String())) != 0 || all.Cmp(sum(base, amounts)) != 0 {
				fail("the base %s of %s makes the price %s and the total %s again", base.FloatString(8), price, p.FloatString(8), all.FloatString(8))
			}
		}

		// Back again: to the very total, with what Odoo reads of the unit price.
		asked := sale.Gross
		if r.IntN(2) == 0 { // or to one that no price list knows
			asked = decimal.Max(decimal.Zero, asked.Add(rounding.Unit.Mul(decimal.NewFromInt(int64(r.IntN(7))-3))))
		}
		back, err := all.For(asked)
		if errors.Is(err, tax.ErrTotal) {
			if asked.Equal(sale.Gross) {
				fail("%s came to %s, and no price shall come to that: %v", price, asked, err)
			}
			if none++; none%16 == 1 {
				if p := reach(list, price, asked, unit, rounding.PerLine); p != nil {
					fail("no price for %s, but %s is one", asked, p.FloatString(8))
				}
			}
			continue
		}
		if err != nil || !back.Gross.Equal(asked) || !back.Net.Add(back.Tax).Equal(asked) || back.Net.IsNegative() || back.Tax.IsNegative() {
			fail("for %s: %+v, %v", asked, back, err)
		}
		f, _ := back.Unit.Float64()
		base, amounts = odoo(list, new(big.Rat).SetFloat64(f), unit, rounding.PerLine)
		if got := total(list, base, amounts, unit, false); got.Cmp(rat(asked.String())) != 0 {
			fail("the unit price %s for %s comes to %s", back.Unit, asked, got.FloatString(4))
		}
		if got := total(list, base, amounts, unit, true); got.Cmp(rat(asked.String())) != 0 {
			moved++
		}
	}
	t.Logf("seed %d: %d cases, %d of them the other way round; %d totals that no price comes to; %d that only one way to round comes to", seed, cases, plainly, none, moved)
	if plainly < cases/10 || none == 0 || none > cases/4 || moved > cases/20 {
		t.Errorf("the cases are not what they should be")
	}
}

// reach looks for a price with a total, in small steps around one with a total near it.
func reach(list []tax.Tax, near, asked decimal.Decimal, unit *big.Rat, perLine bool) *big.Rat {
	step := new(big.Rat).Quo(unit, big.NewRat(40, 1))
	price := new(big.Rat).Sub(rat(near.String()), new(big.Rat).Mul(unit, big.NewRat(6, 1)))
	for range 480 {
		base, amounts := odoo(list, price, unit, perLine)
		if total(list, base, amounts, unit, false).Cmp(rat(asked.String())) == 0 {
			return price
		}
		price = new(big.Rat).Add(price, step)
	}
	return nil
}

func sum(base *big.Rat, amounts []*big.Rat) *big.Rat {
	all := new(big.Rat).Set(base)
	for _, a := range amounts {
		all.Add(all, a)
	}
	return all
}

// anyTaxes makes up to four taxes, often alike, as real ones are.
func anyTaxes(r *rand.Rand) []tax.Tax {
	var list []tax.Tax
	for i := range r.IntN(5) {
		if i > 0 && r.IntN(3) == 0 {
			list = append(list, list[i-1])
			continue
		}
		t := tax.Tax{Name: fmt.Sprint("T", i), Kind: tax.Percent, Included: r.IntN(2) == 0, IncludesBase: r.IntN(3) == 0, BaseAffected: r.IntN(3) > 0}
		t.Amount = decimal.New(r.Int64N(2600), -2)
		if r.IntN(2) == 0 {
			t.Amount = dec([]string{"0", "5", "7", "7.7", "8.1", "10", "15", "19", "20", "25", "100"}[r.IntN(11)])
		}
		switch r.IntN(6) {
		case 0:
			t.Kind, t.Amount = tax.Fixed, decimal.New(r.Int64N(50), -2)
		case 1:
			t.Kind, t.Amount = tax.Division, decimal.New(r.Int64N(2400), -2)
		}
		list = append(list, t)
	}
	return list
}
