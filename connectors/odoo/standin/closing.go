package standin

import "github.com/shopspring/decimal"

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
		if row := t.rows[id]; c.s.countsCash(row) {
			bookCash(row, amountOf(row, "cash_register_balance_end_real").Sub(c.s.cashDue(id)))
		}
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
