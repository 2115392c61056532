package product

import (
	"context"

	"crema/connectors"
	"crema/connectors/odoo"
)

// fiscal18 reads the lines of a position: each names a tax and what stands for it, if anything does.
type fiscal18 struct{ *odoo.Client }

func newFiscal18(w *connectors.Work) (FiscalPositions, error) {
	c, err := connectors.ClientOf[*odoo.Client](w)
	return fiscal18{c}, err
}

func (f fiscal18) Read(ctx context.Context, id int64) (FiscalPosition, bool, error) {
	p, found, err := readFiscal(ctx, f.Client, id)
	if err != nil || !found {
		return FiscalPosition{}, false, err
	}
	lines, err := odoo.SearchRead[struct {
		From odoo.ID `json:"tax_src_id"`
		To   odoo.ID `json:"tax_dest_id"`
	}](ctx, f.Client, "account.fiscal.position.tax", odoo.Search{
		Domain: odoo.Domain{odoo.Where("position_id", "=", id)}, Fields: []string{"tax_src_id", "tax_dest_id"}, Order: "id",
	})
	position := FiscalPosition{ID: id, Name: p.Name, Taxes: map[int64][]int64{}}
	for _, l := range lines {
		instead := position.Taxes[int64(l.From)]
		if l.To != 0 {
			instead = append(instead, int64(l.To))
		}
		position.Taxes[int64(l.From)] = instead
	}
	return position, true, err
}
