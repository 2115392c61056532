package standin

// quantMethods: counts.
func quantMethods() map[string]*method {
	return map[string]*method{
		"create": {class: true, params: []string{"vals_list!"}, run: func(c *call) (any, *refusal) {
			return c.created(func(vals map[string]any) (int64, *refusal) {
				// It finds the record that is there: to create is to set.
				product, _ := toInt(vals["product_id"])
				location, _ := toInt(vals["location_id"])
				if c.s.tables["product.product"].rows[product] == nil || c.s.tables["stock.location"].rows[location] == nil {
					return 0, c.missingValue("Product", "product_id")
				}
				id, row := c.s.quantOf(product, location)
				return id, c.countQuant(row, vals)
			})
		}},
		"write": {params: []string{"vals!"}, run: func(c *call) (any, *refusal) {
			if no := c.require("write"); no != nil {
				return nil, no
			}
			vals, _ := c.args["vals"].(map[string]any)
			for _, id := range c.ids {
				row := c.s.tables["stock.quant"].rows[id]
				if row == nil {
					return nil, c.missing("stock.quant", id)
				}
				if no := c.countQuant(row, vals); no != nil {
					return nil, no
				}
			}
			return true, nil
		}},
		"action_apply_inventory": {run: applyInventory},
	}
}

// countQuant takes what was counted: to be applied later, or at once.
func (c *call) countQuant(row Values, vals map[string]any) *refusal {
	_, later := vals["inventory_quantity"]
	_, atOnce := vals["inventory_quantity_auto_apply"]
	if !c.inventoryMode && (later || atOnce) {
		return userError("Quant's creation is restricted, you can't do this operation.")
	}
	if n, ok := toFloat(vals["inventory_quantity"]); ok && later {
		row["inventory_quantity"], row["inventory_quantity_set"] = n, true
	}
	if n, ok := toFloat(vals["inventory_quantity_auto_apply"]); ok && atOnce {
		c.s.correct(row, n)
		row["write_date"] = c.s.now().UTC().Format(stamp)
	}
	return nil
}

// applyInventory sets quants to what was counted. Odoo 19 takes one that was not counted for counted as nothing; 18
// leaves it alone.
func applyInventory(c *call) (any, *refusal) {
	if no := c.require("write"); no != nil {
		return nil, no
	}
	for _, id := range c.ids {
		row := c.s.tables["stock.quant"].rows[id]
		if row == nil {
			return nil, c.missing("stock.quant", id)
		}
		if row["inventory_quantity_set"] == true || c.s.major() >= 19 {
			c.s.correct(row, number(row, "inventory_quantity"))
		}
		row["inventory_quantity"], row["inventory_quantity_set"] = 0.0, false
		row["write_date"] = c.s.now().UTC().Format(stamp)
	}
	return nil, nil
}
