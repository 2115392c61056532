package product

import (
	"context"
	"slices"

	"crema/connectors/odoo"
)

// A Tax is an account.tax as far as a price at a machine needs it.
type Tax struct {
	ID           int64       `json:"id"`
	Name         string      `json:"name"`
	Amount       odoo.Amount `json:"amount"`        // percent, or an amount, by Type
	Type         string      `json:"amount_type"`   // "percent", "fixed", "division", "group"
	Included     bool        `json:"price_include"` // the price holds it already; what the tax says itself, else the company
	IncludesBase bool        `json:"include_base_amount"`
	BaseAffected bool        `json:"is_base_affected"`
	Sequence     int         `json:"sequence"`
	Children     []int64     `json:"children_tax_ids"` // of a group
	Company      odoo.ID     `json:"company_id"`
	Active       bool        `json:"active"`
}

// group is the type of a tax that stands for others.
const group = "group"

// Taxes reads taxes by id, archived ones and the members of groups too, in the order in which Odoo applies them.
func Taxes(ctx context.Context, c *odoo.Client, ids []int64) ([]Tax, error) {
	taxes, err := readTaxes(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	var members []int64
	for _, t := range taxes {
		members = append(members, t.Children...)
	}
	members = slices.DeleteFunc(members, func(id int64) bool { return slices.Contains(ids, id) })
	more, err := readTaxes(ctx, c, members)
	return append(taxes, more...), err
}

func readTaxes(ctx context.Context, c *odoo.Client, ids []int64) ([]Tax, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	all := false
	return odoo.SearchRead[Tax](ctx, c, "account.tax", odoo.Search{
		Domain:  odoo.Domain{odoo.Where("id", "in", ids)},
		Fields:  []string{"name", "amount", "amount_type", "price_include", "include_base_amount", "is_base_affected", "sequence", "children_tax_ids", "company_id", "active"},
		Order:   "sequence,id",
		Context: &odoo.Context{ActiveTest: &all},
	})
}
