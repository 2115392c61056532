package connectors

import (
	"context"
	"fmt"
	"time"

	"crema/store"
)

// finish binds what was written and tells who waits for it. What would let the next task
// pass over the record is kept only when After has done its part.
func (d delivery[S, D]) finish(ctx context.Context, src *S, bound Binding, m Mapped[D], shared settlement) error {
	d.step("bind")
	first := bound
	if d.after != nil {
		first.Updated, *d.print(&first) = time.Time{}, ""
	}
	if err := d.bind(ctx, first, shared, &m); err != nil || d.after == nil {
		return err
	}
	d.step("after")
	if err := d.after(ctx, src, bound); err != nil {
		return err
	}
	d.step("settle")
	return d.bind(ctx, bound, settlement{}, nil)
}

// unchanged binds where nothing was written, if there is anything to keep. Where an
// earlier task wrote it, and was cut off before After, that is made up for.
func (d delivery[S, D]) unchanged(ctx context.Context, src *S, bound Binding, m Mapped[D], print string, shared settlement) error {
	owed := d.after != nil && *d.print(&bound) == "" && len(d.fields) == 0
	d.pass(&bound, print)
	if m.ForCreate = d.resumed; d.resumed || owed {
		return d.finish(ctx, src, bound, m, shared)
	}
	if d.kept(bound) && !shared.anything {
		return nil
	}
	d.step("bind")
	return d.bind(ctx, bound, shared, nil)
}

// bind binds, takes back the announcement, and tells in the same commit whoever wants to
// know; written is nil where nothing was.
func (d delivery[S, D]) bind(ctx context.Context, bound Binding, shared settlement, written *Mapped[D]) error {
	bound.Synced = d.w.Now()
	err := d.commit(ctx, func(tx *store.Tx) error {
		bound := bound
		// Who archives a record asks nobody for its lock.
		if now, found, err := d.binder().Get(tx, bound.OdooID); err != nil {
			return err
		} else if found {
			bound.Archived = now.Archived
		}
		if err := d.binder().Bind(tx, bound); err != nil {
			return err
		}
		if err := d.renounce(tx); err != nil {
			return err
		}
		if err := shared.record(tx, d.task, bound); err != nil {
			return err
		}
		if shared.back {
			if err := d.answer(tx, bound); err != nil {
				return err
			}
		}
		if written == nil || d.tell == nil {
			return nil
		}
		return d.tell(tx, bound, *written)
	})
	if err == nil {
		d.announced = false
	}
	return err
}

// What follows is where the two directions differ.

// target is the id of a bound record where it is to be written; "": it has none.
func (t *task) target(b Binding) string {
	switch {
	case t.direction == exporting:
		return b.External
	case b.OdooID == 0:
		return ""
	}
	return odooText(b.OdooID)
}

// setTarget takes the id that an adapter gave.
func (t *task) setTarget(b *Binding, id string) (err error) {
	if t.direction == exporting {
		b.External = id
		return nil
	}
	b.OdooID, err = odooNumber(id)
	return err
}

// print is the fingerprint of what was last written in this direction.
func (t *task) print(b *Binding) *string {
	if t.direction == exporting {
		return &b.Fingerprint
	}
	return &b.Imported
}

// pass keeps what lets the next task pass over the record.
func (d delivery[S, D]) pass(b *Binding, print string) {
	*d.print(b) = print
	if d.direction == importing {
		b.Updated = d.updated
	}
}

// place says to people where a record was written.
func (t *task) place(b Binding) string {
	if t.direction == exporting {
		return fmt.Sprintf("%q of backend %q", b.External, t.w.Backend.Name)
	}
	return fmt.Sprintf("%s %d of Odoo", t.model, b.OdooID)
}
