package connectors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"crema/store"
)

// delivery is the second half of an import or an export: what was read is mapped, brought
// to the other side, and bound.
type delivery[S, D any] struct {
	*task
	mapper   *Mapper[S, D]
	to       BackendAdapter[D]
	validate func(context.Context, *S, Mapped[D]) error
	after    func(context.Context, *S, Binding) error
	compare  comparison[S, D]
	// answer enqueues the other direction; tell publishes what was written, and may be nil.
	answer func(*store.Tx, Binding) error
	tell   func(*store.Tx, Binding, Mapped[D]) error
	// fields are those of the source to deliver; none: all.
	fields []string
	force  bool
	// resumed is that an earlier try may have made the record, whose creation nobody was told.
	resumed bool
	// updated is the source's own time of its last change, if it is an import's.
	updated time.Time
}

// errGone is a bound record that is no longer where it is to be written.
var errGone = fmt.Errorf("write: %w", ErrNotInBackend)

// gone tells a record that is gone from one that it needs.
func gone(err error) error {
	if errors.Is(err, ErrNotInBackend) {
		return errGone
	}
	return err
}

// run creates the record or writes the bound one; one that is gone is made anew, once.
func (d delivery[S, D]) run(ctx context.Context, src *S, isGone bool) (r Result, err error) {
	switch {
	case d.target(d.bound) == "":
		r, err = d.create(ctx, src, Binding{OdooID: d.odooID, External: d.external})
	case isGone:
		err = errGone
	default:
		r, err = d.update(ctx, src, d.bound)
	}
	if !errors.Is(err, errGone) {
		return r, err
	}
	if err := d.forget(ctx); err != nil {
		return Result{}, err
	}
	return d.create(ctx, src, Binding{OdooID: d.odooID, External: d.external, Archived: d.bound.Archived})
}

// update writes the bound record.
func (d delivery[S, D]) update(ctx context.Context, src *S, bound Binding) (Result, error) {
	d.step("map")
	m, err := d.mapper.Map(ctx, d.w, src, OnlyFields(d.fields...))
	if err != nil {
		return Result{}, err
	}
	print := "" // of a part it says nothing
	if len(d.fields) == 0 {
		if print, err = m.print(); err != nil {
			return Result{}, err
		}
	}
	shared, err := d.settle(ctx, src, bound, m)
	if err != nil {
		return Result{}, err
	}
	m = m.without(shared.keep)
	bound.Written = shared.written
	last := *d.print(&bound)
	if print != "" && print == last && !d.force && len(shared.send) == 0 || len(m.Fields()) == 0 {
		return d.result(EffectNothing, "nothing to write"), d.unchanged(ctx, src, bound, m, cmp.Or(print, last), shared)
	}
	if err := d.valid(ctx, src, m); err != nil {
		return Result{}, err
	}
	w, err := able[Writer[Mapped[D]]](d.to, "write")
	if err != nil {
		return Result{}, err
	}
	if err := d.announceWrite(ctx, shared); err != nil {
		return Result{}, err
	}
	d.step("write")
	if err := w.Write(ctx, d.target(bound), m); err != nil {
		return Result{}, gone(d.answered(err, false))
	}
	d.pass(&bound, print)
	m.ForCreate = d.resumed
	return d.result(EffectUpdated, "written to %s", d.place(bound)), d.finish(ctx, src, bound, m, shared)
}

// create makes the record. The key of the call survives a crash, so that the next try
// finds the record that this one made.
func (d delivery[S, D]) create(ctx context.Context, src *S, bound Binding) (Result, error) {
	d.step("map")
	print, err := mappedPrint(ctx, d.w, d.mapper, src)
	if err != nil {
		return Result{}, err
	}
	m, err := d.mapper.Map(ctx, d.w, src, ForCreate())
	if err != nil {
		return Result{}, err
	}
	if len(m.Fields()) == 0 {
		return d.result(EffectNothing, "nothing to write"), nil
	}
	if err := d.valid(ctx, src, m); err != nil {
		return Result{}, err
	}
	c, err := able[Creator[Mapped[D]]](d.to, "create")
	if err != nil {
		return Result{}, err
	}
	sent, err := d.compare.ofSource(src)
	if err != nil {
		return Result{}, err
	}
	tried := len(d.tries) > 0
	key, err := d.announceNew(ctx, sent)
	if err != nil {
		return Result{}, err
	}
	d.step("create")
	id, err := c.Create(ctx, key, m)
	if err != nil {
		return Result{}, d.answered(err, true)
	}
	if err := d.setTarget(&bound, id); err != nil {
		return Result{}, err
	}
	created := d.result(EffectCreated, "created as %s", d.place(bound))
	if tried {
		return created, d.resume(ctx, src, bound)
	}
	bound.Written = sent
	d.pass(&bound, print)
	return created, d.finish(ctx, src, bound, m, settlement{})
}

// resume goes on with a record that an earlier try may have made, from what the source
// was then: it is bound, and then written as it is now.
func (d delivery[S, D]) resume(ctx context.Context, src *S, bound Binding) error {
	d.step("bind")
	if err := d.commit(ctx, func(tx *store.Tx) error { return d.binder().Bind(tx, bound) }); err != nil {
		return err
	}
	d.fields, d.resumed = nil, true
	_, err := d.update(ctx, src, bound)
	return err
}

func (d delivery[S, D]) valid(ctx context.Context, src *S, m Mapped[D]) error {
	d.step("validate")
	if d.validate == nil {
		return nil
	}
	return d.validate(ctx, src, m)
}
