package standin

import (
	"math/big"
	"strconv"
)

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
		if c.s.difference(id).Sign() != 0 {
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

// difference is what was paid in a session less what Odoo makes of its orders' lines.
func (s *Server) difference(session int64) *big.Rat {
	diff := new(big.Rat)
	for _, order := range s.tables["pos.order"].rows {
		if order["session_id"] == session {
			paid := halfUp(fraction(order, "amount_paid"), big.NewRat(1, 1_000_000))
			diff.Add(diff, paid).Sub(diff, s.orderTotal(order))
		}
	}
	return diff
}

// orderTotal is what Odoo posts for an order: the taxes of all lines and the base, each rounded to the currency. Where
// all taxes are included the base is what these leave of the rounded total.
func (s *Server) orderTotal(order Values) *big.Rat {
	config := s.tables["pos.config"].rows[idIn(order, "config_id")]
	unit := decimalOf(s.tables["res.currency"].rows[idIn(config, "currency_id")], "rounding")
	if unit.Sign() == 0 {
		unit = big.NewRat(1, 100) // a POS that a test put in without a currency
	}
	company := s.tables["res.company"].rows[idIn(config, "company_id")]
	perLine := company["tax_calculation_rounding_method"] == "round_per_line"
	raw, base, sums, included := new(big.Rat), new(big.Rat), map[int64]*big.Rat{}, true
	lines, _ := order["lines"].([]int64)
	for _, id := range lines {
		line := s.tables["pos.order.line"].rows[id]
		price := new(big.Rat).Mul(fraction(line, "price_unit"), fraction(line, "qty"))
		price.Mul(price, new(big.Rat).Sub(big.NewRat(1, 1), new(big.Rat).Quo(fraction(line, "discount"), big.NewRat(100, 1))))
		ids, _ := line["tax_ids"].([]int64)
		taxes := s.taxesOf(s.mapTaxes(idIn(order, "fiscal_position_id"), ids))
		net, amounts := taxLine(taxes, price, unit, perLine)
		base.Add(base, net)
		raw.Add(raw, net)
		for i, t := range taxes {
			if sums[t.id] == nil {
				sums[t.id] = new(big.Rat)
			}
			sums[t.id].Add(sums[t.id], amounts[i])
			raw.Add(raw, amounts[i])
			included = included && t.included
		}
	}
	if included {
		return halfUp(raw, unit)
	}
	total := halfUp(base, unit)
	for _, sum := range sums {
		total.Add(total, halfUp(sum, unit))
	}
	return total
}

// decimalOf is a number of a record as it is written, such as 0.05, which no binary fraction is.
func decimalOf(row Values, name string) *big.Rat {
	f, _ := row[name].(float64)
	r, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	return r
}
