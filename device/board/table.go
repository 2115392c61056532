package board

import (
	"fmt"
	"slices"
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
	// other deals with a key that is not declared, and reports whether it did; may be nil.
	other func(*node) bool
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
	if t.other != nil && t.other(n) {
		return
	}
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
