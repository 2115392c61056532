package standin

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// commonMethods are what every model here answers.
func commonMethods() map[string]*method {
	return map[string]*method{
		"search":       {class: true, params: []string{"domain!", "offset", "limit", "order"}, run: search},
		"search_read":  {class: true, params: []string{"domain", "fields", "offset", "limit", "order"}, rest: true, run: searchRead},
		"search_count": {class: true, params: []string{"domain!", "limit"}, run: searchCount},
		"read":         {params: []string{"fields", "load"}, run: readRecords},
		"has_access":   {params: []string{"operation!"}, run: hasAccess},

		"get_external_id": {run: externalIDs},
	}
}

func search(c *call) (any, *refusal) {
	ids, no := c.search()
	return ids, no
}

func searchCount(c *call) (any, *refusal) {
	ids, no := c.search()
	return len(ids), no
}

func searchRead(c *call) (any, *refusal) {
	for name := range c.args {
		if !slices.Contains([]string{"domain", "fields", "offset", "limit", "order", "load"}, name) {
			return nil, refuse(500, "builtins.TypeError", fmt.Sprintf("BaseModel._read_format() got an unexpected keyword argument '%s'", name))
		}
	}
	fields, no := c.fieldsToRead()
	if no != nil {
		return nil, no
	}
	ids, no := c.search()
	if no != nil {
		return nil, no
	}
	return c.read(ids, fields), nil
}

func readRecords(c *call) (any, *refusal) {
	if no := c.require("read"); no != nil {
		return nil, no
	}
	fields, no := c.fieldsToRead()
	if no != nil {
		return nil, no
	}
	return c.read(c.ids, fields), nil
}

// externalIDs answers the external id of each record, "" where it has none; it needs no right to the table of them.
func externalIDs(c *call) (any, *refusal) {
	if no := c.require("read"); no != nil {
		return nil, no
	}
	found := object{}
	for _, id := range c.ids {
		external, _ := c.s.tables[c.model.name].rows[id]["external"].(string)
		found = append(found, member{strconv.FormatInt(id, 10), external})
	}
	return found, nil
}

// read answers records in the order of ids; those that don't exist are left out.
func (c *call) read(ids []int64, fields []*field) []object {
	names := true
	if load, given := c.args["load"]; given && load == nil {
		names = false
	}
	records := []object{}
	for _, id := range ids {
		row := c.s.tables[c.model.name].rows[id]
		if row == nil || c.model.shown != nil && !c.model.shown(c, row) {
			continue
		}
		record := object{{"id", id}}
		for _, f := range fields {
			if f.name != "id" {
				record = append(record, member{f.name, c.show(f, id, row, names)})
			}
		}
		records = append(records, record)
	}
	return records
}

// fieldsToRead looks the fields up. None is all of them, which for products is more than the bot may read.
func (c *call) fieldsToRead() ([]*field, *refusal) {
	list, _ := c.args["fields"].([]any)
	if len(list) == 0 {
		if c.model.name == "product.product" {
			groups, _ := c.s.tables["res.users"].rows[c.user]["groups"].(string)
			if !slices.Contains(strings.Fields(groups), "admin") {
				byproduct := &call{s: c.s, user: c.user, model: &model{name: "mrp.bom.byproduct", title: "Byproduct", rights: map[string]right{
					"read": {labels: []string{"Manufacturing/Administrator", "Manufacturing/User"}},
				}}}
				return nil, byproduct.require("read")
			}
		}
		var all []*field
		for _, f := range c.model.fields {
			if !f.hidden {
				all = append(all, f)
			}
		}
		return all, nil
	}
	var fields []*field
	for _, v := range list {
		name, _ := v.(string)
		f := c.model.visible(name)
		if f == nil {
			return nil, valueError(fmt.Sprintf("Invalid field '%s' on '%s'", name, c.model.name))
		}
		if !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return fields, nil
}

// search finds the ids of the records that the call's domain, order, offset and limit mean.
func (c *call) search() ([]int64, *refusal) {
	if no := c.require("read"); no != nil {
		return nil, no
	}
	namesActive := false
	cond, no := c.domain(c.args["domain"], func(name string) { namesActive = namesActive || name == "active" })
	if no != nil {
		return nil, no
	}
	less, no := c.sorting()
	if no != nil {
		return nil, no
	}
	t := c.s.tables[c.model.name]
	found := []int64{}
	hideArchived := c.activeTest && !namesActive && c.model.visible("active") != nil
	for _, id := range t.ids() {
		row := t.rows[id]
		if hideArchived && row["active"] != true || c.model.shown != nil && !c.model.shown(c, row) {
			continue
		}
		if cond(c, id, row) {
			found = append(found, id)
		}
	}
	slices.SortStableFunc(found, less)
	return c.page(found)
}

func (c *call) page(found []int64) ([]int64, *refusal) {
	offset, _ := toInt(c.args["offset"])
	limit, _ := toInt(c.args["limit"])
	if limit < 0 {
		return nil, refuse(500, "psycopg2.errors.InvalidRowCountInLimitClause", "LIMIT must not be negative\n")
	}
	if offset < 0 {
		return nil, refuse(500, "psycopg2.errors.InvalidRowCountInResultOffsetClause", "OFFSET must not be negative\n")
	}
	found = found[min(int(offset), len(found)):]
	if limit > 0 {
		found = found[:min(int(limit), len(found))]
	}
	return found, nil
}

// sorting reads an order such as "write_date desc, id".
func (c *call) sorting() (func(a, b int64) int, *refusal) {
	order, _ := c.args["order"].(string)
	find := c.model.visible
	if strings.TrimSpace(order) == "" {
		order, find = c.model.order, c.model.field
	}
	type key struct {
		f    *field
		desc bool
	}
	var keys []key
	for part := range strings.SplitSeq(order, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		f := find(words[0])
		if f == nil {
			return nil, valueError(fmt.Sprintf("Invalid field '%s' on model '%s'", words[0], c.model.name))
		}
		keys = append(keys, key{f, len(words) > 1 && strings.EqualFold(words[1], "desc")})
	}
	t := c.s.tables[c.model.name]
	return func(a, b int64) int {
		for _, k := range keys {
			n := rank(c.get(k.f, a, t.rows[a]), c.get(k.f, b, t.rows[b]))
			if k.desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	}, nil
}

// rank compares two values of one field; like PostgreSQL's NULL, an empty text comes last.
func rank(a, b any) int {
	switch x := a.(type) {
	case string:
		y, _ := b.(string)
		if (x == "") != (y == "") {
			return cmp.Compare(len(y), len(x)) // the empty one has length 0 and is to be greater
		}
		return strings.Compare(x, y)
	case bool:
		y, _ := b.(bool)
		return cmp.Compare(fmt.Sprint(x), fmt.Sprint(y))
	}
	n, _ := compare(a, b)
	return n
}
