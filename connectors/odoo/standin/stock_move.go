package standin

import (
	"math"

	"github.com/shopspring/decimal"
)

// quantityPrecision is what Odoo calls the precision of quantities.
func (s *Server) quantityPrecision() string {
	if s.major() < 19 {
		return "Product Unit of Measure"
	}
	return "Product Unit"
}

// precision is how many digits quantities have.
func (s *Server) precision() int32 {
	for _, row := range s.tables["decimal.precision"].rows {
		if row["name"] == s.quantityPrecision() {
			digits, _ := row["digits"].(int64)
			return int32(digits)
		}
	}
	return 2
}

func (s *Server) unitOf(product int64) int64 {
	return idIn(s.tables["product.product"].rows[product], "uom_id")
}

// inUnitOf gives a quantity in the product's own unit, rounded to the precision of quantities: 18 g of a product that
// is kept in kg are 0.02.
func (s *Server) inUnitOf(product int64, quantity float64, unit int64) float64 {
	size := func(unit int64) float64 {
		factor := number(s.tables["uom.uom"].rows[unit], "factor")
		switch {
		case factor == 0:
			return 1
		case s.major() < 19:
			return 1 / factor
		}
		return factor
	}
	if own := s.unitOf(product); unit != 0 && own != unit {
		quantity = quantity * size(unit) / size(own)
	}
	return s.rounded(quantity)
}

func (s *Server) rounded(quantity float64) float64 {
	return decimal.NewFromFloat(quantity).Round(s.precision()).InexactFloat64()
}

// quantOf finds the record of what a location holds of a product; it is made where there is none.
func (s *Server) quantOf(product, location int64) (int64, Values) {
	t := s.tables["stock.quant"]
	for _, id := range t.ids() {
		if row := t.rows[id]; row["product_id"] == product && row["location_id"] == location {
			return id, row
		}
	}
	id := s.insert("stock.quant", 0, Values{"product_id": product, "location_id": location})
	return id, t.rows[id]
}

// post moves a quantity, in the unit given, and notes the move as done. Less than there is may be left: it goes below 0.
func (s *Server) post(move Values) {
	product, unit := idIn(move, "product_id"), idIn(move, "product_uom")
	quantity := s.inUnitOf(product, number(move, "quantity"), unit)
	now := s.now().UTC().Format(stamp)
	for _, side := range []struct {
		location string
		by       float64
	}{{"location_id", -quantity}, {"location_dest_id", quantity}} {
		location := idIn(move, side.location)
		if s.tables["stock.location"].rows[location]["usage"] != "internal" {
			continue // what is kept of places that are none is of no use here
		}
		_, quant := s.quantOf(product, location)
		quant["quantity"], quant["write_date"] = s.rounded(number(quant, "quantity")+side.by), now
	}
	move["state"], move["date"], move["picked"] = "done", now, true
}

// correct sets what a location holds, by a move from or to the place of inventory losses. Nothing is moved where it
// holds that already.
func (s *Server) correct(quant Values, to float64) {
	by := s.rounded(to) - number(quant, "quantity")
	if math.Abs(by) < 1e-9 {
		return
	}
	from, dest := s.placeOf("inventory"), idIn(quant, "location_id")
	if by < 0 {
		from, dest = dest, from
	}
	product := idIn(quant, "product_id")
	id := s.insert("stock.move", 0, Values{"product_id": product, "product_uom": s.unitOf(product), "quantity": math.Abs(by), "product_uom_qty": math.Abs(by),
		"location_id": from, "location_dest_id": dest, "reference": "Product Quantity Updated"})
	s.post(s.tables["stock.move"].rows[id])
	quant["quantity"] = s.rounded(to)
}

// placeOf is the first location of a usage.
func (s *Server) placeOf(usage string) int64 {
	t := s.tables["stock.location"]
	for _, id := range t.ids() {
		if t.rows[id]["usage"] == usage {
			return id
		}
	}
	return 0
}

func moveMethods() map[string]*method {
	return map[string]*method{
		"create": {class: true, params: []string{"vals_list!"}, run: func(c *call) (any, *refusal) {
			return c.created(func(vals map[string]any) (int64, *refusal) {
				kept, no := c.values(vals)
				if no != nil {
					return 0, no
				}
				kept["state"] = "draft"
				return c.s.insert("stock.move", 0, kept), nil
			})
		}},
		"write": {params: []string{"vals!"}, run: write}, // a state of "done" is taken, and nothing is moved
	}
}

// lineMethods: a line that is put into a transfer that is done is moved at once, and each time again.
func lineMethods() map[string]*method {
	return map[string]*method{"create": {class: true, params: []string{"vals_list!"}, run: func(c *call) (any, *refusal) {
		return c.created(func(vals map[string]any) (int64, *refusal) {
			kept, no := c.values(vals)
			if no != nil {
				return 0, no
			}
			if picking := c.s.tables["stock.picking"].rows[idIn(kept, "picking_id")]; picking["state"] == "done" {
				move := c.s.insert("stock.move", 0, Values{"picking_id": kept["picking_id"], "product_id": kept["product_id"], "product_uom": kept["product_uom_id"],
					"quantity": kept["quantity"], "location_id": kept["location_id"], "location_dest_id": kept["location_dest_id"], "reference": picking["name"]})
				c.s.post(c.s.tables["stock.move"].rows[move])
				kept["move_id"] = move
			}
			return c.s.insert("stock.move.line", 0, kept), nil
		})
	}}}
}

// consumeKit moves what the recipe of a drink says, when a point of sale books it.
func (s *Server) consumeKit(config Values, product int64) {
	template := idIn(s.tables["product.product"].rows[product], "product_tmpl_id")
	from := idIn(s.tables["stock.picking.type"].rows[idIn(config, "picking_type_id")], "default_location_src_id")
	boms := s.tables["mrp.bom"]
	for _, id := range boms.ids() {
		bom := boms.rows[id]
		if of := idIn(bom, "product_id"); bom["type"] != "phantom" || bom["active"] != true || template == 0 || idIn(bom, "product_tmpl_id") != template || of != 0 && of != product {
			continue
		}
		lines, _ := bom["bom_line_ids"].([]int64)
		for _, l := range lines {
			line := s.tables["mrp.bom.line"].rows[l]
			of := idIn(line, "product_id")
			move := s.insert("stock.move", 0, Values{"product_id": of, "product_uom": s.unitOf(of), "quantity": line["product_qty"], "product_uom_qty": line["product_qty"],
				"location_id": from, "location_dest_id": s.placeOf("customer"), "reference": "WH/POS"})
			s.post(s.tables["stock.move"].rows[move])
		}
		return
	}
}
