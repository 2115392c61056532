package standin

import (
	"fmt"

	"github.com/shopspring/decimal"
)

func sessionFields() []*field {
	orders := func(c *call, id int64) (n int64, total float64) {
		sum := decimal.Zero
		for _, row := range c.s.tables["pos.order"].rows {
			if row["session_id"] == id {
				n++
				paid, _ := row["amount_paid"].(float64)
				sum = sum.Add(decimal.NewFromFloat(paid))
			}
		}
		return n, sum.InexactFloat64()
	}
	return join(
		text("name", "state"), ref("user_id", "res.users"), ref("config_id", "pos.config"),
		fieldsOf(datetime, []string{"start_at", "stop_at", "write_date", "create_date"}), text("opening_notes", "closing_notes"), fieldsOf(boolean, []string{"rescue"}),
		fieldsOf(float, []string{"cash_register_difference"}), ref("move_id", ""),
		one(field{name: "order_count", typ: integer, compute: func(c *call, id int64, _ Values) any { n, _ := orders(c, id); return n }}),
		one(field{name: "total_payments_amount", typ: float, compute: func(c *call, id int64, _ Values) any { _, t := orders(c, id); return t }}))
}

func sessionMethods() map[string]*method {
	return map[string]*method{
		"create":              {class: true, params: []string{"vals_list!"}, run: createSessions},
		"write":               {params: []string{"vals!"}, run: write},
		"set_opening_control": {params: []string{"cashbox_value!", "notes!"}, run: setOpeningControl},
		"action_pos_session_closing_control": {params: []string{"balancing_account", "amount_to_balance", "bank_payment_method_diffs"},
			run: closeSessions},
	}
}

// openSession gives the session of a POS that isn't closed, or 0. Rescue sessions don't count.
func (s *Server) openSession(config int64) int64 {
	t := s.tables["pos.session"]
	for _, id := range t.ids() {
		if row := t.rows[id]; row["config_id"] == config && row["state"] != "closed" && row["rescue"] != true {
			return id
		}
	}
	return 0
}

