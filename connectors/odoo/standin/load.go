package standin

import (
	"fmt"
	"strconv"
)

// loadProducts is the import of products, one row a record: it creates a record under the external id of the row, or writes
// the one that has it. One bad row keeps all rows out, and the answer is a good one by its status.
func loadProducts(c *call) (any, *refusal) {
	fields, rows := textsOf(c.args["fields"]), c.args["data"]
	list, _ := rows.([]any)
	var records []Values
	for n, row := range list {
		v := Values{}
		for i, text := range textsOf(row) {
			if i >= len(fields) {
				break
			}
			if fields[i] == "list_price" {
				f, err := strconv.ParseFloat(text, 64)
				if err != nil {
					return loadRefused(n, object{{"type", "error"}, {"record", n}, {"field", fields[i]}, {"message", fmt.Sprintf("'%s' does not seem to be a number for field 'Sales Price'", text)}, {"field_name", "Sales Price"}}), nil
				}
				v[fields[i]] = f
				continue
			}
			v[fields[i]] = text
		}
		if no := c.require("create"); no != nil {
			return loadRefused(n, object{{"record", n}, {"type", "error"}, {"message", no.message}}), nil
		}
		if v["name"] == nil || v["name"] == "" {
			return loadRefused(n, object{{"record", n}, {"type", "error"}, {"message", "Missing required value for the field 'Name' (name).\nModel: Unknown\n" +
				"- create/update: a mandatory field is not set\n- delete: another model requires the record being deleted, you can archive it instead\n"}}), nil
		}
		records = append(records, v)
	}
	ids := []any{}
	for _, v := range records {
		ids = append(ids, c.loadProduct(v))
	}
	return object{{"ids", ids}, {"messages", []any{}}, {"nextrow", 0}}, nil
}

func loadRefused(record int, message object) object {
	rows := object{{"from", record}, {"to", record}}
	return object{{"ids", false}, {"messages", []any{append(object{{"rows", rows}}, message...)}}, {"nextrow", 0}}
}

func (c *call) loadProduct(v Values) int64 {
	external := v["id"]
	delete(v, "id")
	v["external"] = external
	if v["list_price"] != nil {
		v["lst_price"] = v["list_price"]
	}
	t := c.s.tables["product.product"]
	for _, id := range t.ids() {
		if row := t.rows[id]; row["external"] == external {
			kept := Values{}
			for name, value := range v {
				kept[name], _ = c.model.field(name).keep(value) // they were read from texts
			}
			c.set(row, kept)
			return id
		}
	}
	v["active"], v["sale_ok"], v["currency_id"], v["uom_id"] = true, true, 1, 1
	return c.s.insert("product.product", 0, v)
}

func textsOf(v any) []string {
	list, _ := v.([]any)
	texts := make([]string, 0, len(list))
	for _, e := range list {
		text, _ := e.(string)
		texts = append(texts, text)
	}
	return texts
}
