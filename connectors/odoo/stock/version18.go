package stock

import (
	"context"

	"github.com/shopspring/decimal"

	"crema/connectors"
	"crema/connectors/odoo"
)

// calls18 are those of Odoo 18: units have categories and a rounding of their own, and a move needs a name.
type calls18 struct{ c *odoo.Client }

func newCalls18(w *connectors.Work) (Calls, error) {
	c, err := connectors.ClientOf[*odoo.Client](w)
	return calls18{c}, err
}

func (v calls18) Units(ctx context.Context) ([]Unit, error) {
	type record struct {
		ID       int64       `json:"id"`
		Name     odoo.String `json:"name"`
		Factor   odoo.Amount `json:"factor"` // so many make one of the reference: kg 1, g 1000
		Category odoo.ID     `json:"category_id"`
		Rounding odoo.Amount `json:"rounding"`
	}
	found, err := odoo.SearchRead[record](ctx, v.c, unitModel, allUnits("name", "factor", "category_id", "rounding"))
	if err != nil {
		return nil, err
	}
	one := decimal.NewFromInt(1)
	var units []Unit
	for _, r := range found {
		u := Unit{ID: r.ID, Name: string(r.Name), Family: int64(r.Category)}
		factor, err := r.Factor.Decimal()
		if err != nil {
			return nil, err
		}
		rounding, err := r.Rounding.Decimal()
		if err != nil {
			return nil, err
		}
		for u.digits < 12 && rounding.Shift(u.digits).LessThan(one) {
			u.digits++
		}
		if factor.Sign() > 0 {
			u.Size = one.DivRound(factor, 12)
		}
		units = append(units, u)
	}
	return units, externals(ctx, v.c, units)
}

func (v calls18) Digits(ctx context.Context) (int32, error) {
	return digits(ctx, v.c, "Product Unit of Measure")
}

func (v calls18) Load(ctx context.Context, t Transfer) (int64, error) {
	return load(ctx, v.c, t, []string{"move_ids/name"}, func(l Line) []string { return []string{l.Name} })
}
