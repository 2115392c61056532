package stock

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"crema/connectors/odoo"
)

const quantModel = "stock.quant"

// Levels is how much a location holds of products, each in its own unit; one that it never held is left out.
func Levels(ctx context.Context, c *odoo.Client, location int64, products []int64) (map[int64]decimal.Decimal, error) {
	found, err := odoo.SearchRead[struct {
		Product  odoo.ID     `json:"product_id"`
		Quantity odoo.Amount `json:"quantity"`
	}](ctx, c, quantModel, odoo.Search{Domain: odoo.Domain{odoo.Where("location_id", "=", location), odoo.Where("product_id", "in", products)},
		Fields: []string{"product_id", "quantity"}, Order: "id"})
	if err != nil {
		return nil, err
	}
	levels := map[int64]decimal.Decimal{}
	for _, q := range found {
		n, err := q.Quantity.Decimal()
		if err != nil {
			return nil, err
		}
		levels[int64(q.Product)] = levels[int64(q.Product)].Add(n)
	}
	return levels, nil
}

// A Count is how much of a product was found at a location, in the product's own unit.
type Count struct {
	Product  int64       `json:"product_id"`
	Location int64       `json:"location_id"`
	Quantity odoo.Amount `json:"inventory_quantity_auto_apply"`
}

// SetLevels makes Odoo's quantities what was counted, all in one call. Odoo moves the difference, and nothing where
// there is none.
func SetLevels(ctx context.Context, c *odoo.Client, counts []Count) error {
	args := struct {
		Values  []Count         `json:"vals_list"`
		Context map[string]bool `json:"context"`
	}{counts, map[string]bool{"inventory_mode": true}}
	var ids []int64
	if err := c.Call(ctx, quantModel, "create", args, &ids); err != nil {
		return err
	}
	if len(ids) != len(counts) {
		return &odoo.Error{Class: odoo.Unknown, Status: 200, Model: quantModel, Method: "create", Err: fmt.Errorf("%w: %d ids for %d counts", odoo.ErrUnexpected, len(ids), len(counts))}
	}
	return nil
}
