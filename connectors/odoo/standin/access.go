package standin

import (
	"slices"
	"strings"
)

func userMethods() map[string]*method {
	return map[string]*method{
		"context_get": {class: true, run: func(c *call) (any, *refusal) {
			u := c.s.tables["res.users"].rows[c.user]
			show := func(name string) any { return c.show(c.model.field(name), c.user, u, false) }
			return object{{"lang", show("lang")}, {"tz", show("tz")}, {"uid", c.user}}, nil
		}},
	}
}

func langMethods() map[string]*method {
	return map[string]*method{
		"get_installed": {class: true, run: func(c *call) (any, *refusal) {
			langs := []any{}
			t := c.s.tables["res.lang"]
			for _, id := range t.ids() {
				if row := t.rows[id]; row["active"] == true {
					langs = append(langs, []any{row["code"], row["name"]})
				}
			}
			return langs, nil
		}},
	}
}

// hasAccess answers what the user may do, without a complaint.
func hasAccess(c *call) (any, *refusal) {
	op, _ := c.args["operation"].(string)
	return c.may(op), nil
}

// may reports whether the user may do op, one of "read", "write", "create" and "unlink".
func (c *call) may(op string) bool {
	r, ok := c.model.rights[op]
	if !ok {
		return false
	}
	groups, _ := c.s.tables["res.users"].rows[c.user]["groups"].(string)
	for _, g := range r.groups {
		if g == "" || slices.Contains(strings.Fields(groups), g) {
			return true
		}
	}
	return false
}

// require refuses in Odoo's words what the user may not do.
func (c *call) require(op string) *refusal {
	if c.may(op) {
		return nil
	}
	verb := map[string]string{"read": "access", "write": "modify", "create": "create", "unlink": "delete"}[op]
	m := "You are not allowed to " + verb + " '" + c.model.title + "' (" + c.model.name + ") records.\n\n"
	if labels := c.model.rights[op].labels; len(labels) > 0 {
		m += "This operation is allowed for the following groups:\n\t- " + strings.Join(labels, "\n\t- ") + "\n\n"
	} else {
		m += "No group currently allows this operation.\n\n"
	}
	return refuse(403, "odoo.exceptions.AccessError", m+"Contact your administrator to request access if necessary.")
}
