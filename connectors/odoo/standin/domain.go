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
		return nil, valueError(fmt.Sprintf("Invalid field %s.%s in condition %s", c.model.name, path, shown))
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
	return func(c *call, id int64, row Values) bool { return match(c.get(f, id, row)) }, nil
}

func hasZone(text string) bool {
	return strings.HasSuffix(text, "Z") || regexp.MustCompile(`[+-]\d\d:?\d\d$`).MatchString(text) && strings.ContainsAny(text, "T ")
}

// matcher compares a field's value as it is kept with the value of a term.
func matcher(f *field, op string, want any) func(any) bool {
	if f.typ == datetime {
		if text, ok := want.(string); ok {
			want = strings.Replace(text, "T", " ", 1)
		}
	}
	switch op {
	case "=":
		return func(have any) bool { return equal(f, have, want) }
	case "!=":
		return func(have any) bool { return !equal(f, have, want) }
	case "in", "not in":
		list, ok := want.([]any)
		if !ok {
			list = []any{want}
		}
		in := among(f, list)
		return func(have any) bool { return in(have) == (op == "in") }
	case "like", "ilike", "not like", "not ilike", "=like", "=ilike":
		text, _ := want.(string)
		if !strings.HasPrefix(op, "=") {
			text = "%" + text + "%"
		}
		re := likePattern(text, strings.HasSuffix(op, "ilike"))
		return func(have any) bool {
			s, _ := have.(string)
			return (s != "" && re.MatchString(s)) == !strings.HasPrefix(op, "not ")
		}
	default:
		return func(have any) bool {
			n, ok := compare(have, want)
			if !ok {
				return false
			}
			return op == ">" && n > 0 || op == ">=" && n >= 0 || op == "<" && n < 0 || op == "<=" && n <= 0
		}
	}
}

// among makes a test for "in". Thousands of uuids are asked for at once, so texts and numbers go by a set.
func among(f *field, list []any) func(any) bool {
	if f.typ == many2any {
		return func(have any) bool {
			return slices.ContainsFunc(list, func(w any) bool { return equal(f, have, w) })
		}
	}
	set := make(map[any]bool)
	for _, w := range list {
		if kept, err := f.keep(w); err == nil {
			if texts, ok := kept.(map[string]string); ok {
				kept = texts["en_US"]
			}
			set[kept] = true
		}
	}
	return func(have any) bool { return set[have] }
}

func equal(f *field, have, want any) bool {
	if f.typ == many2any {
		ids, _ := have.([]int64)
		if want == false || want == nil {
			return len(ids) == 0
		}
		n, ok := toInt(want)
		return ok && slices.Contains(ids, n)
	}
	if f.typ == boolean {
		b, ok := want.(bool)
		return ok && have == b
	}
	if f.typ == char || f.typ == datetime {
		text, isText := want.(string)
		if !isText {
			return (want == false || want == nil) && have == ""
		}
		return have == text
	}
	n, ok := compare(have, want)
	if want == false || want == nil {
		n, ok = compare(have, int64(0))
	}
	return ok && n == 0
}

func compare(have, want any) (int, bool) {
	if a, ok := have.(string); ok {
		b, ok := want.(string)
		return strings.Compare(a, b), ok && a != ""
	}
	a, ok1 := toFloat(have)
	b, ok2 := toFloat(want)
	switch {
	case !ok1 || !ok2:
		return 0, false
	case a < b:
		return -1, true
	case a > b:
		return 1, true
	}
	return 0, true
}

// likePattern makes SQL's LIKE: % is any text, _ any character, a backslash takes the next one as it is.
func likePattern(pattern string, fold bool) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("(?s)")
	if fold {
		b.WriteString("(?i)")
	}
	b.WriteString("^")
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString("$")
	return regexp.MustCompile(b.String())
}
