package standin

import (
	"regexp"
	"slices"
	"strings"
)

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

// beyondItsSecond compares a moment that Odoo 18 keeps with its fraction and shows without: what was read is
// later than it looks, and equal to no text.
func beyondItsSecond(f *field, op string, want any) func(any) bool {
	switch op {
	case ">":
		return matcher(f, ">=", want)
	case "<=":
		return matcher(f, "<", want)
	case "=", "in":
		return func(any) bool { return false }
	case "!=", "not in":
		return func(any) bool { return true }
	}
	return matcher(f, op, want)
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
