package standin

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// maintenanceModels are those of Odoo's Maintenance: equipment, what is wrong with it, and the stages of that.
func maintenanceModels() []*model {
	manager := right{groups: []string{"maintenance", "admin"}, labels: []string{"Maintenance/Equipment Manager"}}
	methods := func(create func(*call, Values) (int64, *refusal)) map[string]*method {
		return map[string]*method{
			"create": {class: true, params: []string{"vals_list!"}, run: func(c *call) (any, *refusal) { return c.createAll(create) }},
			"load":   {class: true, params: []string{"fields!", "data!"}, run: func(c *call) (any, *refusal) { return c.loadAll(create) }},
			"write":  {params: []string{"vals!"}, run: writeMaintenance},
		}
	}
	return []*model{
		{name: "maintenance.stage", title: "Maintenance Stage", order: "sequence,id", fields: join(
			one(field{name: "name", translated: true, required: true}), fieldsOf(integer, []string{"sequence"}), fieldsOf(boolean, []string{"fold", "done"}))},
		{name: "maintenance.equipment", title: "Maintenance Equipment", rights: map[string]right{"read": anyUser, "write": manager, "create": manager, "unlink": manager},
			methods: methods(createEquipment), fields: join(
				one(field{name: "name", translated: true, required: true}), text("serial_no", "location", "note"), fieldsOf(boolean, []string{"active"}),
				one(field{name: "external", hidden: true}))},
		{name: "maintenance.request", title: "Maintenance Request", order: "id desc", rights: map[string]right{"read": anyUser, "write": anyUser, "create": anyUser},
			methods: methods(createRequest), fields: join(
				one(field{name: "name", required: true}), text("description", "priority", "maintenance_type", "request_date", "close_date", "schedule_date"),
				ref("equipment_id", "maintenance.equipment"), ref("stage_id", "maintenance.stage"),
				one(field{name: "done", typ: boolean, compute: func(c *call, _ int64, row Values) any { return c.s.finished(row) }}),
				one(field{name: "external", hidden: true}))},
	}
}

// furnishMaintenance puts in the stages that Maintenance comes with.
func (s *Server) furnishMaintenance() {
	for i, name := range []string{"New Request", "In Progress", "Repaired", "Scrap"} {
		s.Insert("maintenance.stage", int64(i+1), Values{"name": name, "sequence": i + 1, "fold": i == 3, "done": i > 1})
	}
}

// finished tells whether a request is in a stage that ends it.
func (s *Server) finished(row Values) bool {
	stage := s.tables["maintenance.stage"].rows[row["stage_id"].(int64)]
	return stage != nil && stage["done"] == true
}

func (c *call) today() string { return c.s.now().UTC().Format(time.DateOnly) }

func createEquipment(c *call, v Values) (int64, *refusal) {
	if no := c.uniqueSerial(0, v); no != nil {
		return 0, no
	}
	v["active"] = true
	return c.s.insert(c.model.name, 0, v), nil
}

// uniqueSerial refuses a serial number that another piece of equipment has.
func (c *call) uniqueSerial(id int64, v Values) *refusal {
	for other, row := range c.s.tables["maintenance.equipment"].rows {
		if serial, _ := v["serial_no"].(string); serial != "" && other != id && row["serial_no"] == serial {
			return validationError("The operation cannot be completed: Another asset already exists with this serial number!")
		}
	}
	return nil
}

func createRequest(c *call, v Values) (int64, *refusal) {
	stages, _ := (&call{s: c.s, user: c.user, model: c.s.models["maintenance.stage"], args: map[string]any{}}).search()
	if id, _ := v["stage_id"].(int64); id == 0 && len(stages) > 0 {
		v["stage_id"] = stages[0]
	}
	if kind, _ := v["maintenance_type"].(string); kind == "" {
		v["maintenance_type"] = "corrective"
	}
	v["request_date"] = c.today()
	id := c.s.insert(c.model.name, 0, v)
	c.closed(id)
	return id, nil
}

// closed dates the end of a request that is in a stage which ends it.
func (c *call) closed(id int64) {
	if row := c.s.tables["maintenance.request"].rows[id]; c.s.finished(row) {
		row["close_date"] = c.today()
	}
}

// writeMaintenance sets fields of the call's records, which keep their serial numbers apart.
func writeMaintenance(c *call) (any, *refusal) {
	if vals, _ := c.args["vals"].(map[string]any); c.model.name == "maintenance.equipment" {
		for _, id := range c.ids {
			if no := c.uniqueSerial(id, Values(vals)); no != nil {
				return nil, no
			}
		}
	}
	done, no := write(c)
	if no == nil && c.model.name == "maintenance.request" {
		for _, id := range c.ids {
			c.closed(id)
		}
	}
	return done, no
}

