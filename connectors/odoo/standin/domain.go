package standin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A condition tells whether a record is meant.
type condition func(c *call, id int64, row Values) bool

var operators = []string{"=", "!=", "in", "not in", "like", "ilike", "not like", "not ilike", "=like", "=ilike", ">", ">=", "<", "<="}

// domain reads Odoo's polish notation: operators before their operands, and terms without one all meant. seen is
// told the fields that terms name.
func (c *call) domain(v any, seen func(field string)) (condition, *refusal) {
	items, ok := v.([]any)
	if !ok {
		if v == nil || v == false {
			items = nil
		} else {
			return nil, refuse(500, "builtins.TypeError", "Domain() invalid argument type for domain: "+pyRepr(v))
		}
	}
	// Read backwards: an operator finds its operands on the stack.
	var stack []condition
	for _, item := range slices.Backward(items) {
		switch item {
		case "!":
			if len(stack) < 1 {
				return nil, valueError("Domain() malformed: missing operand")
			}
			a := stack[len(stack)-1]
			stack[len(stack)-1] = func(c *call, id int64, row Values) bool { return !a(c, id, row) }
			continue
		case "&", "|":
			if len(stack) < 2 {
				return nil, valueError("Domain() malformed: missing operand")
			}
			a, b, or := stack[len(stack)-1], stack[len(stack)-2], item == "|"
			stack = append(stack[:len(stack)-2], func(c *call, id int64, row Values) bool {
				if or {
					return a(c, id, row) || b(c, id, row)
				}
				return a(c, id, row) && b(c, id, row)
			})
			continue
		}
		term, ok := item.([]any)
		if !ok || len(term) != 3 {
			return nil, c.badItem(items)
		}
		cond, no := c.term(term, seen)
		if no != nil {
			return nil, no
		}
		stack = append(stack, cond)
	}
	return func(c *call, id int64, row Values) bool {
		for _, cond := range stack {
			if !cond(c, id, row) {
				return false
			}
		}
		return true
	}, nil
}

// badItem complains as Odoo 19 does, which meets the last wrong item first.
func (c *call) badItem(items []any) *refusal {
	for _, item := range slices.Backward(items) {
		term, ok := item.([]any)
		if op, isText := item.(string); isText && (op == "&" || op == "|" || op == "!") {
			continue
		}
		if !ok || len(term) != 3 {
			return valueError("Domain() invalid item in domain: " + pyRepr(item))
		}
	}
	return valueError("Domain() invalid item in domain")
}

func (c *call) term(term []any, seen func(string)) (condition, *refusal) {
	// Odoo's 1 = 1 and 0 = 1.
	if n, ok := toInt(term[0]); ok {
		m, _ := toInt(term[2])
		return func(*call, int64, Values) bool { return n == m }, nil
	}
	path, _ := term[0].(string)
	op, _ := term[1].(string)
	shown := "(" + pyRepr(term[0]) + ", " + pyRepr(term[1]) + ", " + pyRepr(term[2]) + ")"
	if !slices.Contains(operators, op) {
		return nil, valueError("Invalid operator in condition " + shown)
	}
	name, rest, dotted := strings.Cut(path, ".")
	f := c.model.visible(name)
	if f == nil {
		where := "condition"
		if c.s.major() < 19 {
			where = "leaf"
		}
		return nil, valueError(fmt.Sprintf("Invalid field %s.%s in %s %s", c.model.name, path, where, shown))
	}
	seen(name)
	if dotted && f.typ == many2one && c.s.models[f.relation] != nil {
		other := *c
		other.model = c.s.models[f.relation]
		cond, no := other.term([]any{rest, op, term[2]}, func(string) {})
		if no != nil {
			return nil, no
		}
		return func(c *call, id int64, row Values) bool {
			ref, _ := c.get(f, id, row).(int64)
			target := c.s.tables[f.relation].rows[ref]
			return target != nil && cond(&other, ref, target)
		}, nil
	}
	if f.typ == datetime {
		if text, ok := term[2].(string); ok && hasZone(text) {
			return nil, valueError("expecting only datetimes with no timezone: " + pyRepr(text))
		}
	}
	match := matcher(f, op, term[2])
	if c.s.major() < 19 && (name == "write_date" || name == "create_date") {
		match = beyondItsSecond(f, op, term[2])
	}
	return func(c *call, id int64, row Values) bool { return match(c.get(f, id, row)) }, nil
}

func hasZone(text string) bool {
	return strings.HasSuffix(text, "Z") || regexp.MustCompile(`[+-]\d\d:?\d\d$`).MatchString(text) && strings.ContainsAny(text, "T ")
}
