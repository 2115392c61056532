package standin_test

import "crema/connectors/odoo/standin"

// stockServer is the server of the captures about counts and transfers: two ingredients, one more in kg, the machine's
// location (15) and where what is used goes (16).
func stockServer(s *standin.Server) {
	keys(s)
	unit := func(id int64, name string, v standin.Values) {
		s.Insert("uom.uom", id, merge(standin.Values{"name": name, "factor": 1.0, "relative_factor": 1.0, "rounding": 0.01, "active": true}, v))
	}
	unit(1, "Units", nil)
	for id, name := range map[int64]string{4: "Hours", 7: "mm", 8: "cm", 11: "m²", 12: "ml", 15: "g", 30: "KWH"} {
		unit(id, name, nil)
	}
	s.Delete("uom.uom", 8) // not among the captured ones; m refers to it
	unit(6, "Minutes", standin.Values{"factor": 0.0166667, "relative_factor": 0.0166667, "relative_uom_id": 4})
	unit(2, "Pack of 6", standin.Values{"factor": 6.0, "relative_factor": 6.0, "relative_uom_id": 1})
	unit(5, "Days", standin.Values{"factor": 8.0, "relative_factor": 8.0, "relative_uom_id": 4})
	unit(13, "L", standin.Values{"factor": 1000.0, "relative_factor": 1000.0, "relative_uom_id": 12})
	unit(16, "kg", standin.Values{"factor": 1000.0, "relative_factor": 1000.0, "relative_uom_id": 15})
	unit(9, "m", standin.Values{"factor": 1000.0, "relative_factor": 100.0, "relative_uom_id": 8})
	unit(17, "Ton", standin.Values{"factor": 1e6, "relative_factor": 1000.0, "relative_uom_id": 16})
	for i, name := range []string{"Product Unit", "Percentage Analytic", "Product Price", "Discount", "Stock Weight", "Volume", "Payment Terms"} {
		digits := 2
		if name == "Payment Terms" {
			digits = 6
		}
		s.Insert("decimal.precision", int64(i+1), standin.Values{"name": name, "digits": digits})
	}
	for id, v := range map[int64]standin.Values{
		2: {"complete_name": "Customers", "usage": "customer"}, 11: {"complete_name": "Inventory adjustment", "usage": "inventory"},
		15: {"complete_name": "WH/Stock/Machine CM-001", "usage": "internal"}, 16: {"complete_name": "Coffee consumption", "usage": "production"},
	} {
		v["active"] = true
		s.Insert("stock.location", id, v)
	}
	s.Insert("stock.picking.type", 7, standin.Values{"name": "Internal Transfers", "code": "internal", "prefix": "WH/INT/"})
	stored := standin.Values{"is_storable": true}
	product(s, 3, "Espresso", "ESP-1", 1.8, nil)
	product(s, 14, "Coffee beans", "BEANS", 0, merge(stored, standin.Values{"uom_id": 16}))
	product(s, 16, "Coffee beans", "BEANS-G", 0, merge(stored, standin.Values{"uom_id": 15}))
	product(s, 17, "Milk", "MILK-ML", 0, merge(stored, standin.Values{"uom_id": 12}))
	burn(s, "stock.quant", 6)
}

func counted(s *standin.Server, beans, milk float64) {
	for id, n := range map[int64]float64{7: beans, 8: milk} {
		s.Set("stock.quant", id, standin.Values{"inventory_quantity": n, "inventory_quantity_set": true})
	}
}

// draft puts in a transfer of one move, as somebody did between the captures.
func draft(s *standin.Server, id int64, quantity float64) {
	s.Insert("stock.picking", id, standin.Values{"name": "x", "state": "draft", "picking_type_id": 7})
	s.Insert("stock.move", 0, standin.Values{"picking_id": id, "product_id": 16, "product_uom": 15, "product_uom_qty": 10.0, "quantity": quantity,
		"location_id": 15, "location_dest_id": 16, "state": "draft"})
}

