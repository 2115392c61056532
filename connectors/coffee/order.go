package coffee

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/product"
	"crema/device"
)

// errCurrency is a cup paid in another currency than the POS books in.
var errCurrency = errors.New("another currency than the POS's")

// order makes the booking of one cup: one order with one line, so that a kit
// consumes what the cup used. All of it but the session depends on the cup and its
// drink alone, so that sending it again is the same order again.
func (s *shop) order(cfg config, c ledger.Cup, d Drink, session int64, known map[int64]product.Tax) (pos.Order, error) {
	if c.Price.Currency != "" && c.Price.Currency != s.Currency.Code && c.Price.Amount != 0 {
		return pos.Order{}, fmt.Errorf("%w: it was paid in %s, the POS %q books in %s", errCurrency, c.Price.Currency, s.Config.Name, s.Currency.Code)
	}
	taxes, err := s.taxRules(known).Of(d.TaxIDs)
	if err != nil {
		return pos.Order{}, err
	}
	paid, taxIDs, err := takeApart(decimal.New(c.Price.Amount, -s.digits()), taxes)
	if err != nil {
		return pos.Order{}, err
	}
	date := odoo.At(c.Time)
	o := pos.Order{
		UUID: c.UUID, Session: session, User: s.User.ID, Company: s.Company.ID, FiscalPosition: s.Position.ID, Date: date,
		Total: odoo.AmountOf(paid.Gross), Tax: odoo.AmountOf(paid.Tax),
		Lines: []pos.Line{{
			UUID: ledger.LineUUID(c.UUID), Product: c.Product, Name: d.Name, Quantity: "1",
			PriceUnit: odoo.AmountOf(paid.Unit), Taxes: taxIDs,
			Subtotal: odoo.AmountOf(paid.Net), SubtotalIncl: odoo.AmountOf(paid.Gross),
		}},
	}
	if c.Price.Amount == 0 {
		return o, nil // an order of total 0 needs no payment
	}
	method, err := s.method(cfg, paymentName(c.Payment))
	if err != nil {
		return pos.Order{}, err
	}
	o.Payments = []pos.Payment{{UUID: ledger.PaymentUUID(c.UUID), Method: method, Amount: o.Total, Date: date}}
	return o, nil
}

// cantPay says why there is no payment for a cup at the point of sale; nil: there is one, or
// none is needed.
func (s *shop) cantPay(cfg config, c ledger.Cup) error {
	if c.Price.Amount == 0 {
		return nil
	}
	_, err := s.method(cfg, paymentName(c.Payment))
	return err
}

// paymentName is the configuration's word for a kind of payment.
func paymentName(p device.Payment) string {
	if p == device.PaymentNone {
		return "default"
	}
	return string(p)
}
