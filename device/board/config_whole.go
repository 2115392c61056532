package board

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// checkRequired looks for what must be there.
func (r *backendReader) checkRequired() {
	if !r.t.has("name") {
		r.t.missing("name", `write a name, such as name = "kitchen"`)
	}
	if r.kind == nil {
		if !r.t.has("type") {
			r.t.missing("type", "write "+alternatives("type", r.checks.kindNames()))
		}
		return
	}
	if len(r.kind.Versions) > 0 && !r.t.has("version") {
		r.t.missing("version", "write "+alternatives("version", r.kind.Versions))
	}
	for _, s := range r.kind.Settings {
		if n := r.t.node.item(s.table()); n != nil && !n.isTable() {
			continue // and so refused
		}
		if t := subTable(r.t, s.table()); s.Required && r.has(s.Versions) && !t.has(s.key()) {
			t.missing(s.key(), "write it, such as "+s.example())
		}
	}
}

// alternatives is a key with what may be written there: `type = "coffee"`.
func alternatives(key string, values []string) string {
	written := make([]string, len(values))
	for i, v := range values {
		written[i] = key + " = " + strconv.Quote(v)
	}
	return strings.Join(written, " or ")
}

// report reports a fault of the backend as a whole: in the line of its setting, or where
// that would have to be.
func (r *backendReader) report(f Fault) {
	setting := &Setting{Name: f.Setting}
	for i, s := range r.kind.Settings {
		if s.Name == f.Setting {
			setting = &r.kind.Settings[i]
		}
	}
	t := subTable(r.t, setting.table())
	if n := t.node.item(setting.key()); n != nil {
		setting.refuse(t.value(n), f)
		return
	}
	pos := r.b.Position
	if f.Setting != "" {
		pos = t.position(setting.key(), t.line())
	}
	r.t.r.problems = append(r.t.r.problems, &Problem{pos, f.Wrong, cmp.Or(f.Fix, "correct it")})
}

// subTable is the table at key in t, t itself for ""; one that the file hasn't would
// begin where t does.
func subTable(t *table, key string) *table {
	if key == "" {
		return t
	}
	n := t.node.item(key)
	if n == nil {
		n = &node{line: t.line()}
	}
	return t.sub(key, n)
}

// checkUnique refuses the names and the settings that two backends share.
func (c *Config) checkUnique(r *reader, checks Checks) {
	list := r.root.item("backend")
	if list == nil || list.kind != unstable.ArrayTable {
		return
	}
	type taken struct{ kind, what, text string }
	type taker struct{ backend, line int }
	first := map[taken]taker{}
	for i, b := range c.Backends {
		t := &table{r: r, path: "backend", node: list.items[i]}
		once := func(t *table, key string, v taken, text, fix string) {
			n := t.node.item(key)
			if text == "" || n == nil {
				return
			}
			by, twice := first[v]
			switch {
			case !twice:
				first[v] = taker{i, n.line}
			case by.backend == i:
				t.value(n).refuse(fix, "%q is the %s of line %d", text, v.what, by.line)
			default:
				t.value(n).refuse(fix, "another backend has this %s in line %d: %q", v.what, by.line, text)
			}
		}
		once(t, "name", taken{what: "name", text: b.Name}, b.Name, "rename one of the two")
		kind := checks.kind(b.Type)
		if kind == nil {
			continue
		}
		for _, s := range kind.Settings {
			if s.Unique != "" {
				text := b.Settings[s.Name]
				once(subTable(t, s.table()), s.key(), taken{b.Type, s.Unique, s.same(text)}, text, "give each its own "+s.Unique)
			}
		}
	}
}

// same is one text for all that mean the same.
func (s *Setting) same(value string) string {
	if s.Same == nil || value == "" {
		return value
	}
	return s.Same(value)
}
