package board

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// table is the table below [[backend]] that the setting stands in, "" for none.
func (s *Setting) table() string {
	table, _, in := strings.Cut(s.Name, ".")
	if !in {
		return ""
	}
	return table
}

// key is the setting's key in its table.
func (s *Setting) key() string {
	key := strings.TrimPrefix(s.Name, s.table()+".")
	if s.Type == "secret" {
		key += "_file"
	}
	return key
}

// declareSettings says how the settings of one table are read, in t.
func (r *backendReader) declareSettings(t *table, of string) {
	for _, s := range r.kind.Settings {
		below := s.table()
		switch {
		case !r.has(s.Versions):
		case below == of:
			t.on(s.key(), func(v *value) { r.readSetting(&s, v) })
		case of == "" && t.keys[below] == nil:
			t.on(below, func(v *value) {
				if !v.isTable() {
					v.wants("a table", fmt.Sprintf("write [backend.%s] on a line of its own", below))
					return
				}
				sub := t.sub(below, v.node)
				r.declareSettings(sub, below)
				sub.read()
			})
		}
	}
	t.other = func(n *node) bool { return r.misplaced(t, of, n) }
}

// misplaced refuses keys that the kind has, but not here or not in this way.
func (r *backendReader) misplaced(t *table, of string, n *node) bool {
	v := t.value(n)
	for _, s := range r.kind.Settings {
		inClear := s.Type == "secret" && of == s.table() && s.key() == n.key+"_file"
		here := of == s.table() && s.key() == n.key || of == "" && n.key != "" && s.table() == n.key
		switch {
		case !inClear && !here:
			continue
		case !r.has(s.Versions):
			v.refuse("leave it out, or correct the version", "%s %q has no such key, only %s has", r.kind.Name, r.version, quoteList(s.Versions))
		default:
			v.refuse("put it into a file and name that in "+s.key(), "a secret does not belong in this file")
		}
		return true
	}
	if of == "" && n.key == "version" {
		v.refuse("leave it out", "%s has no versions", r.kind.Name)
		return true
	}
	return false
}

// readSetting keeps the value of a setting, unless it is refused.
func (r *backendReader) readSetting(s *Setting, v *value) {
	if s.Type == "secret" {
		if file := v.secretFile(); file.Path != "" {
			file.Multiline = s.Multiline
			r.b.Secrets[s.Name] = file
		} else if v.text == "" && s.Required {
			v.refuse("write it, such as "+s.example(), "it is empty")
		}
		return
	}
	text, ok := s.read(v)
	if !ok {
		return
	}
	if s.Parse != nil {
		kept, faults := s.Parse(text)
		for _, f := range faults {
			s.refuse(v, f)
		}
		if faults != nil {
			return
		}
		text = kept
	}
	switch {
	case text != "" || s.Default != "" && !s.Required:
		r.b.Settings[s.Name] = text
	case s.Required:
		v.refuse("write it, such as "+s.example(), "it is empty")
	}
}

// read makes the text of a value, in the way that its type is written.
func (s *Setting) read(v *value) (string, bool) {
	switch s.Type {
	case "integer":
		if v.kind != unstable.Integer {
			v.wants("a whole number", "write a number without quotes and fraction: "+s.example())
			return "", false
		}
		if n, err := strconv.ParseInt(v.text, 0, 64); err == nil {
			return strconv.FormatInt(n, 10), true
		}
		return v.text, true // too large, as Parse says
	case "boolean":
		on, ok := v.boolean()
		return strconv.FormatBool(on), ok
	case "duration":
		return v.durationText()
	case "name":
		return v.nameOrID()
	case "choice":
		return v.oneOf(s.Choices...)
	case "path":
		return v.path()
	case "map":
		return s.readMap(v)
	}
	if v.kind != unstable.String {
		v.wants("text", "write text in quotes: "+s.example())
		return "", false
	}
	if s.Multiline {
		return strings.TrimSpace(v.text), true
	}
	return v.string()
}

// readMap makes a JSON object of a table.
func (s *Setting) readMap(v *value) (string, bool) {
	vs, ok := v.table(s.example())
	if !ok {
		return "", false
	}
	texts := map[string]string{}
	for _, p := range vs {
		if s.Choices != nil && !slices.Contains(s.Choices, p.key) {
			p.refuse(suggest(p.key, s.Choices), "there is no such key")
		} else if text, ok := p.nameOrID(); ok {
			texts[p.key] = text
		}
	}
	object, err := json.Marshal(texts)
	return string(object), err == nil
}

// refuse reports a fault of a value, or of an entry of it.
func (s *Setting) refuse(v *value, f Fault) {
	if f.Fix == "" {
		f.Fix = "correct it, such as " + s.example()
	}
	if n := v.item(f.Entry); f.Entry != "" && n != nil {
		v = v.entry(n)
	}
	v.refuse(f.Fix, "%s", f.Wrong)
}
