package coffee

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"crema/connectors/odoo/product"
	"crema/device"
)

// errTax is a tax that crema can't compute yet: anything but at most one percent
// tax a product. It parks what it concerns; nothing is booked by guess.
var errTax = errors.New("only products with no tax or one percent tax can be sold yet")

var hundred = decimal.NewFromInt(100)

// rate is the one percent tax of a product: its rate as a fraction, and whether
// prices include it. No tax is a rate of zero.
type rate struct {
	ID       int64 // 0: none
	Fraction decimal.Decimal
	Included bool
}

// rateOf finds the rate of a product's taxes. It fails with errTax where there is
// more than one, another kind than percent, or one that Odoo did not tell.
func rateOf(ids []int64, taxes map[int64]product.Tax) (rate, error) {
	switch len(ids) {
	case 0:
		return rate{}, nil
	case 1:
	default:
		return rate{}, fmt.Errorf("%w: it has %d taxes", errTax, len(ids))
	}
	t, ok := taxes[ids[0]]
	if !ok {
		return rate{}, fmt.Errorf("%w: Odoo does not show tax %d", errTax, ids[0])
	}
	percent, err := t.Amount.Decimal()
	if err != nil || t.Type != "percent" || percent.IsNegative() {
		return rate{}, fmt.Errorf("%w: tax %q is %s of type %q", errTax, t.Name, t.Amount, t.Type)
	}
	return rate{ID: t.ID, Fraction: percent.Div(hundred), Included: t.Included}, nil
}

// gross is what the customer pays for a list price: with the tax, in minor units,
// rounded half up as Odoo rounds (1.90 + 15 % is 2.19; binary floats give 2.18).
func (r rate) gross(list decimal.Decimal, digits int32) int64 {
	if !r.Included {
		list = list.Mul(decimal.NewFromInt(1).Add(r.Fraction))
	}
	return list.Round(digits).Shift(digits).IntPart()
}

// split is a gross amount taken apart as an order line needs it. Unit is the price
// without tax, unrounded, where the tax comes on top: some totals (1.19 at 15 %)
// can't come from a net of two digits, and one such order would block the closing
// of the session for everyone. Net and Gross are in whole cents.
type split struct{ Unit, Net, Tax, Gross decimal.Decimal }

// unitDigits keeps a quotient exact enough that rounding Unit × (1 + rate) to cents
// gives the gross again for any amount that a machine can hold.
const unitDigits = 16

func (r rate) split(amount int64, digits int32) split {
	gross := decimal.New(amount, -digits)
	unit := gross.DivRound(decimal.NewFromInt(1).Add(r.Fraction), unitDigits)
	net := unit.Round(digits)
	s := split{Unit: unit, Net: net, Tax: gross.Sub(net), Gross: gross}
	if r.Included || r.ID == 0 {
		s.Unit = gross
	}
	return s
}

// money is an amount as people write it: "2.30 EUR".
func money(m device.Money, digits int32) string {
	return amount(m, digits) + " " + m.Currency
}

// amount is the number of it: "2.30".
func amount(m device.Money, digits int32) string {
	return decimal.New(m.Amount, -digits).StringFixed(digits)
}
