package stock

import (
	"context"

	"crema/connectors"
	"crema/connectors/odoo"
)

// calls19 are those of Odoo 19 and later: a unit refers to another one, up to the root of its family.
type calls19 struct{ c *odoo.Client }

func newCalls19(w *connectors.Work) (Calls, error) {
	c, err := connectors.ClientOf[*odoo.Client](w)
	return calls19{c}, err
}

func (v calls19) Units(ctx context.Context) ([]Unit, error) {
	type record struct {
		ID     int64       `json:"id"`
		Name   odoo.String `json:"name"`
		Factor odoo.Amount `json:"factor"` // in the root's: g 1, kg 1000
		Of     odoo.ID     `json:"relative_uom_id"`
	}
	found, err := odoo.SearchRead[record](ctx, v.c, unitModel, allUnits("name", "factor", "relative_uom_id"))
	if err != nil {
		return nil, err
	}
	of := map[int64]int64{}
	for _, r := range found {
		of[r.ID] = int64(r.Of)
	}
	var units []Unit
	for _, r := range found {
		root := r.ID
		for range len(found) { // a ring ends too
			if of[root] == 0 {
				break
			}
			root = of[root]
		}
		size, err := r.Factor.Decimal()
		if err != nil {
			return nil, err
		}
		units = append(units, Unit{ID: r.ID, Name: string(r.Name), Family: root, Size: size, digits: -1})
	}
	return units, externals(ctx, v.c, units)
}

func (v calls19) Digits(ctx context.Context) (int32, error) {
	return digits(ctx, v.c, "Product Unit")
}

func (v calls19) Load(ctx context.Context, t Transfer) (int64, error) {
	return load(ctx, v.c, t, nil, func(Line) []string { return nil })
}
