package pos

import (
	"context"

	"crema/connectors/odoo"
)

// A Config is a pos.config: one point of sale.
type Config struct {
	ID             int64       `json:"id"`
	Name           string      `json:"name"`
	Active         bool        `json:"active"`
	Session        odoo.ID     `json:"current_session_id"`    // 0: none is open
	SessionState   odoo.String `json:"current_session_state"` // of that session
	PaymentMethods []int64     `json:"payment_method_ids"`
	Currency       odoo.ID     `json:"currency_id"`
	Company        odoo.ID     `json:"company_id"`
	CashControl    bool        `json:"cash_control"`
	Pricelist      odoo.ID     `json:"pricelist_id"`
	UsePricelist   bool        `json:"use_pricelist"`
	FiscalPosition odoo.ID     `json:"default_fiscal_position_id"`
	PickingType    odoo.ID     `json:"picking_type_id"` // the stock operation of its sales
	Limited        bool        `json:"limit_categories"`
	Categories     []int64     `json:"iface_available_categ_ids"` // what it sells, when Limited
}

var configFields = []string{
	"name", "active", "current_session_id", "current_session_state", "payment_method_ids", "currency_id", "company_id", "cash_control",
	"pricelist_id", "use_pricelist", "default_fiscal_position_id", "picking_type_id", "limit_categories", "iface_available_categ_ids",
}

// FindConfig finds a POS by its name or id. None or several are an [*odoo.ChoiceError] that lists the ids; a user
// without POS rights gets [odoo.Denied].
func FindConfig(ctx context.Context, c *odoo.Client, nameOrID string) (Config, error) {
	return odoo.Find(ctx, c, "pos.config", nameOrID, odoo.Search{Fields: configFields}, func(c Config) odoo.Choice { return odoo.Choice{ID: c.ID, Name: c.Name} })
}

// A PaymentMethod is a pos.payment.method: a way to pay.
type PaymentMethod struct {
	ID     int64       `json:"id"`
	Name   string      `json:"name"`
	Type   odoo.String `json:"type"` // "cash", "bank", "pay_later"
	Cash   bool        `json:"is_cash_count"`
	Split  bool        `json:"split_transactions"` // needs a customer for each payment, which a machine hasn't
	Active bool        `json:"active"`
}

// PaymentMethods reads the payment methods of a POS, by id.
func PaymentMethods(ctx context.Context, c *odoo.Client, configID int64) ([]PaymentMethod, error) {
	return odoo.SearchRead[PaymentMethod](ctx, c, "pos.payment.method", odoo.Search{
		Domain: odoo.Domain{odoo.Where("config_ids", "in", []int64{configID})},
		Fields: []string{"name", "type", "is_cash_count", "split_transactions", "active"},
		Order:  "id",
	})
}

// A Currency is a res.currency.
type Currency struct {
	ID       int64       `json:"id"`
	Code     string      `json:"name"` // "EUR"
	Symbol   odoo.String `json:"symbol"`
	Rounding odoo.Amount `json:"rounding"`       // "0.01", "0.05"
	Places   int         `json:"decimal_places"` // digits after the point
}

// ReadCurrency reads a currency, active or not; false: there is none of that id.
func ReadCurrency(ctx context.Context, c *odoo.Client, id int64) (Currency, bool, error) {
	all := false
	found, err := odoo.SearchRead[Currency](ctx, c, "res.currency", odoo.Search{
		Domain:  odoo.Domain{odoo.Where("id", "=", id)},
		Fields:  []string{"name", "symbol", "rounding", "decimal_places"},
		Order:   "id",
		Context: &odoo.Context{ActiveTest: &all},
	})
	if err != nil || len(found) == 0 {
		return Currency{}, false, err
	}
	return found[0], true, nil
}

// A Company is a res.company.
type Company struct {
	ID          int64       `json:"id"`
	Name        string      `json:"name"`
	Currency    odoo.ID     `json:"currency_id"`
	TaxRounding odoo.String `json:"tax_calculation_rounding_method"` // "round_per_line", "round_globally"
}

// ReadCompany reads a company; false: the user sees none of that id.
func ReadCompany(ctx context.Context, c *odoo.Client, id int64) (Company, bool, error) {
	found, err := odoo.SearchRead[Company](ctx, c, "res.company", odoo.Search{
		Domain: odoo.Domain{odoo.Where("id", "=", id)},
		Fields: []string{"name", "currency_id", "tax_calculation_rounding_method"},
		Order:  "id",
	})
	if err != nil || len(found) == 0 {
		return Company{}, false, err
	}
	return found[0], true, nil
}

// OfOperation reads the points of sale, archived ones left out, whose sales are of a stock operation type
// (stock.picking.type), by id.
func OfOperation(ctx context.Context, c *odoo.Client, operation int64) ([]Config, error) {
	return odoo.SearchRead[Config](ctx, c, "pos.config", odoo.Search{
		Domain: odoo.Domain{odoo.Where("picking_type_id", "=", operation)}, Fields: configFields, Order: "id"})
}
