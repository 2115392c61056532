package coffee

import (
	"slices"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/odoo/standin"
)

// TestStockFindings: each thing that Odoo lacks for the stock is told by its code, in words
// that name it, and nothing is written by the test.
func TestStockFindings(t *testing.T) {
	t.Parallel()
	kit := func(p *pantry) { p.erp.AddKit(p.drinks["Espresso"], map[int64]float64{p.beans: 8}) }
	for _, tt := range []struct {
		code, says string
		spoil      func(p *pantry)
	}{
		{"", "", func(*pantry) {}},
		{"", "", kit},
		{"odoo_stock_module", "no Inventory", func(p *pantry) { p.erp.Set("ir.module.module", 2, standin.Values{"state": "uninstalled"}) }},
		{"odoo_stock", "nternal stock location is called", func(p *pantry) {
			p.erp.Set("stock.location", p.kitchen, standin.Values{"complete_name": "WH/Stock/Bar"})
		}},
		{"odoo_stock", "nternal stock location", func(p *pantry) {
			p.erp.Insert("stock.location", 0, standin.Values{"name": "x", "complete_name": kept, "usage": "internal", "active": true})
		}},
		{"odoo_stock_consumption", "type Production", func(p *pantry) { p.erp.Set("stock.location", p.production, standin.Values{"usage": "view"}) }},
		{"odoo_stock_operation", "internal transfers", func(p *pantry) { p.erp.Delete("stock.picking.type", 1) }},
		{"odoo_stock_ingredient", `"MILK-ML"`, func(p *pantry) { p.erp.Archive(p.milk, true) }},
		{"odoo_stock_ingredient", "2 products", func(p *pantry) { p.erp.AddIngredient("Other", "BEANS-G", 1) }},
		{"odoo_stock_storable", "Beans", func(p *pantry) { p.erp.Set("product.product", p.beans, standin.Values{"is_storable": false}) }},
		{"odoo_stock_storable", "lots", func(p *pantry) { p.erp.Set("product.product", p.beans, standin.Values{"tracking": "lot"}) }},
		{"odoo_stock_unit", "Units", func(p *pantry) { p.erp.Set("product.product", p.beans, standin.Values{"uom_id": 1}) }},
		{"odoo_stock_precision", "0.02 L", func(p *pantry) { p.erp.Set("product.product", p.milk, standin.Values{"uom_id": p.erp.Units()["L"]}) }},
		{"odoo_stock_rights", "create stock.picking, write stock.picking, create stock.quant", func(p *pantry) {
			p.erp.Set("res.users", 5, standin.Values{"groups": "pos product mrp maintenance"})
		}},
		{"odoo_stock_recipes", "Bill of Material", func(p *pantry) {
			p.erp.Set("res.users", 5, standin.Values{"groups": "pos product stock maintenance"})
		}},
		{"odoo_stock_operation", "from another place", func(p *pantry) {
			kit(p)
			p.erp.Set("stock.picking.type", p.sales, standin.Values{"default_location_src_id": p.production})
		}},
		{"odoo_stock_shared", `"Lobby"`, func(p *pantry) {
			kit(p)
			p.erp.Set("pos.config", p.erp.AddPOS("Lobby"), standin.Values{"picking_type_id": p.sales})
		}},
	} {
		t.Run(tt.code, func(t *testing.T) {
			p := newPantry(t)
			p.keep()
			tt.spoil(p)
			moves := len(p.erp.Moves())
			findings, err := p.b.test(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			findings = slices.DeleteFunc(findings, func(f connectors.Finding) bool { return !strings.Contains(f.Code, "stock") })
			if tt.code == "" && len(findings) == 0 {
				return
			}
			if len(findings) != 1 || findings[0].Code != tt.code || !strings.Contains(findings[0].Text, tt.says) || findings[0].Fix == "" {
				t.Errorf("want %q (%s): %+v", tt.code, tt.says, findings)
			}
			if n := len(p.erp.Moves()); n != moves {
				t.Errorf("the test made %d moves", n-moves)
			}
		})
	}
}
