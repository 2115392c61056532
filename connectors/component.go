package connectors

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoComponent means that nobody does a role for a backend's kind; the error says
// what was searched.
var ErrNoComponent = errors.New("no component")

// Component builds the component of a role for w: the one of the backend's version,
// else of its parent. Those with a condition come first, in the order they were
// provided; the one without is tried last. The error is ErrNoComponent when there is
// none, or wraps what the component's own constructor returned.
func Component[C any](w *Work, role Role[C]) (C, error) { return component(w, role, nil) }

func component[C any](w *Work, role Role[C], without []*part) (C, error) {
	var none C
	p, err := w.Registry.find(w, role.String(), without)
	if err != nil {
		return none, err
	}
	build, ok := p.build.(builder[C])
	if !ok {
		return none, fmt.Errorf("component %s is of another type than the role that was asked for: two roles have the same model and usage", p)
	}
	c, err := build(w, without)
	if err != nil {
		return none, fmt.Errorf("build component %s for backend %q: %w", p, w.Backend.Name, err)
	}
	return c, nil
}

// find chooses among the parts of a role, as if those of without were not there.
func (r *Registry) find(w *Work, role string, without []*part) (*part, error) {
	kinds := w.Backend.Kind.ancestry()
	applicable := r.applicable(w, role, without)
	for _, k := range kinds {
		var last *part
		for _, p := range applicable {
			switch {
			case p.kind.String() != k.String():
			case len(p.when) > 0:
				return p, nil
			case last != nil:
				return nil, &AmbiguousError{Components: []string{last.String(), p.String()}}
			default:
				last = p
			}
		}
		if last != nil {
			return last, nil
		}
	}
	return nil, r.notFound(w, role, kinds)
}

// applicable lists the parts of a role whose kind and condition fit w, without
// those that another one of them replaces. A replaced part's own replacing still
// counts: that makes it transitive.
func (r *Registry) applicable(w *Work, role string, without []*part) []*part {
	var fit []*part
	hidden := map[string]bool{}
	for _, p := range r.parts {
		if p.role == role && w.Backend.Kind.Is(p.kind) && !slices.Contains(without, p) && p.holds(w) {
			fit = append(fit, p)
			for _, name := range p.replacing {
				hidden[name] = true
			}
		}
	}
	return slices.DeleteFunc(fit, func(p *part) bool { return p.name != "" && hidden[p.name] })
}

// notFound says what was searched and what there is in this role.
func (r *Registry) notFound(w *Work, role string, kinds []*Kind) error {
	searched := make([]string, len(kinds))
	for i, k := range kinds {
		searched[i] = k.String()
	}
	var there []string
	for _, p := range r.parts {
		if p.role == role {
			there = append(there, p.String())
		}
	}
	where := "nobody provides this role"
	if len(there) > 0 {
		where = "there is " + strings.Join(there, ", ")
	}
	if len(searched) == 0 {
		searched = []string{"nothing, since the backend has no kind"}
	}
	return fmt.Errorf("%w for %s of backend %q: searched %s; %s",
		ErrNoComponent, role, w.Backend.Name, strings.Join(searched, ", then "), where)
}