func createSessions(c *call) (any, *refusal) {
	if no := c.require("create"); no != nil {
		return nil, no
	}
	var list []any
	switch v := c.args["vals_list"].(type) {
	case []any:
		list = v
	case map[string]any:
		list = []any{v}
	}
	ids := []int64{}
	undo := func() {
		for _, id := range ids {
			delete(c.s.tables["pos.session"].rows, id)
		}
	}
	for _, v := range list {
		vals, _ := v.(map[string]any)
		id, no := c.createSession(vals)
		if no != nil {
			undo()
			return nil, no
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (c *call) createSession(vals map[string]any) (int64, *refusal) {
	kept, no := c.values(vals)
	if no != nil {
		return 0, no
	}
	id := c.s.tables["pos.session"].take()
	config, _ := kept["config_id"].(int64)
	row := c.s.tables["pos.config"].rows[config]
	switch {
	case config == 0:
		return 0, c.missingValue("Point of Sale", "config_id")
	case row == nil:
		return 0, c.missing("pos.config", config)
	case c.s.openSession(config) != 0:
		return 0, validationError("Another session is already opened for this point of sale.")
	}
	n, _ := row["sessions"].(int64)
	row["sessions"] = n + 1
	kept["name"] = fmt.Sprintf("%s/%05d", row["name"], n+1)
	kept["state"] = "opening_control"
	if _, given := kept["user_id"]; !given {
		kept["user_id"] = c.user
	}
	return c.s.insert("pos.session", id, kept), nil
}

func setOpeningControl(c *call) (any, *refusal) {
	if no := c.require("write"); no != nil {
		return nil, no
	}
	t := c.s.tables["pos.session"]
	for _, id := range c.ids {
		if t.rows[id] == nil {
			return nil, c.missing("pos.session", id)
		}
	}
	notes, _ := c.args["notes"].(string)
	for _, id := range c.ids {
		row := t.rows[id]
		if row["state"] == "opening_control" {
			row["state"], row["start_at"] = "opened", c.s.now().UTC().Format(stamp)
		}
		row["opening_notes"] = notes
	}
	return nil, nil
}

// closeSessions closes the call's sessions. If what was paid isn't what Odoo computes, it answers a wizard's window
// and closes nothing.
func closeSessions(c *call) (any, *refusal) {
	if no := c.require("write"); no != nil {
		return nil, no
	}
	t := c.s.tables["pos.session"]
	for _, id := range c.ids {
		switch row := t.rows[id]; {
		case row == nil:
			return nil, c.missing("pos.session", id)
		case row["state"] == "closed":
			return nil, userError("This session is already closed.")
		}
	}
	for _, id := range c.ids {
		if !c.s.difference(id).IsZero() {
			return object{
				{"name", "Force Close Session"}, {"type", "ir.actions.act_window"}, {"view_mode", "form"}, {"res_model", "pos.close.session.wizard"},
				{"res_id", int64(1)}, {"target", "new"}, {"context", object{{"active_ids", c.ids}, {"active_model", "pos.session"}}},
			}, nil
		}
	}
	for _, id := range c.ids {
		t.rows[id]["state"], t.rows[id]["stop_at"] = "closed", c.s.now().UTC().Format(stamp)
		for _, order := range c.s.tables["pos.order"].rows {
			if order["session_id"] == id {
				order["state"] = "done"
				t.rows[id]["move_id"] = id // its accounting entry, which an empty session hasn't
			}
		}
	}
	return true, nil
}

// difference is what was paid in a session less what Odoo makes of its lines: each order's base and taxes, rounded
// half up to the currency.
func (s *Server) difference(session int64) decimal.Decimal {
	diff := decimal.Zero
	for _, order := range s.tables["pos.order"].rows {
		if order["session_id"] != session {
			continue
		}
		paid, _ := order["amount_paid"].(float64)
		lines, _ := order["lines"].([]int64)
		base, taxes := decimal.Zero, map[int64]decimal.Decimal{}
		for _, id := range lines {
			net, parts := s.lineAmounts(s.tables["pos.order.line"].rows[id])
			base = base.Add(net)
			for tax, amount := range parts {
				taxes[tax] = taxes[tax].Add(amount)
			}
		}
		total := base.Round(2)
		for _, amount := range taxes {
			total = total.Add(amount.Round(2))
		}
		diff = diff.Add(decimal.NewFromFloat(paid).Sub(total))
	}
	return diff
}

// lineAmounts computes a line's base and its taxes, which are percents or fixed amounts, included or on top.
func (s *Server) lineAmounts(line Values) (decimal.Decimal, map[int64]decimal.Decimal) {
	amount := func(name string) decimal.Decimal {
		f, _ := line[name].(float64)
		return decimal.NewFromFloat(f)
	}
	hundred := decimal.NewFromInt(100)
	qty := amount("qty")
	base := amount("price_unit").Mul(qty).Mul(hundred.Sub(amount("discount"))).Div(hundred)
	ids, _ := line["tax_ids"].([]int64)
	included := decimal.Zero
	for _, id := range ids {
		if tax := s.tables["account.tax"].rows[id]; tax != nil && tax["price_include"] == true && tax["amount_type"] == "percent" {
			rate, _ := tax["amount"].(float64)
			included = included.Add(decimal.NewFromFloat(rate))
		}
	}
	base = base.Mul(hundred).DivRound(hundred.Add(included), 16)
	parts := make(map[int64]decimal.Decimal)
	for _, id := range ids {
		tax := s.tables["account.tax"].rows[id]
		if tax == nil {
			continue
		}
		f, _ := tax["amount"].(float64)
		if tax["amount_type"] == "fixed" {
			parts[id] = decimal.NewFromFloat(f).Mul(qty)
		} else {
			parts[id] = base.Mul(decimal.NewFromFloat(f)).Div(hundred)
		}
	}
	return base, parts
}
