package standin

import (
	"math/big"
	"slices"
)

// lineTax is one tax of an order line.
type lineTax struct {
	id                               int64
	kind                             string
	amount                           *big.Rat
	included, includesBase, affected bool
}

// taxesOf takes groups apart and puts taxes in their order. Archived ones don't count.
func (s *Server) taxesOf(ids []int64) []lineTax {
	rows := s.tables["account.tax"].rows
	var all []lineTax
	for _, id := range s.bySequence(ids) {
		row := rows[id]
		if row["amount_type"] != "group" {
			all = append(all, lineTax{id, row["amount_type"].(string), fraction(row, "amount"), row["price_include"] == true, row["include_base_amount"] == true, row["is_base_affected"] == true})
			continue
		}
		members, _ := row["children_tax_ids"].([]int64)
		for _, member := range s.taxesOf(members) {
			if !slices.ContainsFunc(all, func(t lineTax) bool { return t.id == member.id }) {
				all = append(all, member)
			}
		}
	}
	return all
}

func (s *Server) bySequence(ids []int64) []int64 {
	rows := s.tables["account.tax"].rows
	ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return rows[id] == nil || rows[id]["active"] != true })
	slices.SortFunc(ids, func(a, b int64) int {
		if n := int(idIn(rows[a], "sequence") - idIn(rows[b], "sequence")); n != 0 {
			return n
		}
		return int(a - b)
	})
	return ids
}

// fraction is a number of a record exactly as it is kept.
func fraction(row Values, name string) *big.Rat {
	f, _ := row[name].(float64)
	return new(big.Rat).SetFloat64(f)
}

// taxLine works out what a price and its taxes come to: base and taxes, rounded to unit on the way where perLine says so.
func taxLine(taxes []lineTax, price, unit *big.Rat, perLine bool) (base *big.Rat, amounts []*big.Rat) {
	step := func(r *big.Rat) *big.Rat { return r }
	if perLine {
		step = func(r *big.Rat) *big.Rat { return halfUp(r, unit) }
	}
	price = step(price)
	amounts = make([]*big.Rat, len(taxes))
	for _, i := range taxOrder(taxes) {
		amounts[i] = step(taxAmount(taxes, amounts, i, price))
	}
	base = new(big.Rat).Set(price)
	for i, t := range taxes {
		if t.included {
			base.Sub(base, amounts[i])
		}
	}
	return base, amounts
}

// taxOrder is how taxes are worked out: fixed ones from the last to the first, then included ones so, then those on
// top from the first to the last.
func taxOrder(taxes []lineTax) []int {
	var order [3][]int
	for i, t := range taxes {
		switch {
		case t.kind == "fixed":
			order[0] = slices.Insert(order[0], 0, i)
		case t.included:
			order[1] = slices.Insert(order[1], 0, i)
		default:
			order[2] = append(order[2], i)
		}
	}
	return slices.Concat(order[:]...)
}

// taxAmount is one tax, from those that are known by now.
func taxAmount(taxes []lineTax, known []*big.Rat, i int, price *big.Rat) *big.Rat {
	t := taxes[i]
	if t.kind == "fixed" {
		return t.amount
	}
	base, rates := new(big.Rat).Set(price), new(big.Rat)
	for j, o := range taxes {
		if oneBatch(taxes, i, j) {
			rates.Add(rates, o.amount)
			continue
		}
		part := j < i && o.includesBase && t.affected
		switch {
		case known[j] == nil || o.included == part:
		case part:
			base.Add(base, known[j])
		case o.included:
			base.Sub(base, known[j])
		}
	}
	whole := big.NewRat(100, 1)
	switch {
	case t.kind == "percent" && t.included:
		whole.Add(whole, rates)
	case t.kind == "division" && !t.included:
		whole.Sub(whole, rates)
	}
	return base.Mul(base, t.amount).Quo(base, whole)
}

// oneBatch reports whether two taxes are computed from one base: all from the one to the other are alike.
func oneBatch(taxes []lineTax, i, j int) bool {
	for k := min(i, j); k < max(i, j); k++ {
		a, b := taxes[k], taxes[k+1]
		if a.kind != b.kind || a.included != b.included || a.includesBase != b.includesBase || a.includesBase && b.affected {
			return false
		}
	}
	return true
}

// halfUp rounds to a multiple of unit. As in Odoo, what binary fractions lost of a half does not make it less than one.
func halfUp(r, unit *big.Rat) *big.Rat {
	q := new(big.Rat).Quo(new(big.Rat).Abs(r), unit)
	q.Add(q, big.NewRat(5_000_000_001, 10_000_000_000))
	whole := new(big.Rat).SetInt(new(big.Int).Quo(q.Num(), q.Denom()))
	if r.Sign() < 0 {
		whole.Neg(whole)
	}
	return whole.Mul(whole, unit)
}
