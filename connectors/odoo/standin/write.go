package standin

import "fmt"

// write sets fields of the call's records. Without ids it does nothing and is content.
func write(c *call) (any, *refusal) {
	if no := c.require("write"); no != nil {
		return nil, no
	}
	vals, _ := c.args["vals"].(map[string]any)
	kept, no := c.values(vals)
	if no != nil {
		return nil, no
	}
	t := c.s.tables[c.model.name]
	for _, id := range c.ids {
		if t.rows[id] == nil {
			return nil, c.missing(c.model.name, id)
		}
	}
	for _, id := range c.ids {
		c.set(t.rows[id], kept)
	}
	return true, nil
}

// values checks the values of a write or create.
func (c *call) values(vals map[string]any) (Values, *refusal) {
	kept := Values{}
	for name, v := range vals {
		f := c.model.visible(name)
		if f == nil || f.compute != nil {
			return nil, valueError(fmt.Sprintf("Invalid field '%s' in '%s'", name, c.model.name))
		}
		k, err := f.keep(v)
		if err != nil {
			return nil, valueError(err.Error())
		}
		if f.required && (v == nil || v == false || v == "") {
			return nil, c.missingValue(name, name)
		}
		kept[name] = k
	}
	return kept, nil
}

// set writes checked values; a text of a translated field is that of the call's language alone.
func (c *call) set(row, kept Values) {
	for name, v := range kept {
		texts, ok := v.(map[string]string)
		if old, isOld := row[name].(map[string]string); ok && isOld {
			texts = merged(old, c.lang, texts["en_US"])
			v = texts
		}
		row[name] = v
	}
	if c.model.field("write_date") != nil {
		row["write_date"] = c.s.now().UTC().Format(stamp)
	}
}

func merged(old map[string]string, lang, text string) map[string]string {
	texts := map[string]string{lang: text}
	for l, t := range old {
		if l != lang {
			texts[l] = t
		}
	}
	if texts["en_US"] == "" {
		texts["en_US"] = text
	}
	return texts
}

func (c *call) missing(modelName string, id int64) *refusal {
	return refuse(404, "odoo.exceptions.MissingError", fmt.Sprintf("Record does not exist or has been deleted.\n(Record: %s(%d,), User: %d)", modelName, id, c.user))
}

func (c *call) missingValue(label, name string) *refusal {
	return validationError(fmt.Sprintf("The operation cannot be completed: Missing required value for the field '%s' (%s).\nModel: '%s' (%s)\n"+
		"- create/update: a mandatory field is not set\n- delete: another model requires the record being deleted, you can archive it instead\n",
		label, name, c.model.title, c.model.name))
}

func productMethods() map[string]*method {
	return map[string]*method{"write": {params: []string{"vals!"}, run: func(c *call) (any, *refusal) {
		v, no := write(c)
		if vals, _ := c.args["vals"].(map[string]any); no == nil && vals["list_price"] != nil {
			for _, id := range c.ids { // a variant's own price is its template's, plus what its attributes cost
				row := c.s.tables["product.product"].rows[id]
				row["lst_price"] = row["list_price"]
			}
		}
		return v, no
	}}, "load": {class: true, params: []string{"fields!", "data!"}, run: loadProducts}}
}
