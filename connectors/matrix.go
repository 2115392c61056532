package connectors

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// Matrix draws who does what: a line for each role, a column for each kind. A cell
// says how many components there are: "1" one without a condition, "2?" two with,
// "2?+1" both, "^" the parent's is taken, "-" nobody.
func (r *Registry) Matrix() string { return r.matrix(nil, nil) }

// matrix draws these kinds and roles too, with what there is for them.
func (r *Registry) matrix(more []*Kind, roles []string) string {
	var kinds []*Kind
	add := func(k *Kind) {
		for _, k := range k.ancestry() {
			if !slices.ContainsFunc(kinds, func(o *Kind) bool { return sameKind(o, k) }) {
				kinds = append(kinds, k)
			}
		}
	}
	for _, k := range more {
		add(k)
	}
	for _, p := range r.parts {
		add(p.kind)
		if p.kind != nil {
			roles = append(roles, p.role)
		}
	}
	slices.SortFunc(kinds, func(a, b *Kind) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.version, b.version))
	})
	slices.Sort(roles)
	roles = slices.Compact(roles)

	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "role")
	for _, k := range kinds {
		fmt.Fprintf(w, "\t%s", k)
	}
	fmt.Fprintln(w)
	for _, role := range roles {
		fmt.Fprint(w, role)
		for _, k := range kinds {
			fmt.Fprintf(w, "\t%s", r.cell(role, k))
		}
		fmt.Fprintln(w)
	}
	// Writing to a strings.Builder can't fail.
	_ = w.Flush()
	return b.String()
}

func (r *Registry) cell(role string, k *Kind) string {
	var with, without int
	for _, p := range r.parts {
		switch {
		case p.role != role || p.kind.String() != k.String():
		case len(p.when) > 0:
			with++
		case !r.alwaysReplaced(p):
			without++
		}
	}
	switch {
	case with > 0 && without > 0:
		return fmt.Sprintf("%d?+%d", with, without)
	case with > 0:
		return fmt.Sprintf("%d?", with)
	case without > 0:
		return fmt.Sprint(without)
	case k.parent != nil && r.cell(role, k.parent) != "-":
		return "^"
	}
	return "-"
}
