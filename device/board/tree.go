package board

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// node is one key of the file with its value and the line it stands in. The decoder
// of the TOML library drops the lines, so the file is read as a tree of these.
type node struct {
	key  string
	line int
	// kind is that of the value: a scalar's, or Table, InlineTable, ArrayTable, Array.
	kind unstable.Kind
	// text is a scalar's value: a string's content, anything else as it was written.
	text string
	// items are a table's keys, in order, or the tables of an ArrayTable.
	items []*node
	// opened is a table that has had its [header].
	opened bool
}

func (n *node) item(key string) *node {
	for _, i := range n.items {
		if i.key == key {
			return i
		}
	}
	return nil
}

// isTable reports whether n has keys of its own.
func (n *node) isTable() bool {
	return n.kind == unstable.Table || n.kind == unstable.InlineTable
}

// parser builds the tree of one file.
type parser struct {
	file     string
	toml     unstable.Parser
	root     *node
	problems Problems
	// broken is a file that could not be read to its end.
	broken bool
}

// parse reads the whole text, or as far as it is TOML.
func parse(file string, text []byte) *parser {
	p := &parser{file: file, root: &node{kind: unstable.Table, opened: true}}
	p.toml.Reset(text)
	at, path := p.root, ""
	for p.toml.NextExpression() {
		e := p.toml.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			at, path = p.header(e)
		case unstable.KeyValue:
			p.keyValue(at, path, e)
		}
	}
	if err := p.toml.Error(); err != nil {
		p.syntax(err)
	}
	return p
}

func (p *parser) problem(line int, key, wrong, fix string) {
	p.problems = append(p.problems, &Problem{Position{p.file, line, key}, wrong, fix})
}

func (p *parser) lineOf(n *unstable.Node) int {
	return p.toml.Shape(n.Raw).Start.Line
}

// header opens the table of a [header] or [[header]]. Where that is impossible a
// table that belongs to nothing is returned, so that its keys are still read.
func (p *parser) header(e *unstable.Node) (*node, string) {
	keys, line := p.keys(e.Key())
	path := strings.Join(keys, ".")
	at := p.root
	for _, key := range keys[:len(keys)-1] {
		if at = p.enter(at, key, line); at == nil {
			p.problem(line, path, fmt.Sprintf("%q is a value, not a table", key), "give one of the two another name")
			return &node{kind: unstable.Table}, path
		}
	}
	key := keys[len(keys)-1]
	there := at.item(key)
	if e.Kind == unstable.ArrayTable {
		if there == nil {
			there = &node{key: key, line: line, kind: unstable.ArrayTable}
			at.items = append(at.items, there)
		}
		if there.kind != unstable.ArrayTable {
			p.problem(line, path, fmt.Sprintf("it is in line %d already, not as a list", there.line), "write [["+path+"]] in both places")
			return &node{kind: unstable.Table}, path
		}
		table := &node{key: key, line: line, kind: unstable.Table, opened: true}
		there.items = append(there.items, table)
		return table, path
	}
	switch {
	case there == nil:
		there = &node{key: key, line: line, kind: unstable.Table}
		at.items = append(at.items, there)
	case there.kind == unstable.ArrayTable:
		p.problem(line, path, fmt.Sprintf("it is a list since line %d", there.line), "write [["+path+"]]")
		return &node{kind: unstable.Table}, path
	case there.kind != unstable.Table || there.opened:
		p.problem(line, path, fmt.Sprintf("it is in line %d already", there.line), "put both together, or rename one")
		return &node{kind: unstable.Table}, path
	}
	there.opened = true
	return there, path
}

// enter returns the table at key, of a list its last one, made if need be; nil when
// key has another value.
func (p *parser) enter(at *node, key string, line int) *node {
	there := at.item(key)
	switch {
	case there == nil:
		there = &node{key: key, line: line, kind: unstable.Table}
		at.items = append(at.items, there)
		return there
	case there.kind == unstable.ArrayTable:
		return there.items[len(there.items)-1]
	case there.kind == unstable.Table:
		return there
	}
	return nil
}

// keyValue adds a key with its value to a table.
func (p *parser) keyValue(at *node, path string, e *unstable.Node) {
	keys, line := p.keys(e.Key())
	if path != "" {
		path += "."
	}
	path += strings.Join(keys, ".")
	for _, key := range keys[:len(keys)-1] {
		if at = p.enter(at, key, line); at == nil {
			p.problem(line, path, fmt.Sprintf("%q is a value, not a table", key), "give one of the two another name")
			return
		}
	}
	key := keys[len(keys)-1]
	if there := at.item(key); there != nil {
		p.problem(line, path, fmt.Sprintf("it is in line %d already", there.line), "keep one of the two")
		return
	}
	at.items = append(at.items, p.value(key, line, path, e.Value()))
}

// value builds the node of a value.
func (p *parser) value(key string, line int, path string, v *unstable.Node) *node {
	n := &node{key: key, line: line, kind: v.Kind, text: string(v.Data)}
	if v.Kind == unstable.InlineTable {
		for it := v.Children(); it.Next(); {
			p.keyValue(n, path, it.Node())
		}
	}
	return n
}

func (p *parser) keys(it unstable.Iterator) (keys []string, line int) {
	for it.Next() {
		keys = append(keys, string(it.Node().Data))
		line = p.lineOf(it.Node())
	}
	return keys, line
}

// secretive are keys whose values are not repeated: somebody may have written a secret there, where none belongs.
var secretive = regexp.MustCompile(`(?i)key|pass|secret|token|phrase`)

// syntax reports where the text stops being TOML.
func (p *parser) syntax(err error) {
	p.broken = true
	line := 1
	var at *unstable.ParserError
	if errors.As(err, &at) {
		line = p.toml.Shape(p.toml.Range(at.Highlight)).Start.Line
	}
	text := strings.Split(string(p.toml.Data()), "\n")[line-1]
	key, value, _ := strings.Cut(text, "=")
	value, _, _ = strings.Cut(value, " #")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	fix := "correct the line; everything behind it is unread"
	switch {
	case strings.HasPrefix(err.Error(), "expected newline"):
		fix = "write one key a line, and nothing behind its value"
	case !strings.Contains(text, "="):
		fix = "write it as key = value"
	case value == "":
		fix = `write a value behind the "=", "" for none`
	case value[0] == '"' && strings.Count(value, `"`) == 1, value[0] == '\'' && strings.Count(value, "'") == 1:
		fix = "end the text with a quote"
	case value[0] != '"' && value[0] != '\'' && value[0] != '{' && value[0] != '[':
		if secretive.MatchString(key) {
			value = "…"
		}
		fix = fmt.Sprintf("write text in quotes: %s = %q", key, value)
	}
	if strings.HasPrefix(key, "[") {
		key, fix = strings.Trim(key, "[] \r"), "write [name], or [[name]] for a list"
	} else if strings.ContainsAny(key, " \t#\"'") || !strings.Contains(text, "=") {
		key = ""
	}
	p.problem(line, key, "this is not TOML: "+err.Error(), fix)
}
