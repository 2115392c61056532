package standin

import (
	"maps"
	"slices"
)

// A Warehouse is where ingredients are kept, and where they go.
type Warehouse struct {
	Stock       int64 // its location, "WH/Stock"
	Consumption int64 // where what is used goes: usage "production"
	Internal    int64 // its operation type of transfers within, archived as Odoo has it at first
	Sales       int64 // the operation type of its points of sale
}

// AddWarehouse adds the first warehouse of the company with its locations and operation types. A stand-in has none by
// itself.
func (s *Server) AddWarehouse() Warehouse {
	place := func(name, complete, usage string, warehouse int64) int64 {
		return s.Insert("stock.location", 0, Values{"name": name, "complete_name": complete, "usage": usage, "warehouse_id": warehouse, "company_id": 1, "active": true})
	}
	warehouse := s.Insert("stock.warehouse", 0, Values{"name": "My Company", "code": "WH", "company_id": 1})
	s.Insert("stock.location", 0, Values{"name": "Customers", "complete_name": "Customers", "usage": "customer", "active": true})
	place("Inventory adjustment", "Inventory adjustment", "inventory", 0)
	w := Warehouse{Stock: place("Stock", "WH/Stock", "internal", warehouse), Consumption: place("Production", "Production", "production", 0)}
	w.Internal = s.Insert("stock.picking.type", 0, Values{"name": "Internal Transfers", "code": "internal", "warehouse_id": warehouse, "company_id": 1, "prefix": "WH/INT/"})
	w.Sales = s.AddSaleType("PoS Orders", w.Stock)
	return w
}

// AddSaleType adds an operation type for points of sale that takes from a location.
func (s *Server) AddSaleType(name string, from int64) int64 {
	return s.Insert("stock.picking.type", 0, Values{"name": name, "code": "outgoing", "company_id": 1, "active": true, "prefix": "WH/POS/", "default_location_src_id": from})
}

// AddLocation adds a location within the stock of the first warehouse.
func (s *Server) AddLocation(name string) int64 {
	s.mu.Lock()
	parent := s.placeOf("internal")
	warehouse := idIn(s.tables["stock.location"].rows[parent], "warehouse_id")
	s.mu.Unlock()
	return s.Insert("stock.location", 0, Values{"name": name, "complete_name": "WH/Stock/" + name, "usage": "internal", "location_id": parent,
		"warehouse_id": warehouse, "company_id": 1, "active": true})
}

// AddIngredient adds a product that is kept in stock, in one of the [Units].
func (s *Server) AddIngredient(name, code string, unit int64) int64 {
	id := s.Insert("product.product", 0, Values{"name": name, "default_code": code, "active": true, "is_storable": true, "tracking": "none", "uom_id": unit, "currency_id": 1})
	s.Set("product.product", id, Values{"product_tmpl_id": id})
	return id
}

// Units are those that ingredients are kept in, by name: "g", "kg", "Units", "L", and in Odoo 19 "ml". They are added
// when they are asked for first.
func (s *Server) Units() map[string]int64 {
	units := map[string]int64{}
	s.mu.Lock()
	for id, row := range s.tables["uom.uom"].rows {
		if external, _ := row["external"].(string); external != "" {
			name, _ := row["name"].(map[string]string)
			units[name["en_US"]] = id
		}
	}
	s.mu.Unlock()
	if len(units) > 0 {
		return units
	}
	s.Set("uom.uom", 1, Values{"external": "uom.product_uom_unit", "factor": 1.0, "relative_factor": 1.0, "category_id": 1})
	units["Units"] = 1
	add := func(name, external string, v Values) {
		v["name"], v["external"], v["active"] = name, external, true
		units[name] = s.Insert("uom.uom", 0, v)
	}
	if s.major() < 19 {
		add("g", "uom.product_uom_gram", Values{"category_id": 2, "factor": 1000.0, "uom_type": "smaller", "rounding": 0.01})
		add("kg", "uom.product_uom_kgm", Values{"category_id": 2, "factor": 1.0, "uom_type": "reference", "rounding": 0.01})
		add("L", "uom.product_uom_litre", Values{"category_id": 6, "factor": 1.0, "uom_type": "reference", "rounding": 0.01})
		return units
	}
	add("g", "uom.product_uom_gram", Values{"factor": 1.0, "relative_factor": 1.0})
	add("ml", "uom.product_uom_milliliter", Values{"factor": 1.0, "relative_factor": 1.0})
	add("kg", "uom.product_uom_kgm", Values{"factor": 1000.0, "relative_factor": 1000.0, "relative_uom_id": units["g"]})
	add("L", "uom.product_uom_litre", Values{"factor": 1000.0, "relative_factor": 1000.0, "relative_uom_id": units["ml"]})
	return units
}

// SetPrecision sets how many digits quantities have; 2 is Odoo's own.
func (s *Server) SetPrecision(digits int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range s.tables["decimal.precision"].rows {
		row["digits"] = digits
	}
}

// AddKit gives a drink a recipe, by ingredient, in the ingredient's unit: its sale consumes them.
func (s *Server) AddKit(drink int64, recipe map[int64]float64) int64 {
	s.Set("product.product", drink, Values{"product_tmpl_id": drink})
	bom := s.Insert("mrp.bom", 0, Values{"type": "phantom", "active": true, "product_tmpl_id": drink})
	lines := []int64{}
	for _, ingredient := range slices.Sorted(maps.Keys(recipe)) {
		lines = append(lines, s.Insert("mrp.bom.line", 0, Values{"bom_id": bom, "product_id": ingredient, "product_qty": recipe[ingredient]}))
	}
	s.Set("mrp.bom", bom, Values{"bom_line_ids": lines})
	return bom
}

// Stock is how much a location holds of a product, in the product's unit.
func (s *Server) Stock(product, location int64) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range s.tables["stock.quant"].rows {
		if row["product_id"] == product && row["location_id"] == location {
			return number(row, "quantity")
		}
	}
	return 0
}

// A Move of a product from one place to another.
type Move struct {
	Product, From, To int64
	Quantity          float64
	State             string
	Origin            string // its transfer's
}

// Moves lists what was moved and what is to be, by id.
func (s *Server) Moves() []Move {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Move
	t := s.tables["stock.move"]
	for _, id := range t.ids() {
		row := t.rows[id]
		m := Move{Product: idIn(row, "product_id"), From: idIn(row, "location_id"), To: idIn(row, "location_dest_id"), Quantity: number(row, "quantity")}
		m.State, _ = row["state"].(string)
		m.Origin, _ = s.tables["stock.picking"].rows[idIn(row, "picking_id")]["origin"].(string)
		all = append(all, m)
	}
	return all
}
