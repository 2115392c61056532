package connectors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/store"
)

// errGoneInOdoo is a bound record that Odoo no longer has.
var errGoneInOdoo = fmt.Errorf("Odoo: %w", ErrNotInBackend)

// update writes what the backend has into the bound record.
func (i RecordImporter[R, V]) update(ctx context.Context, t *task, remote *R, bound Binding, force bool) (Result, error) {
	t.step("map")
	m, err := i.Mapper.Map(ctx, i.Work, remote)
	if err != nil {
		return Result{}, err
	}
	print, err := m.print()
	if err != nil {
		return Result{}, err
	}
	shared, err := i.settle(ctx, t, remote, bound, m)
	if err != nil {
		return Result{}, err
	}
	m = m.without(shared.keep)
	unchanged := print == bound.Imported && !force && len(shared.send) == 0
	bound.Imported, bound.Written, bound.Updated = print, shared.written, i.updatedAt(remote)
	if unchanged || len(m.Fields()) == 0 {
		nothing := t.result(EffectNothing, "nothing to write")
		if t.kept(bound) && !shared.anything {
			return nothing, nil
		}
		t.step("bind")
		return nothing, i.bind(ctx, t, bound, shared, nil)
	}
	t.step("validate")
	if err := i.validate(ctx, remote, m); err != nil {
		return Result{}, err
	}
	w, err := able[Writer[Mapped[V]]](t, i.Odoo, "write")
	if err != nil {
		return Result{}, err
	}
	if err := t.announceWrite(ctx, shared); err != nil {
		return Result{}, err
	}
	t.step("update")
	if err := w.Write(ctx, odooText(bound.OdooID), m); err != nil {
		return Result{}, goneInOdoo(t.answered(err, false))
	}
	return t.result(EffectUpdated, "written to %s %d of Odoo", i.Model, bound.OdooID), i.finish(ctx, t, remote, bound, m, shared)
}

// create makes the record in Odoo. The key of the call survives a crash, so that the next
// try finds the record that this one made.
func (i RecordImporter[R, V]) create(ctx context.Context, t *task, remote *R, bound Binding) (Result, error) {
	t.step("map")
	print, err := mappedPrint(ctx, i.Work, i.Mapper, remote)
	if err != nil {
		return Result{}, err
	}
	m, err := i.Mapper.Map(ctx, i.Work, remote, ForCreate())
	if err != nil {
		return Result{}, err
	}
	t.step("validate")
	if err := i.validate(ctx, remote, m); err != nil {
		return Result{}, err
	}
	c, err := able[Creator[Mapped[V]]](t, i.Odoo, "create")
	if err != nil {
		return Result{}, err
	}
	if bound.Written, err = prints(i.Shared, func(f Shared[V, R]) any { return f.ofBackend(remote) }); err != nil {
		return Result{}, err
	}
	resumed := len(t.tries) > 0
	key, err := t.announceNew(ctx, bound.Written)
	if err != nil {
		return Result{}, err
	}
	t.step("create")
	id, err := c.Create(ctx, key, m)
	if err != nil {
		return Result{}, t.answered(err, true)
	}
	if bound.OdooID, err = odooNumber(id); err != nil {
		return Result{}, err
	}
	created := t.result(EffectCreated, "created as %s %d of Odoo", i.Model, bound.OdooID)
	if resumed {
		return created, i.resume(ctx, t, remote, bound)
	}
	bound.Imported, bound.Updated = print, i.updatedAt(remote)
	return created, i.finish(ctx, t, remote, bound, m, settlement{})
}

// resume goes on with a record that an earlier try may have made, from what the backend
// had then: it is bound, and then written as it is now.
func (i RecordImporter[R, V]) resume(ctx context.Context, t *task, remote *R, bound Binding) error {
	t.step("bind")
	bound.Written = nil // that one of the tries knows
	if err := t.commit(ctx, func(tx *store.Tx) error { return t.binder().Bind(tx, bound) }); err != nil {
		return err
	}
	_, err := i.update(ctx, t, remote, bound, false)
	return err
}

