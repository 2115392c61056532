package standin

import (
	"fmt"
	"strconv"
	"strings"
)

// An object is a JSON object whose members have an order, as Python's have.
type object []member

type member struct {
	Key   string
	Value any
}

// encode writes JSON as Python's json.dumps does: spaces after commas and colons, floats with a point.
func encode(v any) []byte {
	var b strings.Builder
	encodeTo(&b, v)
	return []byte(b.String())
}

func encodeTo(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case string:
		encodeString(b, v)
	case int:
		b.WriteString(strconv.Itoa(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		b.WriteString(pyFloat(v))
	case []int64:
		encodeList(b, len(v), func(i int) any { return v[i] })
	case []any:
		encodeList(b, len(v), func(i int) any { return v[i] })
	case []object:
		encodeList(b, len(v), func(i int) any { return v[i] })
	case object:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			encodeString(b, m.Key)
			b.WriteString(": ")
			encodeTo(b, m.Value)
		}
		b.WriteByte('}')
	default:
		panic(fmt.Sprintf("BUG: %T has no JSON here", v))
	}
}

func encodeList(b *strings.Builder, n int, at func(int) any) {
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		encodeTo(b, at(i))
	}
	b.WriteByte(']')
}

func encodeString(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ':
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// pyFloat writes a float as Python's repr does.
func pyFloat(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if abs := max(f, -f); abs >= 1e16 || (abs > 0 && abs < 1e-4) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// pyRepr writes a value of a domain as Python shows it in messages.
func pyRepr(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		quote := "'"
		if strings.Contains(v, "'") && !strings.Contains(v, `"`) {
			quote = `"`
		} else {
			v = strings.ReplaceAll(v, "'", `\'`)
		}
		return quote + v + quote
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = pyRepr(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case float64:
		return pyFloat(v)
	default:
		return fmt.Sprint(v)
	}
}
