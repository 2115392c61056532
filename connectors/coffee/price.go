package coffee

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"crema/connectors"
	"crema/connectors/odoo/product"
	"crema/connectors/odoo/tax"
	"crema/device"
)

// prices is what the prices of products at one POS depend on.
type prices struct {
	shop  *shop
	taxes map[int64]product.Tax
	list  *product.Pricelist // nil: the POS uses none
	at    time.Time          // for the dates of its rules; zero: the board doesn't know the time
}

// priceOf is what a customer pays: the list price, or that of the POS's price list, with
// the taxes of its fiscal position, in minor units.
func priceOf(_ *connectors.MapContext, o *offer) (device.Money, error) {
	price, err := o.prices.before(o.Product)
	if err != nil {
		return device.Money{}, err
	}
	taxes, err := o.shop.taxRules(o.taxes).Of(o.Taxes)
	if err != nil {
		return device.Money{}, err
	}
	sale, err := taxes.Of(price)
	if err != nil {
		return device.Money{}, err
	}
	return device.Money{Amount: sale.Gross.Shift(o.shop.digits()).IntPart(), Currency: o.shop.Currency.Code}, nil
}

// before is a product's price before taxes are looked at.
func (p prices) before(of product.Product) (decimal.Decimal, error) {
	if p.list != nil {
		if p.list.Currency != p.shop.Config.Currency {
			return decimal.Zero, fmt.Errorf("%w: the price list %q is in another currency than the POS %q", product.ErrPrice, p.list.Name, p.shop.Config.Name)
		}
		return p.list.Price(of, p.at)
	}
	if of.Currency != 0 && of.Currency != p.shop.Config.Currency {
		return decimal.Zero, fmt.Errorf("%w: it is not in the currency of the POS %q, %s", product.ErrPrice, p.shop.Config.Name, p.shop.Currency.Code)
	}
	return of.Price.Decimal()
}

// taxRules are the taxes of the POS, of those that are known.
func (s *shop) taxRules(known map[int64]product.Tax) product.TaxRules {
	return product.TaxRules{Known: known, Position: s.Position, Company: s.Company.ID, Rounding: s.rounding}
}

// taxes reads taxes by id, and those that stand for them at the POS.
func (b *Backend) taxes(ctx context.Context, s *shop, ids []int64) (map[int64]product.Tax, error) {
	list, err := product.Taxes(ctx, b.d.Odoo, slices.Concat(ids, s.Position.Map(ids)))
	if err != nil {
		return nil, err
	}
	taxes := make(map[int64]product.Tax, len(list))
	for _, t := range list {
		taxes[t.ID] = t
	}
	return taxes, nil
}

// takeApart turns what a machine took into what an order line says: amounts, and taxes. A
// cup that was given away has no taxes where there would be something to pay of them.
func takeApart(taken decimal.Decimal, taxes product.DrinkTaxes) (tax.Sale, []int64, error) {
	sale, err := taxes.For(taken)
	if errors.Is(err, tax.ErrTotal) && taken.IsZero() {
		return tax.Sale{}, nil, nil
	}
	return sale, taxes.IDs, err
}

// untaxable tells whether an error is about the taxes of what was sold.
func untaxable(err error) bool { return errors.Is(err, tax.ErrTax) || errors.Is(err, tax.ErrTotal) }

// money is an amount as people write it: "2.30 EUR".
func money(m device.Money, digits int32) string {
	return amount(m, digits) + " " + m.Currency
}

// amount is the number of it: "2.30".
func amount(m device.Money, digits int32) string {
	return decimal.New(m.Amount, -digits).StringFixed(digits)
}
