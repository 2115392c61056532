package pos

import (
	"encoding/json"

	"crema/connectors/odoo"
)

// An Amount is a decimal number, see [odoo.Amount].
type Amount = odoo.Amount

// An Order is a paid pos.order. All of its amounts are the caller's, and must agree: Total is what the lines come to
// with tax, and what the payments come to.
type Order struct {
	UUID           string // the key: see the package's documentation
	Session        int64
	User           int64
	Company        int64
	FiscalPosition int64     // 0: none
	Date           odoo.Time // of the sale; may be long past
	Total          Amount    // with tax, in the currency's digits
	Tax            Amount    // within Total
	Lines          []Line
	Payments       []Payment // may be none when Total is 0
}

// A Line is a product sold.
type Line struct {
	UUID         string
	Product      int64
	Name         string // what the receipt would say
	Quantity     Amount // "1"
	PriceUnit    Amount // without tax, if the tax is on top; with all of its digits, since Odoo doesn't round it
	Taxes        []int64
	Subtotal     Amount // without tax, in the currency's digits
	SubtotalIncl Amount // with tax
}

// A Payment is money taken.
type Payment struct {
	UUID   string
	Method int64
	Amount Amount
	Date   odoo.Time
}

// add is Odoo's command to make a record along with the one that it belongs to.
func add(record any) [3]any { return [3]any{0, 0, record} }

// MarshalJSON gives the order as sync_from_ui takes it. An amount that is missing is an error.
func (o Order) MarshalJSON() ([]byte, error) {
	lines, payments := [][3]any{}, [][3]any{}
	for _, l := range o.Lines {
		lines = append(lines, add(l))
	}
	for _, p := range o.Payments {
		payments = append(payments, add(p))
	}
	paid := o.Total
	if len(o.Payments) == 0 {
		paid = "0" // only an order of nothing needs no payment; Odoo refuses any other
	}
	return json.Marshal(struct {
		UUID           string    `json:"uuid"`
		Session        int64     `json:"session_id"`
		User           int64     `json:"user_id"`
		Company        int64     `json:"company_id"`
		FiscalPosition int64     `json:"fiscal_position_id,omitempty"`
		Date           odoo.Time `json:"date_order"`
		State          string    `json:"state"`
		ToInvoice      bool      `json:"to_invoice"`
		Total          Amount    `json:"amount_total"`
		Tax            Amount    `json:"amount_tax"`
		Paid           Amount    `json:"amount_paid"`
		Return         Amount    `json:"amount_return"`
		Lines          [][3]any  `json:"lines"`
		Payments       [][3]any  `json:"payment_ids"`
	}{o.UUID, o.Session, o.User, o.Company, o.FiscalPosition, o.Date, "paid", false, o.Total, o.Tax, paid, "0.0", lines, payments})
}

// MarshalJSON gives the line as a part of its order.
func (l Line) MarshalJSON() ([]byte, error) {
	taxes := l.Taxes
	if taxes == nil {
		taxes = []int64{}
	}
	return json.Marshal(struct {
		UUID         string   `json:"uuid"`
		Product      int64    `json:"product_id"`
		Quantity     Amount   `json:"qty"`
		PriceUnit    Amount   `json:"price_unit"`
		Discount     int      `json:"discount"`
		Taxes        [][3]any `json:"tax_ids"`
		Subtotal     Amount   `json:"price_subtotal"`
		SubtotalIncl Amount   `json:"price_subtotal_incl"`
		Name         string   `json:"full_product_name"`
	}{l.UUID, l.Product, l.Quantity, l.PriceUnit, 0, [][3]any{{6, 0, taxes}}, l.Subtotal, l.SubtotalIncl, l.Name})
}

// MarshalJSON gives the payment as a part of its order.
func (p Payment) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		UUID   string    `json:"uuid"`
		Method int64     `json:"payment_method_id"`
		Amount Amount    `json:"amount"`
		Date   odoo.Time `json:"payment_date"`
	}{p.UUID, p.Method, p.Amount, p.Date})
}
