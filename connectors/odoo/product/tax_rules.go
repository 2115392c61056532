package product

import (
	"cmp"
	"fmt"
	"slices"

	"crema/connectors/odoo/tax"
)

// TaxRules say which taxes a product is sold with at one point of sale, and how they are computed.
type TaxRules struct {
	Known    map[int64]Tax  // by id: those of the products, those that the fiscal position puts in their place, and members of groups
	Position FiscalPosition // the zero value: none
	Company  int64          // of the point of sale; taxes of others don't count
	Rounding tax.Rounding
}

// DrinkTaxes are the taxes of one product.
type DrinkTaxes struct {
	*tax.Taxes
	IDs []int64 // what an order line names: those of the product, from which Odoo goes on by the order's fiscal position
}

// Of works out the taxes of a product from those that it names. Archived taxes and those of other companies don't
// count, as in Odoo. It fails with [tax.ErrTax] where a tax isn't known or can't be computed.
func (r TaxRules) Of(named []int64) (DrinkTaxes, error) {
	own, err := r.own(named)
	if err != nil {
		return DrinkTaxes{}, err
	}
	var applied []Tax
	for _, id := range r.Position.Map(own) {
		t, ok := r.Known[id]
		switch {
		case !ok:
			return DrinkTaxes{}, unknownTax(id)
		case !t.Active:
			return DrinkTaxes{}, fmt.Errorf("%w: the fiscal position %q leads to the tax %q, which is archived", tax.ErrTax, r.Position.Name, t.Name)
		}
		applied = append(applied, t)
	}
	flat, err := r.flat(applied)
	if err != nil {
		return DrinkTaxes{}, err
	}
	list := make([]tax.Tax, len(flat))
	for i, t := range flat {
		amount, err := t.Amount.Decimal()
		if err != nil {
			return DrinkTaxes{}, fmt.Errorf("%w: tax %q: %w", tax.ErrTax, t.Name, err)
		}
		list[i] = tax.Tax{Name: t.Name, Kind: tax.Kind(t.Type), Amount: amount, Included: t.Included, IncludesBase: t.IncludesBase, BaseAffected: t.BaseAffected}
	}
	taxes, err := tax.New(list, r.Rounding)
	return DrinkTaxes{taxes, own}, err
}

// own leaves out what doesn't count.
func (r TaxRules) own(named []int64) ([]int64, error) {
	var own []int64
	foreign := ""
	for _, id := range named {
		t, ok := r.Known[id]
		switch {
		case !ok:
			return nil, unknownTax(id)
		case !t.Active:
		case int64(t.Company) != r.Company:
			foreign = t.Name
		default:
			own = append(own, id)
		}
	}
	if len(own) == 0 && foreign != "" {
		return nil, fmt.Errorf("%w: tax %q is of another company than the point of sale", tax.ErrTax, foreign)
	}
	return own, nil
}

func unknownTax(id int64) error {
	return fmt.Errorf("%w: Odoo does not show the tax with the id %d to this user", tax.ErrTax, id)
}

// flat puts taxes in Odoo's order, the members of a group in its place, each once.
func (r TaxRules) flat(taxes []Tax) (flat []Tax, err error) {
	add := func(t Tax) {
		if !slices.ContainsFunc(flat, func(o Tax) bool { return o.ID == t.ID }) {
			flat = append(flat, t)
		}
	}
	for _, t := range inOrder(taxes) {
		if t.Type != group {
			add(t)
			continue
		}
		var members []Tax
		for _, id := range t.Children {
			m, ok := r.Known[id]
			if !ok {
				return nil, unknownTax(id)
			}
			if m.Active {
				members = append(members, m)
			}
		}
		for _, m := range inOrder(members) {
			add(m)
		}
	}
	return flat, nil
}

func inOrder(taxes []Tax) []Tax {
	return slices.SortedFunc(slices.Values(taxes), func(a, b Tax) int { return cmp.Or(cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.ID, b.ID)) })
}