// recreate makes the record anew that somebody deleted in Odoo.
func (i RecordImporter[R, V]) recreate(ctx context.Context, t *task, remote *R) (Result, error) {
	if err := t.forget(ctx); err != nil {
		return Result{}, err
	}
	return i.create(ctx, t, remote, Binding{External: t.external, Archived: t.bound.Archived})
}

func (i RecordImporter[R, V]) validate(ctx context.Context, remote *R, m Mapped[V]) error {
	if i.Validate == nil {
		return nil
	}
	return i.Validate(ctx, remote, m)
}

// settle reads what Odoo has, where there are rules for fields that both sides change.
func (i RecordImporter[R, V]) settle(ctx context.Context, t *task, remote *R, bound Binding, m Mapped[V]) (settlement, error) {
	if len(i.Shared) == 0 {
		return settlement{written: bound.Written}, nil
	}
	t.step("compare")
	r, err := able[Reader[V]](t, i.Odoo, "read")
	if err != nil {
		return settlement{}, err
	}
	v, err := r.Read(ctx, odooText(bound.OdooID))
	if err := goneInOdoo(err); err != nil {
		return settlement{}, err
	}
	last := bound.Written
	if len(t.tries) > 0 {
		has, err := prints(i.Shared, func(f Shared[V, R]) any { return f.ofOdoo(&v) })
		if err != nil {
			return settlement{}, err
		}
		last = t.made(last, has)
	}
	return settle(i.Shared, importing, last, &v, remote, m.Has)
}

// finish binds what was written and tells who waits for it. What would let the next
// import pass over the record is kept only when After has done its part.
func (i RecordImporter[R, V]) finish(ctx context.Context, t *task, remote *R, bound Binding, m Mapped[V], shared settlement) error {
	t.step("bind")
	first := bound
	if i.After != nil {
		first.Imported, first.Updated = "", time.Time{}
	}
	told := func(tx *store.Tx) error { return i.publish(tx, bound, m) }
	if err := i.bind(ctx, t, first, shared, told); err != nil || i.After == nil {
		return err
	}
	t.step("after")
	if err := i.After(ctx, remote, bound); err != nil {
		return err
	}
	t.step("settle")
	return i.bind(ctx, t, bound, settlement{}, nil)
}

// bind binds, and tells in the same commit whoever wants to know. told may be nil.
func (i RecordImporter[R, V]) bind(ctx context.Context, t *task, bound Binding, shared settlement, told func(*store.Tx) error) error {
	bound.Synced = i.Work.Now()
	return t.commit(ctx, func(tx *store.Tx) error {
		if err := t.bind(tx, bound); err != nil {
			return err
		}
		if err := shared.record(tx, t, bound); err != nil {
			return err
		}
		if shared.back && i.ScheduleExport != nil {
			if err := i.ScheduleExport(tx, bound.OdooID); err != nil {
				return err
			}
		}
		if told == nil {
			return nil
		}
		return told(tx)
	})
}

// publish tells the listeners what was imported, with the backend as the origin.
func (i RecordImporter[R, V]) publish(tx *store.Tx, bound Binding, m Mapped[V]) error {
	topic := Written[V](i.Model)
	if m.ForCreate {
		topic = Created[V](i.Model)
	}
	return PublishFact(tx, i.Work.Events, topic, Event[RecordEvent[V]]{
		Backend: i.Work.Backend, Origin: i.Work.Backend.Name, At: i.Work.Now(),
		Data: RecordEvent[V]{ID: odooText(bound.OdooID), Fields: m.Fields(), Record: m.Record},
	})
}

// goneInOdoo tells Odoo's missing records from the backend's.
func goneInOdoo(err error) error {
	if errors.Is(err, ErrNotInBackend) {
		return errGoneInOdoo
	}
	return err
}
