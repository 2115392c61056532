package tax

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"
)

// ErrTotal is a total that these taxes can't come to.
var ErrTotal = errors.New("no price comes to this total with its taxes")

// A Sale is one piece sold, as an order line has it. Net + Tax is Gross.
type Sale struct {
	Unit  decimal.Decimal // with the included taxes, with all of its digits
	Net   decimal.Decimal // without tax, rounded to the currency
	Tax   decimal.Decimal // rounded
	Gross decimal.Decimal // what is paid
}

// Of is a sale at a unit price, such as a list price. It fails with [ErrTotal] where included fixed taxes are
// more than the price.
func (t *Taxes) Of(price decimal.Decimal) (Sale, error) {
	s := t.sale(price)
	if s.Net.IsNegative() && !price.IsNegative() {
		return s, fmt.Errorf("%w: %s is less than the taxes in it", ErrTotal, price)
	}
	return s, nil
}

// sale rounds what a price comes to.
func (t *Taxes) sale(price decimal.Decimal) Sale {
	raw := t.amounts(price)
	s := Sale{Unit: price, Net: t.rounding.round(raw.base)}
	for _, a := range raw.taxes {
		s.Tax = s.Tax.Add(t.rounding.round(a))
	}
	if t.allIncluded() {
		s.Net = t.rounding.round(raw.total()).Sub(s.Tax)
	}
	s.Gross = s.Net.Add(s.Tax)
	return s
}

func (t *Taxes) allIncluded() bool {
	for _, tax := range t.list {
		if !tax.Included {
			return false
		}
	}
	return true
}
