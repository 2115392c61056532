package standin

import "fmt"

// stockModels are those of the inventory, and the recipes of kits.
func stockModels() []*model {
	stockUser := right{groups: []string{"stock", "stock_manager"}, labels: []string{"Inventory/User"}}
	manufacturing := right{groups: []string{"mrp", "admin"}, labels: []string{"Manufacturing/Administrator", "Manufacturing/User"}}
	all := map[string]right{"read": stockUser, "write": stockUser, "create": stockUser}
	return []*model{
		{name: "decimal.precision", title: "Decimal Precision", fields: join(text("name"), fieldsOf(integer, []string{"digits"}))},
		{name: "stock.warehouse", title: "Warehouse", rights: map[string]right{"read": stockUser}, fields: join(text("name", "code"), ref("company_id", "res.company"))},
		{name: "stock.location", title: "Inventory Locations", order: "complete_name,id", fields: join(
			text("name", "complete_name", "usage"), ref("location_id", "stock.location"), ref("warehouse_id", "stock.warehouse"), ref("company_id", "res.company"),
			fieldsOf(boolean, []string{"active"}), one(field{name: "display_name", compute: func(_ *call, _ int64, row Values) any { return row["complete_name"] }}))},
		{name: "stock.picking.type", title: "Picking Type", fields: join(
			one(field{name: "name", translated: true}), text("code"), fieldsOf(boolean, []string{"active"}), ref("warehouse_id", "stock.warehouse"), ref("company_id", "res.company"),
			ref("default_location_src_id", "stock.location"), ref("default_location_dest_id", "stock.location"),
			one(field{name: "prefix", hidden: true}), one(field{name: "next", typ: integer, hidden: true}))},
		{name: "stock.picking", title: "Transfer", order: "id desc", rights: all, methods: transferMethods(), fields: join(
			text("name", "state", "origin"), ref("picking_type_id", "stock.picking.type"), ref("location_id", "stock.location"), ref("location_dest_id", "stock.location"),
			fieldsOf(datetime, []string{"date_done", "create_date", "write_date"}), ref("backorder_id", "stock.picking"), ref("company_id", "res.company"),
			one(field{name: "move_ids", typ: many2any, relation: "stock.move", compute: movesOf("picking_id")}), one(field{name: "external", hidden: true}))},
		{name: "stock.move", title: "Stock Move", rights: all, methods: moveMethods(), fields: join(
			text("state", "origin", "reference"), ref("picking_id", "stock.picking"), ref("scrap_id", "stock.scrap"), ref("product_id", "product.product"), ref("product_uom", "uom.uom"),
			ref("location_id", "stock.location"), ref("location_dest_id", "stock.location"), fieldsOf(float, []string{"product_uom_qty", "quantity"}),
			fieldsOf(boolean, []string{"picked"}), fieldsOf(datetime, []string{"date", "create_date", "write_date"}),
			text("name"), one(field{name: "external", hidden: true}))},
		{name: "stock.move.line", title: "Product Moves (Stock Move Line)", rights: all, methods: lineMethods(), fields: join(
			ref("picking_id", "stock.picking"), ref("move_id", "stock.move"), ref("product_id", "product.product"), ref("product_uom_id", "uom.uom"),
			ref("location_id", "stock.location"), ref("location_dest_id", "stock.location"), fieldsOf(float, []string{"quantity"}), fieldsOf(boolean, []string{"picked"}))},
		{name: "stock.quant", title: "Quants", rights: map[string]right{"read": anyUser, "write": stockUser, "create": stockUser}, methods: quantMethods(), fields: join(
			ref("product_id", "product.product"), ref("location_id", "stock.location"), fieldsOf(float, []string{"quantity", "reserved_quantity", "inventory_quantity"}),
			fieldsOf(boolean, []string{"inventory_quantity_set"}), fieldsOf(datetime, []string{"write_date", "create_date"}),
			one(field{name: "available_quantity", typ: float, compute: func(_ *call, _ int64, row Values) any {
				return number(row, "quantity") - number(row, "reserved_quantity")
			}}),
			one(field{name: "inventory_quantity_auto_apply", typ: float, compute: func(_ *call, _ int64, row Values) any { return row["quantity"] }}),
			one(field{name: "product_uom_id", typ: many2one, relation: "uom.uom", compute: func(c *call, _ int64, row Values) any { return c.s.unitOf(idIn(row, "product_id")) }}))},
		{name: "stock.scrap", title: "Scrap", rights: all, methods: scrapMethods(), fields: join(
			text("name", "state", "origin"), ref("product_id", "product.product"), ref("product_uom_id", "uom.uom"), ref("location_id", "stock.location"),
			ref("scrap_location_id", "stock.location"), fieldsOf(float, []string{"scrap_qty"}), fieldsOf(datetime, []string{"date_done"}),
			one(field{name: "move_ids", typ: many2any, relation: "stock.move", compute: movesOf("scrap_id")}))},
		{name: "mrp.bom", title: "Bill of Material", rights: map[string]right{"read": manufacturing}, fields: join(
			text("type"), fieldsOf(boolean, []string{"active"}), ref("product_tmpl_id", ""), ref("product_id", "product.product"), ref("company_id", "res.company"),
			fieldsOf(many2any, []string{"bom_line_ids"}))},
		{name: "mrp.bom.line", title: "Bill of Material Line", rights: map[string]right{"read": manufacturing}, fields: join(
			ref("bom_id", "mrp.bom"), ref("product_id", "product.product"), fieldsOf(float, []string{"product_qty"}))},
	}
}

// movesOf gives the moves that name a record in one of their fields.
func movesOf(name string) func(c *call, id int64, _ Values) any {
	return func(c *call, id int64, _ Values) any {
		found := []int64{}
		t := c.s.tables["stock.move"]
		for _, move := range t.ids() {
			if t.rows[move][name] == id {
				found = append(found, move)
			}
		}
		return found
	}
}

func number(row Values, name string) float64 {
	n, _ := row[name].(float64)
	return n
}

func idIn(row Values, name string) int64 {
	id, _ := row[name].(int64)
	return id
}

// nextName takes the next number of an operation type, such as "WH/INT/00001".
func (s *Server) nextName(kind int64) string {
	row := s.tables["stock.picking.type"].rows[kind]
	if row == nil {
		return ""
	}
	n, _ := row["next"].(int64)
	row["next"] = n + 1
	return fmt.Sprintf("%s%05d", row["prefix"], n+1)
}

// created makes the records of a create, given as one or as a list, all or none.
func (c *call) created(one func(vals map[string]any) (int64, *refusal)) (any, *refusal) {
	if no := c.require("create"); no != nil {
		return nil, no
	}
	list, ok := c.args["vals_list"].([]any)
	if !ok {
		list = []any{c.args["vals_list"]}
	}
	ids := []int64{}
	for _, v := range list {
		vals, _ := v.(map[string]any)
		id, no := one(vals)
		if no != nil {
			return nil, no
		}
		ids = append(ids, id)
	}
	return ids, nil
}
