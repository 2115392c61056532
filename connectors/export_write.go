package connectors

import (
	"context"
	"errors"
	"fmt"

	"crema/store"
)

// errGoneInBackend is a bound record that the backend no longer has.
var errGoneInBackend = fmt.Errorf("write: %w", ErrNotInBackend)

// update writes what Odoo has into the bound record.
func (x RecordExporter[L, R]) update(ctx context.Context, t *task, local *L, bound Binding, o ExportOptions) (Result, error) {
	t.step("map")
	m, err := x.Mapper.Map(ctx, x.Work, local, OnlyFields(o.Fields...))
	if err != nil {
		return Result{}, err
	}
	print := "" // of a part it says nothing
	if len(o.Fields) == 0 {
		if print, err = m.print(); err != nil {
			return Result{}, err
		}
	}
	shared, err := x.settle(ctx, t, local, bound, m)
	if err != nil {
		return Result{}, err
	}
	m = m.without(shared.keep)
	bound.Written = shared.written
	unchanged := print != "" && print == bound.Fingerprint && !o.Force && len(shared.send) == 0
	if unchanged || len(m.Fields()) == 0 {
		nothing := t.result(EffectNothing, "nothing to export")
		if t.kept(bound) && !shared.anything {
			return nothing, nil
		}
		t.step("bind")
		return nothing, x.bind(ctx, t, bound, shared)
	}
	bound.Fingerprint = print
	t.step("validate")
	if err := x.validate(ctx, local, m); err != nil {
		return Result{}, err
	}
	w, err := able[Writer[Mapped[R]]](t, x.Remote, "write")
	if err != nil {
		return Result{}, err
	}
	if err := t.announceWrite(ctx, shared); err != nil {
		return Result{}, err
	}
	t.step("write")
	if err := w.Write(ctx, bound.External, m); err != nil {
		return Result{}, goneInBackend(t.answered(err, false))
	}
	return t.result(EffectUpdated, "written to %q of backend %q", bound.External, x.Work.Backend.Name), x.finish(ctx, t, local, bound, shared)
}

// create makes the record in the backend. The key of the call survives a crash, so that
// the next try finds the record that this one made.
func (x RecordExporter[L, R]) create(ctx context.Context, t *task, local *L, bound Binding) (Result, error) {
	t.step("map")
	print, err := mappedPrint(ctx, x.Work, x.Mapper, local)
	if err != nil {
		return Result{}, err
	}
	m, err := x.Mapper.Map(ctx, x.Work, local, ForCreate())
	if err != nil {
		return Result{}, err
	}
	if len(m.Fields()) == 0 {
		return t.result(EffectNothing, "nothing to export"), nil
	}
	t.step("validate")
	if err := x.validate(ctx, local, m); err != nil {
		return Result{}, err
	}
	c, err := able[Creator[Mapped[R]]](t, x.Remote, "create")
	if err != nil {
		return Result{}, err
	}
	if bound.Written, err = prints(x.Shared, func(f Shared[L, R]) any { return f.ofOdoo(local) }); err != nil {
		return Result{}, err
	}
	resumed := len(t.tries) > 0
	key, err := t.announceNew(ctx, bound.Written)
	if err != nil {
		return Result{}, err
	}
	t.step("create")
	if bound.External, err = c.Create(ctx, key, m); err != nil {
		return Result{}, t.answered(err, true)
	}
	created := t.result(EffectCreated, "created as %q in backend %q", bound.External, x.Work.Backend.Name)
	if resumed {
		return created, x.resume(ctx, t, local, bound)
	}
	bound.Fingerprint = print
	return created, x.finish(ctx, t, local, bound, settlement{})
}

// resume goes on with a record that an earlier try may have made, from what Odoo had
// then: it is bound, and then written as it is now.
func (x RecordExporter[L, R]) resume(ctx context.Context, t *task, local *L, bound Binding) error {
	t.step("bind")
	bound.Written = nil // that one of the tries knows
	if err := t.commit(ctx, func(tx *store.Tx) error { return t.binder().Bind(tx, bound) }); err != nil {
		return err
	}
	_, err := x.update(ctx, t, local, bound, ExportOptions{})
	return err
}

// recreate makes the record anew that is gone from the backend. Under a new key, which
// is kept before the call: a backend that remembers keys would give the old id.
func (x RecordExporter[L, R]) recreate(ctx context.Context, t *task, local *L) (Result, error) {
	if err := t.forget(ctx); err != nil {
		return Result{}, err
	}
	return x.create(ctx, t, local, Binding{OdooID: t.odooID, Archived: t.bound.Archived})
}

func (x RecordExporter[L, R]) validate(ctx context.Context, local *L, m Mapped[R]) error {
	if x.Validate == nil {
		return nil
	}
	return x.Validate(ctx, local, m)
}

// settle reads what the backend has, where there are rules for fields that both sides
// change.
func (x RecordExporter[L, R]) settle(ctx context.Context, t *task, local *L, bound Binding, m Mapped[R]) (settlement, error) {
	if len(x.Shared) == 0 {
		return settlement{written: bound.Written}, nil
	}
	t.step("compare")
	r, err := able[Reader[R]](t, x.Remote, "read")
	if err != nil {
		return settlement{}, err
	}
	remote, err := r.Read(ctx, bound.External)
	if err := goneInBackend(err); err != nil {
		return settlement{}, err
	}
	last := bound.Written
	if len(t.tries) > 0 {
		has, err := prints(x.Shared, func(f Shared[L, R]) any { return f.ofBackend(&remote) })
		if err != nil {
			return settlement{}, err
		}
		last = t.made(last, has)
	}
	return settle(x.Shared, exporting, last, local, &remote, m.Has)
}

// finish binds what was written and tells who waits for it. What would let the next
// export pass over the record is kept only when After has done its part.
func (x RecordExporter[L, R]) finish(ctx context.Context, t *task, local *L, bound Binding, shared settlement) error {
	t.step("bind")
	first := bound
	if x.After != nil {
		first.Fingerprint = ""
	}
	if err := x.bind(ctx, t, first, shared); err != nil || x.After == nil {
		return err
	}
	t.step("after")
	if err := x.After(ctx, local, bound); err != nil {
		return err
	}
	t.step("settle")
	return x.bind(ctx, t, bound, settlement{})
}

func (x RecordExporter[L, R]) bind(ctx context.Context, t *task, bound Binding, shared settlement) error {
	bound.Synced = x.Work.Now()
	return t.commit(ctx, func(tx *store.Tx) error {
		if err := t.bind(tx, bound); err != nil {
			return err
		}
		if err := shared.record(tx, t, bound); err != nil {
			return err
		}
		if shared.back && x.ScheduleImport != nil {
			return x.ScheduleImport(tx, bound.External)
		}
		return nil
	})
}

// goneInBackend tells a record that is gone from one that another one lacks.
func goneInBackend(err error) error {
	if errors.Is(err, ErrNotInBackend) {
		return errGoneInBackend
	}
	return err
}
