package connectors

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// AmbiguousError is a kind with several components of one role without a condition.
type AmbiguousError struct {
	// Components describes each of them.
	Components []string
}

func (e *AmbiguousError) Error() string {
	return "several components without a condition for one kind and role: " + strings.Join(e.Components, " and ") +
		"; keep one, give the others a condition, or let one replace the others"
}

// Validate reports everything that is wrong with the registry, all of it joined: an
// *AmbiguousError for several components without a condition, names given twice or
// replaced and unknown, replacing itself or in a circle, roles of one name
// and two types, missing kinds, constructors and conditions. Call it once, after the last
// [Provide]; a registry that passes never fails a lookup for these reasons.
func (r *Registry) Validate() error {
	var errs []error
	errs = append(errs, r.checkParts()...)
	errs = append(errs, r.checkReplacing()...)
	errs = append(errs, r.checkAmbiguity()...)
	return errors.Join(errs...)
}

func (r *Registry) checkParts() []error {
	var errs []error
	byName := map[string]*part{}
	byRole := map[string]*part{}
	for _, p := range r.parts {
		if p.kind == nil {
			errs = append(errs, fmt.Errorf("component %s has no kind", p))
		}
		if !p.whole {
			errs = append(errs, fmt.Errorf("component %s has no constructor", p))
		}
		if slices.ContainsFunc(p.when, func(cond func(*Work) bool) bool { return cond == nil }) {
			errs = append(errs, fmt.Errorf("component %s has a condition without a function", p))
		}
		if first, ok := byName[p.name]; ok && p.name != "" {
			errs = append(errs, fmt.Errorf("two components have one name: %s and %s", first, p))
		} else {
			byName[p.name] = p
		}
		// The type's text is enough to tell two types apart here, and needs no reflection.
		if first, ok := byRole[p.role]; !ok {
			byRole[p.role] = p
		} else if a, b := fmt.Sprintf("%T", first.build), fmt.Sprintf("%T", p.build); a != b {
			errs = append(errs, fmt.Errorf("one role, two types: %s is %s, %s is %s", first, a, p, b))
		}
	}
	return errs
}

func (r *Registry) checkReplacing() []error {
	var errs []error
	for _, p := range r.parts {
		for _, name := range p.replacing {
			old := r.named(name)
			switch {
			case old == nil:
				errs = append(errs, fmt.Errorf("component %s replaces %q, which nobody provides", p, name))
			case old == p:
				errs = append(errs, fmt.Errorf("component %s replaces itself", p))
			case old.role != p.role:
				errs = append(errs, fmt.Errorf("component %s replaces %s, which has another role", p, old))
			case !p.kind.Is(old.kind) && !old.kind.Is(p.kind):
				errs = append(errs, fmt.Errorf("component %s replaces %s, which never applies together with it", p, old))
			case r.replaces(old, p, nil):
				errs = append(errs, fmt.Errorf("components replace each other: %s and %s", p, old))
			}
		}
	}
	return errs
}

// replaces reports whether p replaces old, directly or through others.
func (r *Registry) replaces(p, old *part, seen []*part) bool {
	if slices.Contains(seen, p) {
		return false
	}
	for _, name := range p.replacing {
		next := r.named(name)
		if next == nil || next == p {
			continue
		}
		if next == old || r.replaces(next, old, append(seen, p)) {
			return true
		}
	}
	return false
}

func (r *Registry) named(name string) *part {
	for _, p := range r.parts {
		if p.name == name && name != "" {
			return p
		}
	}
	return nil
}

// checkAmbiguity finds kinds with two components of a role that are always there.
func (r *Registry) checkAmbiguity() []error {
	type seat struct{ role, kind string }
	sitting := map[seat][]string{}
	var order []seat
	for _, p := range r.parts {
		if len(p.when) > 0 || r.alwaysReplaced(p) {
			continue
		}
		s := seat{p.role, p.kind.String()}
		if sitting[s] == nil {
			order = append(order, s)
		}
		sitting[s] = append(sitting[s], p.String())
	}
	var errs []error
	for _, s := range order {
		if len(sitting[s]) > 1 {
			errs = append(errs, &AmbiguousError{Components: sitting[s]})
		}
	}
	return errs
}

// alwaysReplaced reports whether p is hidden wherever it would apply.
func (r *Registry) alwaysReplaced(p *part) bool {
	if p.name == "" {
		return false
	}
	for _, q := range r.parts {
		if q != p && len(q.when) == 0 && q.role == p.role && p.kind.Is(q.kind) && slices.Contains(q.replacing, p.name) {
			return true
		}
	}
	return false
}