func stockScenarios() []scenario {
	return []scenario{
		{name: "units and digits", seed: stockServer, steps: []any{"json2-uom-search_read", "=decimal-precision", "=load-get_external_id"}},
		{name: "counts", seed: stockServer, steps: []any{
			"=stock-quant-create-inventory", "=stock-quant-create-inventory-mgr", "=stock-quant-apply", "=stock-quant-read", "=stock-quant-apply-again", "=stock-quant-read-after-again",
			func(s *standin.Server) { counted(s, 5000, 10000) }, "=stock-quant-recount-apply",
			"=stock-quant-auto-apply", "=stock-quant-auto-apply-again", "=stock-quant-write-auto-apply", "=stock-quant-auto-apply-bot", "=stock-quant-apply-bot",
		}},
		{name: "scraps", seed: func(s *standin.Server) {
			stockServer(s)
			s.Insert("stock.quant", 7, standin.Values{"product_id": 16, "location_id": 15, "quantity": 5000.0})
			burn(s, "stock.scrap", 2)
			burn(s, "stock.move", 13)
			s.Insert("stock.scrap", 1, standin.Values{"name": "SP/00001", "state": "done"})
		}, steps: []any{
			"=stock-scrap-create", "=stock-scrap-validate", "=stock-scrap-read", "=stock-scrap-validate-again", "=stock-scrap-read-after-again",
			func(s *standin.Server) {
				s.Insert("stock.scrap", 4, standin.Values{"product_id": 16, "product_uom_id": 15, "location_id": 15, "scrap_qty": 50000.0, "scrap_location_id": 11, "state": "draft"})
			},
			"=stock-scrap-insufficient", "=stock-scrap-do_scrap",
		}},
		{name: "transfers", seed: func(s *standin.Server) {
			stockServer(s)
			burn(s, "stock.picking", 3)
			burn(s, "stock.move", 16)
		}, steps: []any{
			"=stock-picking-create", "=stock-picking-validate", "=stock-picking-read", "=stock-move-read", "=stock-picking-validate-again",
			func(s *standin.Server) { draft(s, 5, 0); draft(s, 6, 4) },
			"=stock-picking-validate-no-quantity", "=stock-picking-validate-partial", "=stock-picking-validate-partial-skip",
			func(s *standin.Server) { burn(s, "stock.move", 20) }, "=stock-move-create-bare", "=stock-move-write-done", "stock-move-action_done",
			func(s *standin.Server) { burn(s, "stock.move.line", 21) }, "=stock-move-line-add-to-done",
		}},
		{name: "transfers by the import", seed: func(s *standin.Server) {
			stockServer(s)
			burn(s, "stock.picking", 9)
		}, steps: []any{"=load-stock-picking", "=load-stock-picking-again", "=load-stock-picking-validate", "=load-stock-picking-after-done"}},
		{name: "18 g of a product in kg", seed: func(s *standin.Server) {
			stockServer(s)
			s.Insert("stock.quant", 1, standin.Values{"product_id": 14, "location_id": 15, "quantity": 5.0})
			s.Insert("stock.picking", 4, standin.Values{"name": "x", "state": "draft", "picking_type_id": 7})
			s.Insert("stock.move", 1, standin.Values{"picking_id": 4, "product_id": 14, "product_uom": 15, "product_uom_qty": 18.0, "location_id": 15, "location_dest_id": 16})
		}, steps: []any{"=stock-picking-validate", "=stock-quant-rounding-kg"}},
		{name: "the moves of a kit", seed: func(s *standin.Server) {
			stockServer(s)
			for id, v := range map[int64]standin.Values{60: {"product_id": 16, "product_uom": 15, "quantity": 18.0}, 61: {"product_id": 17, "product_uom": 12, "quantity": 120.0}} {
				s.Insert("stock.move", id, merge(v, standin.Values{"picking_id": 29, "state": "done", "location_id": 15, "location_dest_id": 2, "reference": "WH/POS/00019"}))
			}
		}, steps: []any{"=pos-kit-moves"}},
	}
}
