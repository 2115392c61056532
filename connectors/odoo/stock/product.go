package stock

import (
	"context"

	"crema/connectors/odoo"
)

// A Product is an ingredient as the inventory has it.
type Product struct {
	ID       int64       `json:"id"`
	Name     odoo.String `json:"display_name"`
	Code     odoo.String `json:"default_code"`
	Unit     odoo.ID     `json:"uom_id"`      // that it is kept in
	Storable bool        `json:"is_storable"` // its quantity is kept track of
	Tracking odoo.String `json:"tracking"`    // "none", or by "lot" or "serial" number
}

// ByCodes reads the active products with these codes (default_code), by id. Odoo lets several have one.
func ByCodes(ctx context.Context, c *odoo.Client, codes []string) ([]Product, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	code := false
	return odoo.SearchRead[Product](ctx, c, "product.product", odoo.Search{
		Domain: odoo.Domain{odoo.Where("default_code", "in", codes)},
		Fields: []string{"display_name", "default_code", "uom_id", "is_storable", "tracking"}, Order: "id",
		Context: &odoo.Context{DisplayCode: &code}})
}

// Kits are those of the products whose recipe Odoo knows, so that a sale takes their ingredients: those with a bill of
// materials of the type "phantom". Bills of materials are those of the module mrp ([Installed]); a user who may not read
// them gets [odoo.Denied].
func Kits(ctx context.Context, c *odoo.Client, products []int64) (map[int64]bool, error) {
	kits := map[int64]bool{}
	if len(products) == 0 {
		return kits, nil
	}
	all := false
	variants, err := odoo.SearchRead[struct {
		ID       int64   `json:"id"`
		Template odoo.ID `json:"product_tmpl_id"`
	}](ctx, c, "product.product", odoo.Search{Domain: odoo.Domain{odoo.Where("id", "in", products)}, Fields: []string{"product_tmpl_id"}, Order: "id",
		Context: &odoo.Context{ActiveTest: &all}})
	if err != nil {
		return nil, err
	}
	var templates []int64
	for _, v := range variants {
		templates = append(templates, int64(v.Template))
	}
	recipes, err := odoo.SearchRead[struct {
		Template odoo.ID `json:"product_tmpl_id"`
		Product  odoo.ID `json:"product_id"` // 0: of all variants
	}](ctx, c, "mrp.bom", odoo.Search{Domain: odoo.Domain{odoo.Where("type", "=", "phantom"), odoo.Where("product_tmpl_id", "in", templates)},
		Fields: []string{"product_tmpl_id", "product_id"}, Order: "id"})
	if err != nil {
		return nil, err
	}
	for _, v := range variants {
		for _, r := range recipes {
			if r.Template == v.Template && (r.Product == 0 || int64(r.Product) == v.ID) {
				kits[v.ID] = true
			}
		}
	}
	return kits, nil
}

// Installed tells whether a module of Odoo is installed.
func Installed(ctx context.Context, c *odoo.Client, module string) (bool, error) {
	found, err := odoo.SearchRead[struct {
		ID int64 `json:"id"`
	}](ctx, c, "ir.module.module", odoo.Search{Domain: odoo.Domain{odoo.Where("name", "=", module), odoo.Where("state", "=", "installed")}, Fields: []string{"id"}})
	return len(found) > 0, err
}

// SoldAs tells which product each line of an order is of, by the line's uuid; those that Odoo has not are left out.
func SoldAs(ctx context.Context, c *odoo.Client, lines []string) (map[string]int64, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	found, err := odoo.SearchRead[struct {
		UUID    string  `json:"uuid"`
		Product odoo.ID `json:"product_id"`
	}](ctx, c, "pos.order.line", odoo.Search{Domain: odoo.Domain{odoo.Where("uuid", "in", lines)}, Fields: []string{"uuid", "product_id"}})
	sold := make(map[string]int64, len(found))
	for _, l := range found {
		sold[l.UUID] = int64(l.Product)
	}
	return sold, err
}
