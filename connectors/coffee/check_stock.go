package coffee

import (
	"context"
	"fmt"
	"strings"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/stock"
	"crema/store"
)

// checkStock looks at all that the flow stock needs, where it is set up.
func checkStock(ctx context.Context, b *Backend, c *checkup) ([]connectors.Finding, error) {
	if b.cfg.StockLocation == "" {
		return nil, nil
	}
	told := ingredientsOf(b.Snapshot().Levels)
	if err := b.d.Store.View(func(tx *store.Tx) (err error) {
		if len(told) == 0 {
			told, _, err = ingredients.Get(tx, b.cfg.Name)
		}
		return err
	}); err != nil {
		return nil, err
	}
	if len(told) == 0 {
		return []connectors.Finding{{Code: "stock_untold", Text: "The machine has not told its ingredients yet: whether Odoo can count them is not known.",
			Fix: "Test again when the machine has answered.", Warning: true}}, nil
	}
	room, findings, err := b.stockroom(ctx, told)
	if err != nil {
		return b.finding(err, "odoo_stock", "Correct `stock_location`, or give the user the rights of Inventory / User.")
	}
	for _, f := range findings {
		if f.Code == "odoo_stock_module" {
			return findings, nil // the rest is asked of it
		}
	}
	for _, check := range []func(context.Context, *Backend, *checkup, stockroom) ([]connectors.Finding, error){checkStockRights, checkKits} {
		more, err := check(ctx, b, c, room)
		findings = append(findings, more...)
		if err != nil {
			return findings, err
		}
	}
	return findings, nil
}

func checkStockRights(ctx context.Context, b *Backend, _ *checkup, _ stockroom) ([]connectors.Finding, error) {
	const fix = "Give the user the rights of Inventory / User."
	var lacks []string
	for _, right := range [][2]string{{"stock.picking", "create"}, {"stock.picking", "write"}, {"stock.quant", "create"}} {
		err := odoo.HasAccess(ctx, b.d.Odoo, right[0], right[1])
		switch {
		case err == nil:
		case odoo.ClassOf(err) == odoo.Denied:
			lacks = append(lacks, right[1]+" "+right[0])
		default:
			return b.finding(err, "odoo_stock_rights", fix)
		}
	}
	if len(lacks) == 0 {
		return nil, nil
	}
	return []connectors.Finding{{Code: "odoo_stock_rights", Text: fmt.Sprintf("The user may not %s.", strings.Join(lacks, ", ")), Fix: fix}}, nil
}

// checkKits looks from where drinks that consume by their sale take their ingredients.
func checkKits(ctx context.Context, b *Backend, c *checkup, room stockroom) ([]connectors.Finding, error) {
	if !room.recipes || c.shop == nil {
		return nil, nil
	}
	var products []int64
	if err := b.d.Store.View(func(tx *store.Tx) error {
		for d := range drinksOf(tx, b.cfg.Name) {
			products = append(products, d.Product)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	kits, err := stock.Kits(ctx, b.d.Odoo, products)
	if err != nil {
		return b.finding(err, "odoo_stock_recipes", "Odoo has Manufacturing: a drink may be a kit, which takes its ingredients by its sale. Give the user the right to read bills of materials (Manufacturing / User).")
	}
	if len(kits) == 0 {
		return nil, nil
	}
	kind, found, err := stock.OperationByID(ctx, b.d.Odoo, int64(c.shop.Config.PickingType))
	if err != nil {
		return b.finding(err, "odoo_stock_operation", "Give the user the rights of Inventory / User.")
	}
	if !found || int64(kind.Source) != room.from.ID {
		return []connectors.Finding{{Code: "odoo_stock_operation", Text: fmt.Sprintf("%s, and the point of sale %q takes the ingredients from another place than %s.", connectors.Counted(len(kits), "drink is a kit", "drinks are kits"), c.shop.Config.Name, room.from.Name),
			Fix: fmt.Sprintf("Give the point of sale an operation type of its own, with %s as its source location.", room.from.Name)}}, nil
	}
	return checkShared(ctx, b, c, kind)
}

// checkShared looks whether another point of sale takes from the same place.
func checkShared(ctx context.Context, b *Backend, c *checkup, kind stock.Operation) ([]connectors.Finding, error) {
	others, err := pos.OfOperation(ctx, b.d.Odoo, kind.ID)
	if err != nil {
		return b.finding(err, "odoo_stock_shared", "Give the user the rights of Point of Sale / User.")
	}
	var names []string
	for _, o := range others {
		if o.ID != c.shop.Config.ID {
			names = append(names, fmt.Sprintf("%q", o.Name))
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	return []connectors.Finding{{Code: "odoo_stock_shared", Text: fmt.Sprintf("The operation type %q is also that of the point of sale %s: the kits sold there take this machine's ingredients.", kind.Name, strings.Join(names, ", ")),
		Fix: "Give each machine's point of sale an operation type of its own."}}, nil
}
