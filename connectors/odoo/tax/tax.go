package tax

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"
)

// ErrTax is a tax that can't be computed here; the error names it.
var ErrTax = errors.New("its taxes can't be worked out")

// A Kind is how a tax follows from a price; the values are Odoo's.
type Kind string

// The kinds that can be computed.
const (
	Percent  Kind = "percent"  // of the base
	Fixed    Kind = "fixed"    // an amount
	Division Kind = "division" // percent of the base with this tax in it
)

// A Tax is one tax of a product.
type Tax struct {
	Name         string // for messages
	Kind         Kind
	Amount       decimal.Decimal // percent, or an amount in the currency, by Kind; not negative
	Included     bool            // the unit price holds it
	IncludesBase bool            // it is part of the base of later taxes
	BaseAffected bool            // its base holds earlier taxes that say so
}

// Rounding is how a company rounds.
type Rounding struct {
	Unit    decimal.Decimal // of the currency: 0.01, 0.05, 1; more than 0
	PerLine bool            // every amount at once, not only the totals
}

// round gives the multiple of the currency's unit that is nearest; the half goes up. What the sum of quotients lost
// behind their last digit does not make a half less than one.
func (r Rounding) round(d decimal.Decimal) decimal.Decimal {
	return d.DivRound(r.Unit, quotientDigits-8).Round(0).Mul(r.Unit)
}

// quotientDigits are the digits behind the point that a quotient keeps.
const quotientDigits = 28

// Taxes are the taxes of a product, ready to be computed.
type Taxes struct {
	list     []Tax
	together []span // of each tax those that are computed from one base, itself among them
	rounding Rounding
}

// span is a range of taxes in their order: from the first up to, but not with, the end.
type span struct{ from, end int }

// New takes the taxes of a product in Odoo's order, groups taken apart. No taxes are fine. It fails with [ErrTax] on a
// kind that isn't known, an amount below zero, and shares of a price that leave nothing of it.
func New(list []Tax, r Rounding) (*Taxes, error) {
	if !r.Unit.IsPositive() {
		return nil, fmt.Errorf("%w: the currency is rounded to %s", ErrTax, r.Unit)
	}
	for _, t := range list {
		switch {
		case t.Kind != Percent && t.Kind != Fixed && t.Kind != Division:
			return nil, fmt.Errorf("%w: tax %q is of the kind %q; only percent, fixed and division can be computed", ErrTax, t.Name, t.Kind)
		case t.Amount.IsNegative():
			return nil, fmt.Errorf("%w: tax %q is less than nothing: %s", ErrTax, t.Name, t.Amount)
		}
	}
	taxes := &Taxes{list: list, together: spans(list), rounding: r}
	for i, t := range list {
		if t.Kind == Division && taxes.sum(i).GreaterThanOrEqual(hundred) {
			return nil, fmt.Errorf("%w: tax %q takes %s %% of the price", ErrTax, t.Name, taxes.sum(i))
		}
	}
	return taxes, nil
}

// spans finds the taxes that are computed from one base: neighbours of one kind, both included or both on top. Those
// that go into the base of later ones stay together only where these don't mind.
func spans(list []Tax) []span {
	all := make([]span, len(list))
	for end := len(list); end > 0; {
		from, last := end-1, list[end-1]
		for from > 0 {
			t, next := list[from-1], list[from]
			if t.Kind != last.Kind || t.Included != last.Included || t.IncludesBase != last.IncludesBase || t.IncludesBase && next.BaseAffected {
				break
			}
			from--
		}
		for i := from; i < end; i++ {
			all[i] = span{from, end}
		}
		end = from
	}
	return all
}

// sum is what the taxes that are computed together with tax i amount to, in percent.
func (t *Taxes) sum(i int) decimal.Decimal {
	sum := decimal.Zero
	for _, o := range t.list[t.together[i].from:t.together[i].end] {
		sum = sum.Add(o.Amount)
	}
	return sum
}

var hundred = decimal.NewFromInt(100)
