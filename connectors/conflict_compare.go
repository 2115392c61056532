package connectors

import "context"

// comparison compares the shared fields of a source with those of where it is to be
// written, whichever of the two is Odoo's.
type comparison[S, D any] struct {
	fields int // how many there are
	// ofSource and ofTarget are the fingerprints of the fields.
	ofSource func(*S) (map[string]string, error)
	ofTarget func(*D) (map[string]string, error)
	// settle says what becomes of them; see the function of this name.
	settle func(last map[string]string, src *S, dst *D, has func(string) bool) (settlement, error)
}

// whenExporting compares from Odoo's side, whenImporting from the backend's.
func whenExporting[L, R any](shared []Shared[L, R]) comparison[L, R] {
	return comparison[L, R]{
		fields:   len(shared),
		ofSource: func(l *L) (map[string]string, error) { return printsOfOdoo(shared, l) },
		ofTarget: func(r *R) (map[string]string, error) { return printsOfBackend(shared, r) },
		settle: func(last map[string]string, l *L, r *R, has func(string) bool) (settlement, error) {
			return settle(shared, exporting, last, l, r, has)
		},
	}
}

func whenImporting[L, R any](shared []Shared[L, R]) comparison[R, L] {
	return comparison[R, L]{
		fields:   len(shared),
		ofSource: func(r *R) (map[string]string, error) { return printsOfBackend(shared, r) },
		ofTarget: func(l *L) (map[string]string, error) { return printsOfOdoo(shared, l) },
		settle: func(last map[string]string, r *R, l *L, has func(string) bool) (settlement, error) {
			return settle(shared, importing, last, l, r, has)
		},
	}
}

// settle reads what the other side has, where there are rules for fields that both
// change, and compares.
func (d delivery[S, D]) settle(ctx context.Context, src *S, bound Binding, m Mapped[D]) (settlement, error) {
	if d.compare.fields == 0 {
		return settlement{written: bound.Written}, nil
	}
	d.step("compare")
	r, err := able[Reader[D]](d.to, "read")
	if err != nil {
		return settlement{}, err
	}
	dst, err := r.Read(ctx, d.target(bound))
	if err != nil {
		return settlement{}, gone(err)
	}
	last := bound.Written
	if len(d.tries) > 0 {
		has, err := d.compare.ofTarget(&dst)
		if err != nil {
			return settlement{}, err
		}
		last = d.made(last, has)
	}
	return d.compare.settle(last, src, &dst, m.Has)
}
