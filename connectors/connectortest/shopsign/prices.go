package shopsign

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
)

type fields = connectors.Mapping[product.Product, Line]

var text = connectors.Direct("text", func(p *product.Product) string { return p.Name }, func(l *Line, v string) { l.Text = v }).From("name")

// The mappers of the two versions share all but the price.
var (
	line1 = mapper(connectors.Convert("price", amount, func(a odoo.Amount) (string, error) {
		d, err := a.Decimal()
		return d.StringFixed(2), err
	}, func(l *Line, v string) { l.Price = v }).From("price"))
	line2 = mapper(connectors.Convert("cents", amount, func(a odoo.Amount) (int64, error) {
		d, err := a.Decimal()
		return d.Shift(2).Round(0).IntPart(), err
	}, func(l *Line, v int64) { l.Cents = v }).From("price"))
)

// provide says which mapper is whose.
func provide(r *connectors.Registry) {
	type mapper = *connectors.Mapper[product.Product, Line]
	connectors.Provide(r, lineMapper, Sign1, func(*connectors.Work) (mapper, error) { return line1, line1.Validate() })
	connectors.Provide(r, lineMapper, Sign2, func(*connectors.Work) (mapper, error) { return line2, line2.Validate() })
}

func amount(p *product.Product) odoo.Amount { return p.Price }

func mapper(more ...connectors.Field[product.Product, Line]) *connectors.Mapper[product.Product, Line] {
	return &connectors.Mapper[product.Product, Line]{
		Model:  ModelProduct,
		Record: func(p *product.Product) string { return strconv.FormatInt(p.ID, 10) },
		Direct: slices.Concat(fields{text}, more),
	}
}

// drinks reads the products of Odoo, in the language of the sign.
type drinks struct {
	odoo     *odoo.Client
	language string
}

func (d drinks) Read(ctx context.Context, id string) (none product.Product, err error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return none, err
	}
	found, err := product.ByIDs(ctx, d.odoo, []int64{n}, d.language)
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, fmt.Errorf("product %s: %w", id, connectors.ErrNotInBackend)
	}
	return found[0], nil
}

// newExporter puts the exporter together that brings one drink of Odoo to the sign.
func newExporter(w *connectors.Work, from connectors.Reader[product.Product], to connectors.BackendAdapter[Line]) (x connectors.RecordExporter[product.Product, Line], err error) {
	toLine, err := connectors.Component(w, lineMapper)
	return connectors.RecordExporter[product.Product, Line]{
		Work: w, Model: ModelProduct, Odoo: from, Remote: to, Mapper: toLine,
		HasToSkip: func(_ context.Context, p *product.Product) (string, error) {
			if !p.Active || !p.AvailableInPOS {
				return "it is not sold any more", nil
			}
			return "", nil
		},
		Validate: func(_ context.Context, p *product.Product, m connectors.Mapped[Line]) error {
			if utf8.RuneCountInString(m.Record.Text) > 20 {
				return &connectors.InvalidDataError{Text: fmt.Sprintf("%q does not fit into a line of the sign, which has 20 letters: shorten the name", p.Name)}
			}
			return nil
		},
	}, err
}
