package standin

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A fieldType is how a field's value is kept and shown. Empty values are kept as the type's zero and shown as false,
// but for numbers, booleans and lists.
type fieldType int

const (
	char     fieldType = iota // string
	integer                   // int64
	float                     // float64
	boolean                   // bool
	datetime                  // string of whole seconds, UTC
	many2one                  // int64
	many2any                  // []int64: many2many and one2many
)

// A field of a model.
type field struct {
	name       string
	typ        fieldType
	relation   string                                  // model of a many2one
	translated bool                                    // kept as a text for each language
	required   bool                                    // an empty value is refused
	hidden     bool                                    // the stand-in's own; Odoo has no such field
	compute    func(c *call, id int64, row Values) any // not kept but computed
}

// Values are the fields of a record: strings, whole numbers, floats, booleans, lists of ids; a translated field may
// be a map from language to text.
type Values map[string]any

// keep brings v into the form that f keeps. It takes what Go code, a JSON request and a saved state may hold.
func (f *field) keep(v any) (any, error) {
	switch f.typ {
	case char, datetime:
		return f.keepText(v)
	case integer, many2one:
		if v == nil || v == false {
			return int64(0), nil
		}
		if n, ok := toInt(v); ok {
			return n, nil
		}
		return nil, fmt.Errorf("invalid literal for int() with base 10: %s", pyRepr(v))
	case float:
		if v == nil || v == false {
			return 0.0, nil
		}
		if n, ok := toFloat(v); ok {
			return n, nil
		}
		return nil, fmt.Errorf("could not convert string to float: %s", pyRepr(v))
	case boolean:
		b, _ := v.(bool)
		return b, nil
	default:
		return keepIDs(v), nil
	}
}

func (f *field) keepText(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		if f.translated && v != "" {
			return map[string]string{"en_US": v}, nil
		}
		return v, nil
	case time.Time:
		return v.UTC().Format(stamp), nil
	case map[string]string:
		return v, nil
	case map[string]any:
		texts := make(map[string]string)
		for lang, text := range v {
			texts[lang] = fmt.Sprint(text)
		}
		return texts, nil
	case bool:
		return "", nil
	default:
		return fmt.Sprint(v), nil
	}
}

// keepIDs reads a list of ids, or of Odoo's commands for one: [6, 0, ids] sets, [4, id] adds.
func keepIDs(v any) []int64 {
	ids := []int64{}
	switch v := v.(type) {
	case []int64:
		return append(ids, v...)
	case []any:
		for _, e := range v {
			if n, ok := toInt(e); ok {
				ids = append(ids, n)
				continue
			}
			command, ok := e.([]any)
			if !ok || len(command) == 0 {
				continue
			}
			switch n, _ := toInt(command[0]); {
			case n == 6 && len(command) == 3:
				ids = keepIDs(command[2])
			case n == 4 && len(command) > 1:
				ids = append(ids, keepIDs(command[1:2])...)
			}
		}
	}
	return ids
}

func toInt(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	case float64:
		return int64(v), v == float64(int64(v))
	}
	return 0, false
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	case float64:
		return v, true
	}
	return 0, false
}

// get gives a record's value as it is kept, a text in the call's language.
func (c *call) get(f *field, id int64, row Values) any {
	if f.compute != nil {
		return f.compute(c, id, row)
	}
	if f.name == "id" {
		return id
	}
	v := row[f.name]
	if texts, ok := v.(map[string]string); ok {
		if text, ok := texts[c.lang]; ok {
			return text
		}
		return texts["en_US"]
	}
	return v
}

// show gives a record's value as Odoo answers it. names is false for load: null.
func (c *call) show(f *field, id int64, row Values, names bool) any {
	v := c.get(f, id, row)
	switch f.typ {
	case char, datetime:
		if v == nil || v == "" {
			return false
		}
	case many2one:
		ref, _ := v.(int64)
		if ref == 0 {
			return false
		}
		if names {
			return []any{ref, c.displayName(f.relation, ref)}
		}
	}
	return v
}

// displayName is what a record is called where another refers to it.
func (c *call) displayName(modelName string, id int64) string {
	m := c.s.models[modelName]
	if m == nil || c.s.tables[modelName].rows[id] == nil {
		return fmt.Sprintf("%s,%d", modelName, id)
	}
	name, _ := c.get(m.field("display_name"), id, c.s.tables[modelName].rows[id]).(string)
	return name
}

func nameOf(c *call, m *model, id int64, row Values) string {
	name, _ := c.get(m.field("name"), id, row).(string)
	return strings.TrimSpace(name)
}

const stamp = "2006-01-02 15:04:05"
