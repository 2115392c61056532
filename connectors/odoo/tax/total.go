package tax

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// unitDigits keeps a unit price exact enough that its total is the same again for any amount that a machine can hold.
const unitDigits = 16

// tooClose is how far a unit price stays away from one with another total, where it can: more than what a binary
// floating point number loses of it.
var tooClose = decimal.New(1, -9)

// For is a sale that comes to a total, which the machine took already. It fails with [ErrTotal] where there is none:
// 1.19 with 15 % on top and rounding per line, as 1.03 makes 1.18 and 1.04 makes 1.20; a total that isn't a multiple of the
// currency's unit; a total below the fixed taxes.
func (t *Taxes) For(total decimal.Decimal) (Sale, error) {
	line := t.lines()
	slope, rest := line.total()
	if !slope.IsPositive() {
		return Sale{}, fmt.Errorf("%w: %s", ErrTotal, total)
	}
	at := func(total decimal.Decimal) decimal.Decimal { return total.Sub(rest).DivRound(slope, unitDigits) }
	exact := at(total)
	var sale Sale
	found := false
	if t.rounding.PerLine {
		sale, found = t.nearest(t.rounding.round(exact), total)
	} else {
		// Base and taxes are rounded each, so that half a unit of each may be in the total.
		off := t.rounding.Unit.Mul(decimal.NewFromInt(int64(len(t.list)) + 1)).Div(decimal.NewFromInt(2))
		sale, found = t.between(line, exact, at(total.Sub(off)), at(total.Add(off)), total)
	}
	switch {
	case !found && t.rounding.PerLine:
		return Sale{}, fmt.Errorf("%w: %s can't be a price in units of %s with its taxes, each rounded: let Odoo round taxes globally, or have them included in prices",
			ErrTotal, total, t.rounding.Unit)
	case !found:
		return Sale{}, fmt.Errorf("%w: %s can't be a price and its taxes, each rounded to %s: have them included in prices", ErrTotal, total, t.rounding.Unit)
	case sale.Net.IsNegative():
		return Sale{}, fmt.Errorf("%w: %s is less than the fixed taxes", ErrTotal, total)
	}
	return sale, nil
}

// nearest tries whole units around a price: with rounding per line no others count.
func (t *Taxes) nearest(price, total decimal.Decimal) (Sale, bool) {
	for i := range int64(len(t.list)) + 2 {
		step := t.rounding.Unit.Mul(decimal.NewFromInt(i))
		for _, p := range []decimal.Decimal{price.Sub(step), price.Add(step)} {
			if s := t.sale(p); s.Gross.Equal(total) {
				return s, true
			}
		}
	}
	return Sale{}, false
}

// between finds a price from low to high: the exact one if both ways to round agree on it, and a little beside it too;
// else one half way between two prices at which an amount is rounded to the next unit; else the exact one if Odoo of
// today comes to the total.
func (t *Taxes) between(l lines, exact, low, high, total decimal.Decimal) (Sale, bool) {
	if t.agree(exact, total) && t.agree(exact.Sub(tooClose), total) && t.agree(exact.Add(tooClose), total) {
		return t.sale(exact), true
	}
	steps := append(l.steps(low, high, t.rounding), low, high)
	slices.SortFunc(steps, decimal.Decimal.Cmp)
	var halfWay []decimal.Decimal
	for i := range len(steps) - 1 {
		if steps[i+1].Sub(steps[i]).GreaterThan(tooClose) {
			halfWay = append(halfWay, decimal.Avg(steps[i], steps[i+1]).Round(unitDigits))
		}
	}
	slices.SortStableFunc(halfWay, func(a, b decimal.Decimal) int { return cmp.Or(a.Sub(exact).Abs().Cmp(b.Sub(exact).Abs()), a.Cmp(b)) })
	for _, p := range halfWay {
		if t.agree(p, total) {
			return t.sale(p), true
		}
	}
	s := t.sale(exact)
	return s, s.Gross.Equal(total)
}

// agree reports whether a price comes to the total whichever way the base is rounded.
func (t *Taxes) agree(price, total decimal.Decimal) bool {
	raw := t.amounts(price)
	parts := t.rounding.round(raw.base)
	for _, a := range raw.taxes {
		parts = parts.Add(t.rounding.round(a))
	}
	return parts.Equal(total) && t.sale(price).Gross.Equal(total)
}

// lines are a price's amounts before rounding: each is so much a unit of the price, and a rest.
type lines struct{ slopes, rests []decimal.Decimal }

func (t *Taxes) lines() lines {
	bare := Taxes{t.list, t.together, Rounding{Unit: t.rounding.Unit}}
	zero, one := bare.amounts(decimal.Zero), bare.amounts(decimal.NewFromInt(1))
	l := lines{[]decimal.Decimal{one.base.Sub(zero.base)}, []decimal.Decimal{zero.base}}
	for i := range zero.taxes {
		l.slopes, l.rests = append(l.slopes, one.taxes[i].Sub(zero.taxes[i])), append(l.rests, zero.taxes[i])
	}
	return l
}

func (l lines) total() (slope, rest decimal.Decimal) {
	return decimal.Sum(decimal.Zero, l.slopes...), decimal.Sum(decimal.Zero, l.rests...)
}

// steps are the prices between two at which an amount, or the total, is rounded to the next unit.
func (l lines) steps(low, high decimal.Decimal, r Rounding) (steps []decimal.Decimal) {
	half := r.Unit.Div(decimal.NewFromInt(2))
	slope, rest := l.total()
	l = lines{append(l.slopes, slope), append(l.rests, rest)}
	for i, slope := range l.slopes {
		if !slope.IsPositive() {
			continue
		}
		for next := r.round(low.Mul(slope).Add(l.rests[i])).Sub(half); ; next = next.Add(r.Unit) {
			p := next.Sub(l.rests[i]).DivRound(slope, quotientDigits)
			if p.GreaterThan(high) {
				break
			}
			if p.GreaterThan(low) {
				steps = append(steps, p)
			}
		}
	}
	return steps
}
