package tax

import "github.com/shopspring/decimal"

// amounts are the base of a price and each of its taxes.
type amounts struct {
	base  decimal.Decimal
	taxes []decimal.Decimal
}

func (a amounts) total() decimal.Decimal { return decimal.Sum(a.base, a.taxes...) }

// computation is one price while its taxes are worked out.
type computation struct {
	*Taxes
	price   decimal.Decimal
	amounts []decimal.Decimal
	known   []bool
	others  []decimal.Decimal // what the known taxes add to the base of each, or take from it
}

// amounts works out a unit price: rounded at every step where the company rounds per line, else not at all.
func (t *Taxes) amounts(price decimal.Decimal) amounts {
	n := len(t.list)
	if t.rounding.PerLine {
		price = t.rounding.round(price)
	}
	c := computation{t, price, make([]decimal.Decimal, n), make([]bool, n), make([]decimal.Decimal, n)}
	// Fixed taxes need no base, and others need theirs without them. An included tax has to be out of the price before
	// the one ahead of it is; one on top needs those ahead of it in its base.
	for i := n - 1; i >= 0; i-- {
		if t.list[i].Kind == Fixed {
			c.set(i, t.list[i].Amount)
		}
	}
	for i := n - 1; i >= 0; i-- {
		if t.list[i].Included && !c.known[i] {
			c.set(i, c.included(i))
		}
	}
	for i := range n {
		if !c.known[i] {
			c.set(i, c.onTop(i))
		}
	}
	base := price
	for i, a := range c.amounts {
		if t.list[i].Included {
			base = base.Sub(a)
		}
	}
	return amounts{base, c.amounts}
}

// included is tax i out of a price that holds it.
func (c *computation) included(i int) decimal.Decimal {
	share := c.price.Add(c.others[i]).Mul(c.list[i].Amount)
	if c.list[i].Kind == Division {
		return share.DivRound(hundred, quotientDigits)
	}
	return share.DivRound(hundred.Add(c.sum(i)), quotientDigits)
}

// onTop is tax i of a price that doesn't hold it.
func (c *computation) onTop(i int) decimal.Decimal {
	share := c.price.Add(c.others[i]).Mul(c.list[i].Amount)
	if c.list[i].Kind == Division {
		return share.DivRound(hundred.Sub(c.sum(i)), quotientDigits)
	}
	return share.DivRound(hundred, quotientDigits)
}

// set notes what tax i comes to, and what that means for the bases that are still sought: an included tax is no part
// of them, unless it says so and they are affected; one on top is part of the later ones that are.
func (c *computation) set(i int, amount decimal.Decimal) {
	if c.rounding.PerLine {
		amount = c.rounding.round(amount)
	}
	c.amounts[i], c.known[i] = amount, true
	t, own := c.list[i], c.together[i]
	for j, other := range c.list {
		earlier, later := j < own.from, j >= own.end
		stacked := later && t.IncludesBase && other.BaseAffected
		switch {
		case t.Included && (earlier || later && !stacked):
			c.others[j] = c.others[j].Sub(amount)
		case !t.Included && stacked:
			c.others[j] = c.others[j].Add(amount)
		}
	}
}
