package coffee

import (
	"context"
	"errors"
	"fmt"

	"crema/connectors"
	"crema/connectors/odoo/product"
	"crema/device"
)

// offer is a product as Odoo sells it at one POS: what a drink is mapped from.
type offer struct {
	product.Product
	prices
	limits device.Limits
}

// drinkMapper makes a drink of an offer. What is not known of the price fails its
// field alone: the cups of such a drink still have their name.
var drinkMapper = connectors.Mapper[offer, Drink]{
	Model:  ModelProduct,
	Record: func(o *offer) string { return fmt.Sprintf("%d (%s)", o.ID, o.Name) },
	Direct: connectors.Mapping[offer, Drink]{
		connectors.Direct("product", func(o *offer) int64 { return o.ID }, func(d *Drink, v int64) { d.Product = v }),
		connectors.Direct("code", func(o *offer) string { return string(o.Code) }, func(d *Drink, v string) { d.Code = v }),
		connectors.Direct("name", func(o *offer) string { return o.Name }, func(d *Drink, v string) { d.Name = v }),
		connectors.Direct("taxes", func(o *offer) []int64 { return o.Taxes }, func(d *Drink, v []int64) { d.TaxIDs = v }),
		connectors.Direct("active", func(o *offer) bool { return o.Active && o.AvailableInPOS }, func(d *Drink, v bool) { d.Active = v }),
		connectors.Direct("fitted", func(o *offer) string { return fit(o.limits, o.ID, o.Name) }, func(d *Drink, v string) { d.Fitted = v }),
	},
	Computed: connectors.Mapping[offer, Drink]{
		connectors.Computed("price", priceOf, func(d *Drink, v device.Money) { d.Price = v }),
	},
}

// drinksFrom turns products into drinks. One whose price can't be told says why: its slot
// is left as it is.
func (b *Backend) drinksFrom(ctx context.Context, products []product.Product, p prices) (list []Drink) {
	w := b.work(nil) // no machine is needed
	for _, of := range products {
		d, err := drinkMapper.Map(ctx, w, &offer{of, p, b.machine.Limits()})
		if field, ok := errors.AsType[*connectors.FieldError](err); ok {
			err = field.Err // whose price it is is told beside it
		}
		if err != nil {
			d.Record.Unpriced = err.Error()
		}
		list = append(list, d.Record)
	}
	return list
}

// sameDrink tells whether two readings of a drink say the same.
func sameDrink(a, b Drink) bool {
	return a.Product == b.Product && a.Active == b.Active && a.Unpriced == b.Unpriced && len(drinkFields(a, b)) == 0
}
