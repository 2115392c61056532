package standin

import (
	"fmt"
	"maps"

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
		ref("move_id", ""), cashFields(),
		one(field{name: "order_count", typ: integer, compute: func(c *call, id int64, _ Values) any { n, _ := orders(c, id); return n }}),
		one(field{name: "total_payments_amount", typ: float, compute: func(c *call, id int64, _ Values) any { _, t := orders(c, id); return t }}))
}

func sessionMethods() map[string]*method {
	methods := map[string]*method{
		"create":              {class: true, params: []string{"vals_list!"}, run: createSessions},
		"write":               {params: []string{"vals!"}, run: write},
		"set_opening_control": {params: []string{"cashbox_value!", "notes!"}, run: setOpeningControl},
		"action_pos_session_closing_control": {params: []string{"balancing_account", "amount_to_balance", "bank_payment_method_diffs"},
			run: closeSessions},
	}
	maps.Copy(methods, cashMethods())
	return methods
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
	if c.s.major() < 19 { // one sequence for all
		kept["name"] = fmt.Sprintf("POS/%05d", id)
	}
	kept["state"] = "opening_control"
	if _, given := kept["user_id"]; !given {
		kept["user_id"] = c.user
	}
	c.s.insert("pos.session", id, kept)
	if session := c.s.tables["pos.session"].rows[id]; c.s.countsCash(session) {
		session["cash_register_balance_start"] = c.s.cashBefore(id).InexactFloat64()
	}
	return id, nil
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
	if c.s.major() < 19 && notes != "" { // it is sent as a message too, and nobody here has an e-mail address
		return nil, userError("Unable to send message, please configure the sender's email address.")
	}
	cash, _ := toFloat(c.args["cashbox_value"])
	for _, id := range c.ids {
		row := t.rows[id]
		if c.s.countsCash(row) {
			bookCash(row, decimal.NewFromFloat(cash).Sub(amountOf(row, "cash_register_balance_start")))
			row["cash_register_balance_start"] = cash
		}
		if row["state"] == "opening_control" {
			row["state"], row["start_at"] = "opened", c.s.now().UTC().Format(stamp)
		}
		if c.s.major() >= 19 {
			row["opening_notes"] = notes
		}
	}
	return nil, nil
}
