package standin

import "github.com/shopspring/decimal"

// A POS that takes cash counts it: a session begins with what the one before was closed with, and what is counted at
// its end but isn't in the payments is booked as a loss or a profit. Nobody counting is a count of nothing.

func cashFields() []*field {
	return join(
		fieldsOf(float, []string{"cash_register_balance_start", "cash_register_balance_end_real"}),
		one(field{name: "cash_register_balance_end", typ: float, compute: func(c *call, id int64, _ Values) any { return c.s.cashDue(id).InexactFloat64() }}),
		one(field{name: "cash_register_difference", typ: float, compute: func(c *call, id int64, row Values) any {
			if !c.s.countsCash(row) {
				return 0.0
			}
			return amountOf(row, "cash_register_balance_end_real").Sub(c.s.cashDue(id)).InexactFloat64()
		}}),
		one(field{name: "cash_booked", typ: float, hidden: true})) // losses (below zero) and profits that were booked
}

func cashMethods() map[string]*method {
	return map[string]*method{"post_closing_cash_details": {params: []string{"counted_cash!"}, run: countCash}}
}

// countsCash reports whether a session's POS does.
func (s *Server) countsCash(session Values) bool {
	config, _ := session["config_id"].(int64)
	row := s.tables["pos.config"].rows[config]
	return row != nil && row["cash_control"] == true
}

// cashDue is what must be in the till of a session.
func (s *Server) cashDue(session int64) decimal.Decimal {
	row := s.tables["pos.session"].rows[session]
	due := s.cashBefore(session).Add(amountOf(row, "cash_booked"))
	for _, p := range s.tables["pos.payment"].rows {
		method, _ := p["payment_method_id"].(int64)
		if m := s.tables["pos.payment.method"].rows[method]; p["session_id"] == session && m != nil && m["is_cash_count"] == true {
			due = due.Add(amountOf(p, "amount"))
		}
	}
	return due
}

// cashBefore is what the session before was closed with.
func (s *Server) cashBefore(session int64) decimal.Decimal {
	t := s.tables["pos.session"]
	last := int64(0)
	for id, row := range t.rows {
		if id < session && id > last && row["config_id"] == t.rows[session]["config_id"] {
			last = id
		}
	}
	if last == 0 {
		return decimal.Zero
	}
	return amountOf(t.rows[last], "cash_register_balance_end_real")
}

// bookCash books a difference between what was counted and what must be there.
func bookCash(session Values, difference decimal.Decimal) {
	session["cash_booked"] = amountOf(session, "cash_booked").Add(difference).InexactFloat64()
}

func countCash(c *call) (any, *refusal) {
	if no := c.require("write"); no != nil {
		return nil, no
	}
	counted, ok := toFloat(c.args["counted_cash"])
	if !ok {
		return nil, valueError("could not convert string to float")
	}
	for _, id := range c.ids {
		switch row := c.s.tables["pos.session"].rows[id]; {
		case row == nil:
			return nil, c.missing("pos.session", id)
		case row["state"] == "closed":
			return object{{"successful", false}, {"type", "alert"}, {"title", "Session already closed"},
				{"message", "The session has been already closed by another User."}, {"redirect", true}}, nil
		case !c.s.countsCash(row):
			return nil, userError("There is no cash register in this session.")
		default:
			row["cash_register_balance_end_real"] = counted
		}
	}
	return object{{"successful", true}}, nil
}

func amountOf(row Values, name string) decimal.Decimal {
	f, _ := row[name].(float64)
	return decimal.NewFromFloat(f)
}
