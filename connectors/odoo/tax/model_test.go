package tax_test

import (
	"math/big"
	"slices"

	"crema/connectors/odoo/tax"
)

// The model is Odoo's rules a second time, in exact fractions: each amount asks for what it needs, in words as they
// stand in Odoo's documentation. It shares nothing with the package but the taxes' fields.
type model struct {
	list    []tax.Tax
	unit    *big.Rat
	perLine bool
	price   *big.Rat
	found   []*big.Rat // in the order of the list; nil: not worked out yet
}

func rat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return r
}

// round is half up: the whole number of units below the amount and a half.
func round(r, unit *big.Rat) *big.Rat {
	negative := r.Sign() < 0
	q := new(big.Rat).Add(new(big.Rat).Quo(new(big.Rat).Abs(r), unit), big.NewRat(1, 2))
	whole := new(big.Rat).SetInt(new(big.Int).Quo(q.Num(), q.Denom()))
	if negative {
		whole.Neg(whole)
	}
	return whole.Mul(whole, unit)
}

// odoo gives base and taxes, not rounded at the end.
func odoo(list []tax.Tax, price *big.Rat, unit *big.Rat, perLine bool) (*big.Rat, []*big.Rat) {
	m := &model{list, unit, perLine, price, make([]*big.Rat, len(list))}
	if perLine {
		m.price = round(price, unit)
	}
	for _, i := range m.order() {
		m.found[i] = m.amount(i)
	}
	base := new(big.Rat).Set(m.price)
	for i, t := range list {
		if t.Included {
			base.Sub(base, m.found[i])
		}
	}
	return base, m.found
}

// order is how taxes are worked out: fixed ones and included ones backwards, those on top forwards.
func (m *model) order() (all []int) {
	for i := range m.list {
		if m.list[i].Kind == tax.Fixed {
			all = append(all, i)
		}
	}
	slices.Reverse(all)
	var included, onTop []int
	for i, t := range m.list {
		switch {
		case t.Kind == tax.Fixed:
		case t.Included:
			included = append(included, i)
		default:
			onTop = append(onTop, i)
		}
	}
	slices.Reverse(included)
	return slices.Concat(all, included, onTop)
}

// together reports whether two taxes are computed from one base: nothing between them that breaks the row.
func (m *model) together(i, j int) bool {
	i, j = min(i, j), max(i, j)
	for k := i; k < j; k++ {
		a, b := m.list[k], m.list[k+1]
		if a.Kind != b.Kind || a.Included != b.Included || a.IncludesBase != b.IncludesBase || a.IncludesBase && b.BaseAffected {
			return false
		}
	}
	return true
}

// amount works out tax i from what is known by now.
func (m *model) amount(i int) *big.Rat {
	t := m.list[i]
	rate := rat(t.Amount.String())
	if t.Kind == tax.Fixed {
		return m.step(rate)
	}
	base := new(big.Rat).Set(m.price)
	for j, o := range m.list {
		if m.found[j] == nil || m.together(i, j) {
			continue
		}
		inBase := j < i && o.IncludesBase && t.BaseAffected
		switch {
		case o.Included && !inBase:
			base.Sub(base, m.found[j]) // it is in the price, and not in this base
		case !o.Included && inBase:
			base.Add(base, m.found[j]) // it is in this base, and not in the price
		}
	}
	sum := new(big.Rat)
	for j := range m.list {
		if m.together(i, j) {
			sum.Add(sum, rat(m.list[j].Amount.String()))
		}
	}
	hundred := big.NewRat(100, 1)
	share := new(big.Rat).Mul(base, rate)
	switch {
	case t.Kind == tax.Percent && t.Included:
		return m.step(share.Quo(share, hundred.Add(hundred, sum)))
	case t.Kind == tax.Division && !t.Included:
		return m.step(share.Quo(share, hundred.Sub(hundred, sum)))
	default:
		return m.step(share.Quo(share, hundred))
	}
}

func (m *model) step(r *big.Rat) *big.Rat {
	if m.perLine {
		return round(r, m.unit)
	}
	return r
}
