package product

import (
	"context"
	"slices"

	"crema/connectors"
	"crema/connectors/odoo"
)

// A FiscalPosition puts other taxes in the place of a product's. The zero value is none: it changes nothing.
type FiscalPosition struct {
	ID    int64
	Name  string
	Taxes map[int64][]int64 // by the tax of the product, what stands for it: none, one or several
	None  bool              // a position without taxes leaves no tax at all
}

// Map gives the taxes that apply instead of these, each once. A tax that the position doesn't name stays.
func (p FiscalPosition) Map(taxes []int64) []int64 {
	if p.None {
		return nil
	}
	var mapped []int64
	for _, id := range taxes {
		instead, named := p.Taxes[id]
		if !named {
			instead = []int64{id}
		}
		for _, id := range instead {
			if !slices.Contains(mapped, id) {
				mapped = append(mapped, id)
			}
		}
	}
	return mapped
}

// FiscalPositions reads fiscal positions.
type FiscalPositions interface {
	// Read reads a position, archived or not; false: the user sees none of that id.
	Read(ctx context.Context, id int64) (FiscalPosition, bool, error)
}

const fiscalModel = "account.fiscal.position"

// FiscalRole is who reads fiscal positions, by the version of Odoo.
var FiscalRole = connectors.NewRole[FiscalPositions](fiscalModel, "reader")

// Provide registers what differs between the versions of Odoo. It is called once, by the connector that makes the
// calls of this package.
func Provide(r *connectors.Registry) {
	connectors.Provide(r, FiscalRole, odoo.Odoo19, newFiscal19)
	connectors.Provide(r, FiscalRole, odoo.Odoo18, newFiscal18)
}

// fiscalRecord is what both versions have; Taxes are ids of taxes in one, of lines in the other.
type fiscalRecord struct {
	Name  string  `json:"name"`
	Taxes []int64 `json:"tax_ids"`
}

func readFiscal(ctx context.Context, c *odoo.Client, id int64) (fiscalRecord, bool, error) {
	found, err := odoo.SearchRead[fiscalRecord](ctx, c, fiscalModel, odoo.Search{
		Domain: odoo.Domain{odoo.Where("id", "=", id)}, Fields: []string{"name", "tax_ids"}, Order: "id", Context: everyRecord(),
	})
	if err != nil || len(found) == 0 {
		return fiscalRecord{}, false, err
	}
	return found[0], true, nil
}

// everyRecord is the context of a search that finds archived records too.
func everyRecord() *odoo.Context {
	no := false
	return &odoo.Context{ActiveTest: &no}
}