// createAll makes a record of each of the call's values, or of its one.
func (c *call) createAll(create func(*call, Values) (int64, *refusal)) (any, *refusal) {
	if no := c.require("create"); no != nil {
		return nil, no
	}
	list, many := c.args["vals_list"].([]any)
	if !many {
		list = []any{c.args["vals_list"]}
	}
	ids := []int64{}
	for _, one := range list {
		vals, _ := one.(map[string]any)
		v, no := c.values(vals)
		if no == nil && c.s.emptyName(v) {
			no = c.missingValue("Name", "name")
		}
		var id int64
		if no == nil {
			id, no = create(c, v)
		}
		if no != nil {
			for _, made := range ids {
				delete(c.s.tables[c.model.name].rows, made)
			}
			return nil, no
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (s *Server) emptyName(v Values) bool { return v["name"] == nil || v["name"] == "" }

// loadAll is the import, one row a record: it creates a record under the external id of the row, or writes the one that
// has it. One bad row keeps all rows out, and the answer is a good one by its status.
func (c *call) loadAll(create func(*call, Values) (int64, *refusal)) (any, *refusal) {
	fields, ids := textsOf(c.args["fields"]), []any{}
	list, _ := c.args["data"].([]any)
	t := c.s.tables[c.model.name]
	before, next := map[int64]Values{}, t.next
	for id, row := range t.rows {
		before[id] = maps.Clone(row)
	}
	for n, row := range list {
		v, no := c.rowValues(fields, textsOf(row))
		var id int64
		if no == nil {
			id, no = c.loadRow(v, create)
		}
		if no != nil {
			t.rows, t.next = before, next
			return loadRefused(n, object{{"record", n}, {"type", "error"}, {"message", no.message}}), nil
		}
		ids = append(ids, id)
	}
	return object{{"ids", ids}, {"messages", []any{}}, {"nextrow", 0}}, nil
}

// rowValues reads the texts of a row. A many2one is given by its database id.
func (c *call) rowValues(fields, texts []string) (Values, *refusal) {
	vals := map[string]any{}
	external := ""
	for i, name := range fields[:min(len(fields), len(texts))] {
		base, byID := strings.CutSuffix(name, "/.id")
		f := c.model.visible(base)
		switch {
		case name == "id":
			external = texts[i]
		case f == nil:
			return nil, valueError(fmt.Sprintf("Invalid field '%s' on '%s'", base, c.model.name))
		case byID:
			var id int64
			fmt.Sscan(texts[i], &id) //nolint:errcheck // what is no number is no id
			if c.s.tables[f.relation].rows[id] == nil {
				return nil, valueError(fmt.Sprintf("No matching record found for database id '%s' in field '%s'", texts[i], base))
			}
			vals[base] = id
		case base == "maintenance_type":
			vals[base] = strings.ToLower(texts[i]) // by its word or its label
		default:
			vals[base] = texts[i]
		}
	}
	v, no := c.values(vals)
	if v != nil {
		v["external"] = external
	}
	return v, no
}

func (c *call) loadRow(v Values, create func(*call, Values) (int64, *refusal)) (int64, *refusal) {
	t := c.s.tables[c.model.name]
	for _, id := range t.ids() {
		if row := t.rows[id]; v["external"] != "" && row["external"] == v["external"] {
			if no := c.require("write"); no != nil {
				return 0, no
			}
			if no := c.uniqueSerial(id, v); c.model.name == "maintenance.equipment" && no != nil {
				return 0, no
			}
			c.set(row, v)
			return id, nil
		}
	}
	if no := c.require("create"); no != nil {
		return 0, no
	}
	if c.s.emptyName(v) {
		return 0, c.missingValue("Name", "name")
	}
	return create(c, v)
}

// UninstallMaintenance takes the models of Odoo's Maintenance out, as if the module were not installed.
func (s *Server) UninstallMaintenance() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range maintenanceModels() {
		delete(s.models, m.name)
	}
	for _, row := range s.tables["ir.module.module"].rows {
		if row["name"] == "maintenance" {
			row["state"] = "uninstalled"
		}
	}
}

// A Request for maintenance, with its equipment.
type Request struct {
	ID, Equipment                                 int64
	Name, Serial, External, Priority, Description string
	Done                                          bool
}

// Requests lists all requests for maintenance, by id.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Request
	t := s.tables["maintenance.request"]
	for _, id := range t.ids() {
		row := t.rows[id]
		r := Request{ID: id, Equipment: row["equipment_id"].(int64), Name: row["name"].(string), External: row["external"].(string),
			Priority: row["priority"].(string), Description: row["description"].(string), Done: s.finished(row)}
		if e := s.tables["maintenance.equipment"].rows[r.Equipment]; e != nil {
			r.Serial, _ = e["serial_no"].(string)
		}
		all = append(all, r)
	}
	return all
}
