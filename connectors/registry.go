package connectors

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Registry holds who does what for which kind. It is filled by [Provide] at
// start-up, checked once by [Registry.Validate], and only read from then on.
type Registry struct {
	parts []*part
}

// part is one provided component, with its type erased.
type part struct {
	role      string
	kind      *Kind
	name      string // as given by Named, else ""
	where     string // source position of the Provide, for messages
	when      []func(*Work) bool
	replacing []string
	build     any  // builder[C]
	whole     bool // there is a function to build it with
}

// builder makes a component for w. Those of without are not there for it.
type builder[C any] func(w *Work, without []*part) (C, error)

// NewRegistry makes an empty registry.
func NewRegistry() *Registry { return &Registry{} }

// ProvideOption changes how a component is chosen.
type ProvideOption func(*part)

// When makes a component conditional: it is taken only where cond holds, asked anew
// at each lookup, and tried before the component without a condition. Given twice,
// both must hold.
func When(cond func(*Work) bool) ProvideOption {
	return func(p *part) { p.when = append(p.when, cond) }
}

// Named gives a component a name, for messages and for [Replacing]. Names are
// unique in a registry.
func Named(name string) ProvideOption {
	return func(p *part) { p.name = name }
}

// Replacing hides the components of these names, in the same role, wherever this
// one applies: for its kind and where its condition holds. Where it does not apply
// they are back. Replacing is transitive.
func Replacing(names ...string) ProvideOption {
	return func(p *part) { p.replacing = append(p.replacing, names...) }
}

// Provide registers build as who makes the component of this role for this kind,
// and, when kind has versions, for those that have none of their own. What is wrong
// with it is said by [Registry.Validate].
func Provide[C any](r *Registry, role Role[C], kind *Kind, build func(*Work) (C, error), opts ...ProvideOption) {
	make := builder[C](func(w *Work, _ []*part) (C, error) { return build(w) })
	r.provide(&part{role: role.String(), kind: kind, build: make, whole: build != nil, where: caller(2)}, opts)
}

// Wrap registers, in place of the component called name, one that is made around it: wrap
// gets what a lookup gives without this one, so the one that it replaces where that
// applies. Wrappers can be wrapped. It is what extending a component is elsewhere.
func Wrap[C any](r *Registry, role Role[C], kind *Kind, name string, wrap func(w *Work, inner C) (C, error), opts ...ProvideOption) {
	p := &part{role: role.String(), kind: kind, replacing: []string{name}, whole: wrap != nil, where: caller(2)}
	p.build = builder[C](func(w *Work, without []*part) (C, error) {
		inner, err := component(w, role, append(slices.Clone(without), p))
		if err != nil {
			var none C
			return none, err
		}
		return wrap(w, inner)
	})
	r.provide(p, opts)
}

func (r *Registry) provide(p *part, opts []ProvideOption) {
	for _, opt := range opts {
		opt(p)
	}
	r.parts = append(r.parts, p)
}

// caller returns the source position skip frames up, as "package/file.go:12": the
// only thing that tells two nameless components apart.
func caller(skip int) string {
	_, file, line, ok := runtime.Caller(skip)
	if !ok {
		return "unknown position"
	}
	dir, base := filepath.Split(file)
	return fmt.Sprintf("%s:%d", filepath.Join(filepath.Base(dir), base), line)
}

// String describes the part in messages: by name where it has one, and where it is.
func (p *part) String() string {
	var b strings.Builder
	if p.name != "" {
		fmt.Fprintf(&b, "%q ", p.name)
	}
	fmt.Fprintf(&b, "(%s for %s, provided at %s)", p.role, p.kind, p.where)
	return b.String()
}

// holds reports whether all of the part's conditions hold.
func (p *part) holds(w *Work) bool {
	for _, cond := range p.when {
		if !cond(w) {
			return false
		}
	}
	return true
}
