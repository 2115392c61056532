package tax_test

import (
	"math/big"

	"crema/connectors/odoo/tax"
)

// forward is the other way round, which is what the words of a tax mean: from the base, each tax in its order is so much
// of the base and of the earlier taxes that are part of it. The price is the base with the included taxes. It holds where
// [plain] does.
func forward(list []tax.Tax, base *big.Rat) (price, total *big.Rat) {
	price, total = new(big.Rat).Set(base), new(big.Rat).Set(base)
	var amounts []*big.Rat
	for i, t := range list {
		rate := rat(t.Amount.String())
		amount := rate
		if t.Kind != tax.Fixed {
			own := new(big.Rat).Set(base)
			for j := range i {
				if list[j].IncludesBase && t.BaseAffected {
					own.Add(own, amounts[j])
				}
			}
			whole := big.NewRat(100, 1)
			if t.Kind == tax.Division {
				whole.Sub(whole, rate)
			}
			amount = own.Mul(own, rate).Quo(own, whole)
		}
		amounts = append(amounts, amount)
		total.Add(total, amount)
		if t.Included {
			price.Add(price, amount)
		}
	}
	return price, total
}

// plain reports whether a list of taxes means the same in both directions. Where an included tax stands behind one that
// is no part of its base, Odoo takes it out of the price first, and of all that is in there.
func plain(list []tax.Tax) bool {
	for j, t := range list {
		for i, earlier := range list[:j] {
			stacked := earlier.IncludesBase && t.BaseAffected
			switch {
			case t.Kind == tax.Fixed || earlier.Kind == tax.Fixed:
			case t.Kind == tax.Division && earlier.Kind == tax.Division && !stacked:
				return false // together they are a share of the base with both in it
			case t.Included && earlier.Included && !stacked && !level(list[i:j+1]):
				return false
			case t.Included && !earlier.Included && stacked:
				return false
			}
		}
	}
	return true
}

// level reports whether taxes stand side by side: alike, and on the same base.
func level(list []tax.Tax) bool {
	for _, t := range list {
		if t.Kind != list[0].Kind || t.Included != list[0].Included || t.IncludesBase || t.BaseAffected != list[0].BaseAffected {
			return false
		}
	}
	return true
}
