package standin

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

func orderFields() []*field {
	return join(
		text("uuid", "name", "state", "pos_reference", "tracking_number", "access_token"),
		ref("session_id", "pos.session"), ref("config_id", "pos.config"), ref("user_id", "res.users"), ref("company_id", "res.company"),
		ref("fiscal_position_id", fiscalModel), ref("partner_id", ""), ref("create_uid", "res.users"),
		fieldsOf(float, []string{"amount_total", "amount_tax", "amount_paid", "amount_return"}), fieldsOf(integer, []string{"sequence_number"}),
		fieldsOf(datetime, []string{"date_order", "create_date", "write_date"}), fieldsOf(many2any, []string{"lines", "payment_ids"}),
		one(field{name: "picking_ids", typ: many2any, compute: func(_ *call, id int64, _ Values) any { return []int64{id} }}))
}

func orderMethods() map[string]*method {
	return map[string]*method{"sync_from_ui": {class: true, params: []string{"orders!"}, run: syncFromUI}}
}

// A draftOrder is an order that passed all checks and isn't put in yet.
type draftOrder struct {
	order           Values
	lines, payments []Values
}

// syncFromUI books orders, all or none. One whose uuid is known is answered as it is and not looked at further.
func syncFromUI(c *call) (any, *refusal) {
	for _, op := range []string{"read", "create"} {
		if no := c.require(op); no != nil {
			return nil, no
		}
	}
	list, ok := c.args["orders"].([]any)
	if !ok {
		return nil, refuse(500, "builtins.TypeError", "'bool' object is not iterable")
	}
	known := c.s.ordersByUUID()
	fresh := make(map[string]*draftOrder)
	var uuids, inOrder []string
	for _, v := range list {
		sent, _ := v.(map[string]any)
		key, _ := sent["uuid"].(string)
		uuids = append(uuids, key)
		if known[key] != 0 || fresh[key] != nil {
			continue
		}
		d, no := c.check(sent)
		if no != nil {
			c.s.tables["pos.order"].next += int64(len(fresh)) // rolled back, but for the sequence
			return nil, no
		}
		fresh[key] = d
		inOrder = append(inOrder, key)
	}
	for _, key := range inOrder {
		known[key] = c.put(fresh[key])
	}
	var ids []int64
	seen := make(map[int64]bool)
	for _, key := range uuids {
		if id := known[key]; !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return c.ordersAnswer(ids), nil
}

func (s *Server) ordersByUUID() map[string]int64 {
	known := make(map[string]int64)
	for id, row := range s.tables["pos.order"].rows {
		key, _ := row["uuid"].(string)
		known[key] = id
	}
	return known
}

// check looks at one order as Odoo does: session, lines, payments, and that it is paid.
func (c *call) check(sent map[string]any) (checked *draftOrder, no *refusal) {
	for _, name := range []string{"session_id", "uuid"} {
		if _, ok := sent[name]; !ok {
			return nil, refuse(500, "builtins.KeyError", "'"+name+"'")
		}
	}
	session, no := c.sessionFor(sent["session_id"])
	if no != nil {
		return nil, no
	}
	d := &draftOrder{}
	defer func() {
		if no != nil {
			c.s.tables["pos.order"].take() // the record was made before it was refused
		}
	}()
	vals := make(map[string]any)
	for name, v := range sent {
		if f := c.model.visible(name); f != nil && f.compute == nil && name != "lines" && name != "payment_ids" && name != "name" {
			vals[name] = v
		}
	}
	if d.order, no = c.values(vals); no != nil {
		return nil, no
	}
	for _, name := range []string{"amount_tax", "amount_total", "amount_paid", "amount_return"} {
		if _, ok := sent[name]; !ok {
			return nil, c.missingValue(name, name)
		}
	}
	d.order["session_id"] = session
	d.order["config_id"] = c.s.tables["pos.session"].rows[session]["config_id"]
	d.order["create_uid"] = c.user
	if d.lines, no = c.parts(sent["lines"], "pos.order.line", "product_id", "product.product", "Product"); no != nil {
		return nil, no
	}
	if d.payments, no = c.parts(sent["payment_ids"], "pos.payment", "payment_method_id", "pos.payment.method", "Payment Method"); no != nil {
		return nil, no
	}
	if sent["state"] == "paid" && !d.paid() {
		return nil, userError("Order / is not fully paid.")
	}
	return d, nil
}

// sessionFor gives the session that an order goes into: the one it names, or if that is closed the open one of its
// POS.
func (c *call) sessionFor(v any) (int64, *refusal) {
	id, _ := toInt(v)
	row := c.s.tables["pos.session"].rows[id]
	if row == nil {
		return 0, c.missing("pos.session", id)
	}
	if row["state"] != "closed" && row["state"] != "closing_control" {
		return id, nil
	}
	config, _ := row["config_id"].(int64)
	open := c.s.openSession(config)
	if open == 0 || c.s.tables["pos.session"].rows[open]["state"] == "closing_control" {
		return 0, userError("No open session available. Please open a new session to capture the order.")
	}
	return open, nil
}

// parts reads lines or payments, given as Odoo's commands to create, and checks that what each refers to exists.
// An archived product does.
func (c *call) parts(v any, modelName, refName, refModel, label string) ([]Values, *refusal) {
	part := *c
	part.model = c.s.models[modelName]
	var all []Values
	list, _ := v.([]any)
	for _, e := range list {
		command, ok := e.([]any)
		if !ok || len(command) != 3 {
			return nil, valueError("Wrong value for " + modelName)
		}
		sent, _ := command[2].(map[string]any)
		vals := make(map[string]any)
		for name, v := range sent {
			if part.model.visible(name) != nil {
				vals[name] = v
			}
		}
		kept, no := part.values(vals)
		if no != nil {
			return nil, no
		}
		if id, _ := kept[refName].(int64); c.s.tables[refModel].rows[id] == nil {
			return nil, validationError(fmt.Sprintf("The operation cannot be completed: Another model is using the record you are trying to delete.\n\n"+
				"The troublemaker is: '%s' (%s)\nThanks to the following constraint: '%s' (%s)\nHow about archiving the record instead?",
				part.model.title, modelName, label, refName))
		}
		all = append(all, kept)
	}
	return all, nil
}

// paid reports whether the payments come to the total.
func (d *draftOrder) paid() bool {
	amount := func(row Values, name string) decimal.Decimal {
		f, _ := row[name].(float64)
		return decimal.NewFromFloat(f)
	}
	sum := decimal.Zero
	for _, p := range d.payments {
		sum = sum.Add(amount(p, "amount"))
	}
	return sum.Sub(amount(d.order, "amount_total")).Abs().LessThan(decimal.New(5, -3))
}

// put writes a checked order and gives its id.
func (c *call) put(d *draftOrder) int64 {
	s := c.s
	id := s.tables["pos.order"].take()
	configID, _ := d.order["config_id"].(int64)
	config := s.tables["pos.config"].rows[configID]
	n, _ := config["orders"].(int64)
	n++
	config["orders"] = n
	key, _ := d.order["uuid"].(string)
	o := d.order
	o["name"] = fmt.Sprintf("%s - %06d", config["name"], n)
	o["pos_reference"] = fmt.Sprintf("%s0-%d-%06d", s.now().UTC().Format("06"), configID, n)
	o["sequence_number"], o["tracking_number"] = n, fmt.Sprint(n)
	o["access_token"] = uuid.NewSHA1(uuid.NameSpaceURL, []byte(key)).String()
	if o["state"] == nil || o["state"] == "" {
		o["state"] = "draft"
	}
	lines, payments := []int64{}, []int64{}
	for _, l := range d.lines {
		l["order_id"] = id
		lines = append(lines, s.insert("pos.order.line", 0, l))
		s.consumeKit(config, idIn(l, "product_id"))
	}
	for _, p := range d.payments {
		p["pos_order_id"], p["session_id"] = id, o["session_id"]
		payments = append(payments, s.insert("pos.payment", 0, p))
	}
	o["lines"], o["payment_ids"] = lines, payments
	return s.insert("pos.order", id, o)
}
