package coffee

import (
	"context"
	"fmt"

	"crema/connectors"
	"crema/connectors/odoo/product"
)

// checkBusy looks whether Odoo has the drink that is poured when it is busy. All else goes well without: its finding is a warning.
func checkBusy(ctx context.Context, b *Backend, _ *checkup) ([]connectors.Finding, error) {
	if !b.cfg.Busy.Enabled {
		return nil, nil
	}
	category, err := product.FindCategory(ctx, b.d.Odoo, b.cfg.POSCategory, b.cfg.Language)
	if err != nil {
		return nil, nil // told by checkDrinks
	}
	drinks, err := product.Drinks(ctx, b.d.Odoo, product.Query{Category: category.ID, Lang: b.cfg.Language})
	if err != nil {
		return nil, nil
	}
	for _, d := range drinks {
		if string(d.Code) == b.cfg.Busy.Drink && d.Active {
			return nil, nil
		}
	}
	return []connectors.Finding{{Code: "busy_drink", Warning: true, Fix: "Correct `busy.drink`, or put the product into the category.",
		Text: fmt.Sprintf("No product of the POS category has the internal reference %q: no coffee can be poured when Odoo is busy.", b.cfg.Busy.Drink)}}, nil
}
