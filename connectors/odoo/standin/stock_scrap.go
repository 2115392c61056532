package standin

import "fmt"

// scrapMethods: what is thrown away. To validate it again throws it away again.
func scrapMethods() map[string]*method {
	return map[string]*method{
		"create": {class: true, params: []string{"vals_list!"}, run: func(c *call) (any, *refusal) {
			return c.created(func(vals map[string]any) (int64, *refusal) {
				kept, no := c.values(vals)
				if no != nil {
					return 0, no
				}
				kept["state"], kept["name"], kept["scrap_location_id"] = "draft", "New", c.s.placeOf("inventory")
				return c.s.insert("stock.scrap", 0, kept), nil
			})
		}},
		"action_validate": {run: func(c *call) (any, *refusal) { return c.scrap(true) }},
		"do_scrap":        {run: func(c *call) (any, *refusal) { return c.scrap(false) }},
	}
}

// scrap posts a scrap, whatever its state is. look has it ask first where there is too little.
func (c *call) scrap(look bool) (any, *refusal) {
	if no := c.require("write"); no != nil {
		return nil, no
	}
	for _, id := range c.ids {
		row := c.s.tables["stock.scrap"].rows[id]
		if row == nil {
			return nil, c.missing("stock.scrap", id)
		}
		product, location, quantity := idIn(row, "product_id"), idIn(row, "location_id"), number(row, "scrap_qty")
		if _, quant := c.s.quantOf(product, location); look && number(quant, "quantity") < quantity {
			return object{{"name", c.displayName("product.product", product) + ": Insufficient Quantity To Scrap"}, {"view_mode", "form"},
				{"res_model", "stock.warn.insufficient.qty.scrap"}, {"view_id", 976}, {"type", "ir.actions.act_window"},
				{"context", object{{"default_product_id", product}, {"default_location_id", location}, {"default_scrap_id", id}, {"default_quantity", quantity},
					{"default_product_uom_name", c.displayName("uom.uom", idIn(row, "product_uom_id"))}}}, {"target", "new"}}, nil
		}
		move := c.s.insert("stock.move", 0, Values{"scrap_id": id, "product_id": product, "product_uom": row["product_uom_id"], "quantity": quantity, "product_uom_qty": quantity,
			"location_id": location, "location_dest_id": row["scrap_location_id"], "origin": row["origin"]})
		c.s.post(c.s.tables["stock.move"].rows[move])
		t := c.s.tables["stock.scrap"]
		n := int64(0)
		for _, other := range t.rows {
			n = max(n, scrapNumber(other))
		}
		row["name"], row["state"], row["date_done"] = fmt.Sprintf("SP/%05d", n+1), "done", c.s.now().UTC().Format(stamp)
	}
	return true, nil
}

func scrapNumber(row Values) (n int64) {
	name, _ := row["name"].(string)
	_, _ = fmt.Sscanf(name, "SP/%d", &n)
	return n
}
