package board

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

var (
	// A backend's name stands in URLs, keys and on screen.
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	// Odoo's codes: "en_US", "es_419", "sr@latin", "eo".
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(_([A-Z]{2}|[0-9]{3}))?(@[a-z]+)?$`)
)

// backendReader reads one [[backend]]: the keys that all have, and those that its kind
// declares.
type backendReader struct {
	b      *Backend
	t      *table
	checks Checks
	// kind is nil, and version "", where the file has none that is known: then nobody
	// knows which keys are wrong.
	kind    *Kind
	version string
}

// readBackend reads the backend in n.
func readBackend(t *table, n *node, checks Checks) Backend {
	r := &backendReader{t: t.sub("backend", n), checks: checks, b: &Backend{
		Position: Position{File: t.r.file, Line: n.line, Key: "backend"}, Language: DefaultLanguage,
		Settings: map[string]string{}, Secrets: map[string]SecretFile{}, Schedule: map[string]string{}}}
	r.t.env = false
	before := len(t.r.problems)
	// Type and version may stand behind what they decide about.
	if r.kind = checks.kind(textOf(n, "type")); r.kind != nil && slices.Contains(r.kind.Versions, textOf(n, "version")) {
		r.version = textOf(n, "version")
	}
	r.declare()
	r.t.read()
	r.checkRequired()
	if r.kind != nil && r.kind.Check != nil && len(t.r.problems) == before && !t.r.broken {
		for _, f := range r.kind.Check(*r.b) {
			r.report(f)
		}
	}
	return *r.b
}

// textOf is the text at a key, "" where there is none.
func textOf(n *node, key string) string {
	if i := n.item(key); i != nil && i.kind == unstable.String {
		return strings.TrimSpace(i.text)
	}
	return ""
}

// declare says how each key is read.
func (r *backendReader) declare() {
	b, t := r.b, r.t
	t.on("name", func(v *value) {
		if s, ok := v.string(); ok && !nameForm.MatchString(s) {
			v.refuse("write letters, digits, - and _, at most 64", "%q is no name", s)
		} else if ok {
			b.Name = s
		}
	})
	t.on("type", func(v *value) {
		if s, ok := v.oneOf(r.checks.kindNames()...); ok {
			b.Type = s
		}
	})
	if r.kind == nil || len(r.kind.Versions) > 0 {
		t.on("version", r.readVersion)
	}
	t.on("location", func(v *value) { v.into(&b.Location, (*value).string) })
	t.on("language", func(v *value) {
		if s, ok := v.string(); ok && !languageForm.MatchString(s) {
			v.refuse(`write Odoo's code of it, such as "en_US" or "de_CH"`, "%q is no language", s)
		} else if ok {
			b.Language = s
		}
	})
	if r.kind == nil {
		t.other = func(*node) bool { return true }
		return
	}
	r.declareSettings(t, "")
	t.on("schedule", r.readSchedule)
}

func (r *backendReader) readVersion(v *value) {
	s, ok := v.string()
	if ok && r.kind != nil && r.version == "" {
		v.refuse("write one of "+quoteList(r.kind.Versions), "there is no %s %q", r.kind.Name, s)
	} else if ok {
		r.b.Version = s
	}
}

// has reports whether the backend's version is one of those; none are all.
func (r *backendReader) has(versions []string) bool {
	return len(versions) == 0 || r.version == "" || slices.Contains(versions, r.version)
}
