package board

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// table reads one table of the file: each known key is given to the function that
// reads its value, and any other key is refused. At the top level and in its tables
// (not in lists) the environment speaks after the file.
type table struct {
	r    *reader
	path string // dotted, "" at the top
	node *node  // nil where the file has no such table
	env  bool   // its keys may be given by the environment
	keys map[string]func(*value)
	// order keeps the keys as they were declared: that is how they are listed.
	order []string
}

// reader is the reading of one configuration.
type reader struct {
	*parser
	getenv func(string) string
	dir    string   // what the file's paths are relative to
	top    []string // the top level's keys, for keys that stand in the wrong table
}

// value is one value and where it came from.
type value struct {
	*node
	r   *reader
	pos Position
	dir string // what a path is relative to; "" for the working directory
	// loose is a value of the environment: text, whatever is wanted.
	loose bool
}

// refuse reports what is wrong with a value, and what to do.
func (v *value) refuse(fix, wrong string, args ...any) {
	v.r.problems = append(v.r.problems, &Problem{Position: v.pos, Wrong: fmt.Sprintf(wrong, args...), Fix: fix})
}

// sub opens the table at key, or an empty one.
func (t *table) sub(key string, n *node) *table {
	path := key
	if t.path != "" {
		path = t.path + "." + key
	}
	return &table{r: t.r, path: path, node: n, env: t.env, keys: map[string]func(*value){}}
}

// on declares a key. Declare a table's keys first, then read it.
func (t *table) on(key string, read func(*value)) {
	t.keys[key] = read
	t.order = append(t.order, key)
}

// read gives each key of the file to its function, then each of the environment.
func (t *table) read() {
	if t.path == "" {
		t.r.top = t.order
	}
	if t.node != nil {
		for _, n := range t.node.items {
			if read, ok := t.keys[n.key]; ok {
				read(t.value(n))
			} else {
				t.unknown(n)
			}
		}
	}
	if !t.env || t.r.getenv == nil {
		return
	}
	for _, key := range t.order {
		name := envName(t.path, key)
		if text := t.r.getenv(name); text != "" {
			t.keys[key](&value{node: &node{key: key, kind: unstable.String, text: text}, r: t.r,
				pos: Position{File: "environment", Key: name}, loose: true})
		}
	}
}

// envName is the variable of a key: CREMA_ODOO_URL.
func envName(path, key string) string {
	name := "crema_" + strings.ReplaceAll(path, ".", "_")
	if path != "" {
		name += "_"
	}
	return strings.ToUpper(name + key)
}

func (t *table) value(n *node) *value {
	return &value{node: n, r: t.r, pos: t.position(n.key, n.line), dir: t.r.dir}
}

func (t *table) position(key string, line int) Position {
	if t.path != "" {
		key = t.path + "." + key
	}
	return Position{File: t.r.file, Line: line, Key: key}
}

// line is where the table begins, for keys that are missing.
func (t *table) line() int {
	if t.node == nil {
		return 0
	}
	return t.node.line
}

// has reports whether the file has the key.
func (t *table) has(key string) bool { return t.node != nil && t.node.item(key) != nil }

// missing reports a key that must be there. Behind a line that is no TOML nobody
// knows what is missing.
func (t *table) missing(key, fix string) {
	if !t.r.broken {
		t.r.problems = append(t.r.problems, &Problem{t.position(key, t.line()), "it is missing", fix})
	}
}

// unknown refuses a key that nobody reads.
func (t *table) unknown(n *node) {
	pos := t.position(n.key, n.line)
	wrong, fix := "there is no such key", suggest(n.key, t.order)
	if t.path != "" && slices.Contains(t.r.top, n.key) {
		fix = "move it to the top of the file, before the first [table]"
		if n.isTable() {
			fix = fmt.Sprintf("write it as [%s]", n.key)
		}
	}
	t.r.problems = append(t.r.problems, &Problem{pos, wrong, fix})
}

// wants reports a value of another TOML type than the one wanted.
func (v *value) wants(what, fix string) {
	v.refuse(fix, "it is %s, not %s", kindName(v.kind), what)
}

func kindName(k unstable.Kind) string {
	switch k {
	case unstable.String:
		return "text"
	case unstable.Bool:
		return "true or false"
	case unstable.Integer:
		return "a number"
	case unstable.Float:
		return "a number with a fraction"
	case unstable.Array, unstable.ArrayTable:
		return "a list"
	case unstable.Table, unstable.InlineTable:
		return "a table"
	}
	return "a date or time"
}

// string returns a text value, without the spaces around it.
func (v *value) string() (string, bool) {
	if v.kind != unstable.String {
		fix := fmt.Sprintf("write text in quotes: %s = %q", v.key, v.text)
		if v.text == "" {
			fix = fmt.Sprintf(`write text in quotes: %s = "…"`, v.key)
		}
		v.wants("text", fix)
		return "", false
	}
	if i := strings.IndexFunc(v.text, func(r rune) bool { return r < ' ' || r == 0x7f }); i >= 0 {
		v.refuse("write it in one line, without control characters", "it has the control character %q", v.text[i:i+1])
		return "", false
	}
	return strings.TrimSpace(v.text), true
}

// nameOrID returns text, or a whole number as text.
func (v *value) nameOrID() (string, bool) {
	if v.kind == unstable.Integer {
		return strings.ReplaceAll(v.text, "_", ""), true
	}
	return v.string()
}

// integer returns a whole number between lo and hi.
func (v *value) integer(lo, hi int64) (int64, bool) {
	if v.kind != unstable.Integer && !v.loose {
		v.wants("a whole number", fmt.Sprintf("write a number without quotes and fraction: %s = %d", v.key, max(lo, 1)))
		return 0, false
	}
	n, err := strconv.ParseInt(v.text, 0, 64)
	if err != nil || n < lo || n > hi {
		v.refuse(fmt.Sprintf("write a whole number from %d to %d", lo, hi), "%q is not possible", v.text)
		return 0, false
	}
	return n, true
}

// boolean returns true or false.
func (v *value) boolean() (b, ok bool) {
	if v.kind != unstable.Bool && !v.loose {
		v.wants("true or false", fmt.Sprintf("write %s = true or %s = false, without quotes", v.key, v.key))
		return false, false
	}
	if v.text != "true" && v.text != "false" {
		v.refuse("write true or false", "%q is not possible", v.text)
		return false, false
	}
	return v.text == "true", true
}

// table returns a table's keys and values, in order.
func (v *value) table(example string) ([]*value, bool) {
	if !v.isTable() {
		v.wants("a table", "write "+example)
		return nil, false
	}
	var vs []*value
	for _, n := range v.items {
		vs = append(vs, &value{node: n, r: v.r, dir: v.dir,
			pos: Position{File: v.pos.File, Line: n.line, Key: v.pos.Key + "." + n.key}})
	}
	return vs, true
}

// oneOf returns a text that is one of those known.
func (v *value) oneOf(known ...string) (string, bool) {
	s, ok := v.string()
	if ok && !slices.Contains(known, s) {
		v.refuse(suggest(s, known), "%q is not possible", s)
		return "", false
	}
	return s, ok
}

// sortedKeys returns a map's keys in order, for messages.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
