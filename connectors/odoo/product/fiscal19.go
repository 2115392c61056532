package product

import (
	"context"

	"crema/connectors"
	"crema/connectors/odoo"
)

// fiscal19 reads the taxes of a position: each names those that it stands for.
type fiscal19 struct{ *odoo.Client }

func newFiscal19(w *connectors.Work) (FiscalPositions, error) {
	c, err := connectors.ClientOf[*odoo.Client](w)
	return fiscal19{c}, err
}

func (f fiscal19) Read(ctx context.Context, id int64) (FiscalPosition, bool, error) {
	p, found, err := readFiscal(ctx, f.Client, id)
	if err != nil || !found {
		return FiscalPosition{}, false, err
	}
	position := FiscalPosition{ID: id, Name: p.Name, Taxes: map[int64][]int64{}, None: len(p.Taxes) == 0}
	if position.None {
		return position, true, nil
	}
	taxes, err := odoo.SearchRead[struct {
		ID       int64   `json:"id"`
		StandFor []int64 `json:"original_tax_ids"`
	}](ctx, f.Client, "account.tax", odoo.Search{
		Domain: odoo.Domain{odoo.Where("id", "in", p.Taxes)}, Fields: []string{"original_tax_ids"}, Order: "sequence,id", Context: everyRecord(),
	})
	for _, t := range taxes {
		for _, from := range t.StandFor {
			position.Taxes[from] = append(position.Taxes[from], t.ID)
		}
	}
	return position, true, err
}
