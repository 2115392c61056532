package board

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

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

// lines returns text whose parts stand between commas or on lines of their own, the lines' ends as commas.
func (v *value) lines() (string, bool) {
	if v.kind == unstable.String {
		v.text = strings.ReplaceAll(v.text, "\n", ",")
	}
	return v.string()
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
		vs = append(vs, v.entry(n))
	}
	return vs, true
}

// entry is one of a table's values.
func (v *value) entry(n *node) *value {
	return &value{node: n, r: v.r, dir: v.dir, pos: Position{File: v.pos.File, Line: n.line, Key: v.pos.Key + "." + n.key}}
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

// durationText returns the text of a duration; Parse says whether it is one.
func (v *value) durationText() (string, bool) {
	if v.kind != unstable.String {
		v.wants("a duration", fmt.Sprintf(`write a duration with its unit in quotes: %s = "%ss"`, v.key, cmp.Or(v.text, "10")))
		return "", false
	}
	s, ok := v.string()
	if ok && s == "" {
		v.refuse(`write a number with a unit: "500ms", "10s", "5m", "1h"`, "it is empty")
		return "", false
	}
	return s, ok
}

// path makes a value's path, relative to where the value came from.
func (v *value) path() (string, bool) {
	s, ok := v.string()
	switch {
	case !ok:
		return "", false
	case s == "":
		v.refuse("write a path, or leave the key out", "the path is empty")
		return "", false
	case strings.HasPrefix(s, "~"):
		v.refuse("write the path in full", "%q: nothing stands for ~ here", s)
		return "", false
	case filepath.IsAbs(s) || v.dir == "":
		return filepath.Clean(s), true
	}
	return filepath.Join(v.dir, s), true
}

// secretFile reads the path of a secret; "" names none.
func (v *value) secretFile() SecretFile {
	if v.text == "" {
		if _, ok := v.string(); ok {
			return SecretFile{}
		}
	}
	path, ok := v.path()
	if !ok {
		return SecretFile{}
	}
	return SecretFile{Path: path, Position: v.pos}
}
