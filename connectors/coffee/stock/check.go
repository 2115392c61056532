package stock

import (
	"context"
	"fmt"
	"strings"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/stock"
	"crema/device"
	"crema/store"
)

// Check looks at all that the flow needs in Odoo, and writes nothing. levels are what the machine
// told of late, if it did; at is the point of sale of the machine, nil where it can't be read; and
// drinks are the products that it sells.
func (f *Flow) Check(ctx context.Context, levels []device.Level, at *pos.Config, drinks []int64) ([]connectors.Finding, error) {
	told := ingredientsOf(levels)
	if err := f.deps.Store.View(func(tx *store.Tx) (err error) {
		if len(told) == 0 {
			told, _, err = ingredients.Get(tx, f.deps.Backend)
		}
		return err
	}); err != nil {
		return nil, err
	}
	if len(told) == 0 {
		return []connectors.Finding{{Code: "stock_untold", Text: "The machine has not told its ingredients yet: whether Odoo can count them is not known.",
			Fix: "Test again when the machine has answered.", Warning: true}}, nil
	}
	room, findings, err := f.stockroom(ctx, told)
	if err != nil {
		return f.deps.Finding(err, "odoo_stock", "Correct `stock_location`, or give the user the rights of Inventory / User.")
	}
	for _, found := range findings {
		if found.Code == "odoo_stock_module" {
			return findings, nil // the rest is asked of it
		}
	}
	more, err := f.checkRights(ctx)
	if findings = append(findings, more...); err != nil {
		return findings, err
	}
	if room.recipes && at != nil {
		more, err = f.checkKits(ctx, room, *at, drinks)
		findings = append(findings, more...)
	}
	return findings, err
}

func (f *Flow) checkRights(ctx context.Context) ([]connectors.Finding, error) {
	const fix = "Give the user the rights of Inventory / User."
	var lacks []string
	for _, right := range [][2]string{{"stock.picking", "create"}, {"stock.picking", "write"}, {"stock.quant", "create"}} {
		err := odoo.HasAccess(ctx, f.deps.Odoo, right[0], right[1])
		switch {
		case err == nil:
		case odoo.ClassOf(err) == odoo.Denied:
			lacks = append(lacks, right[1]+" "+right[0])
		default:
			return f.deps.Finding(err, "odoo_stock_rights", fix)
		}
	}
	if len(lacks) == 0 {
		return nil, nil
	}
	return []connectors.Finding{{Code: "odoo_stock_rights", Text: fmt.Sprintf("The user may not %s.", strings.Join(lacks, ", ")), Fix: fix}}, nil
}

// checkKits looks from where drinks that consume by their sale take their ingredients.
func (f *Flow) checkKits(ctx context.Context, room stockroom, at pos.Config, drinks []int64) ([]connectors.Finding, error) {
	kits, err := stock.Kits(ctx, f.deps.Odoo, drinks)
	if err != nil {
		return f.deps.Finding(err, "odoo_stock_recipes", "Odoo has Manufacturing: a drink may be a kit, which takes its ingredients by its sale. Give the user the right to read bills of materials (Manufacturing / User).")
	}
	if len(kits) == 0 {
		return nil, nil
	}
	kind, found, err := stock.OperationByID(ctx, f.deps.Odoo, int64(at.PickingType))
	if err != nil {
		return f.deps.Finding(err, "odoo_stock_operation", "Give the user the rights of Inventory / User.")
	}
	if !found || int64(kind.Source) != room.from.ID {
		return []connectors.Finding{{Code: "odoo_stock_operation", Text: fmt.Sprintf("%s, and the point of sale %q takes the ingredients from another place than %s.", connectors.Counted(len(kits), "drink is a kit", "drinks are kits"), at.Name, room.from.Name),
			Fix: fmt.Sprintf("Give the point of sale an operation type of its own, with %s as its source location.", room.from.Name)}}, nil
	}
	return f.checkShared(ctx, at, kind)
}

// checkShared looks whether another point of sale takes from the same place.
func (f *Flow) checkShared(ctx context.Context, at pos.Config, kind stock.Operation) ([]connectors.Finding, error) {
	others, err := pos.OfOperation(ctx, f.deps.Odoo, kind.ID)
	if err != nil {
		return f.deps.Finding(err, "odoo_stock_shared", "Give the user the rights of Point of Sale / User.")
	}
	var names []string
	for _, o := range others {
		if o.ID != at.ID {
			names = append(names, fmt.Sprintf("%q", o.Name))
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	return []connectors.Finding{{Code: "odoo_stock_shared", Text: fmt.Sprintf("The operation type %q is also that of the point of sale %s: the kits sold there take this machine's ingredients.", kind.Name, strings.Join(names, ", ")),
		Fix: "Give each machine's point of sale an operation type of its own."}}, nil
}
