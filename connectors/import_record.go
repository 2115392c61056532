package connectors

import (
	"context"
	"errors"
	"time"

	"crema/store"
)

// RecordImporter brings single records R of a backend into Odoo, as values V. It is put
// together for a [Work] and used by the goroutine that has it.
type RecordImporter[R, V any] struct {
	Work *Work
	// Model is that of the bindings.
	Model string
	// Remote reads the backend's records.
	Remote Reader[R]
	// Odoo writes Odoo's: a [Creator] and a [Writer] of Mapped[V], as far as records are
	// created and written; with Shared fields a [Reader] of V as well. Its ids are decimal.
	Odoo BackendAdapter[V]
	// Mapper makes Odoo's values.
	Mapper *Mapper[R, V]

	// What follows is optional, in the order in which it is asked. Its errors end the import.

	// MustSkip gives a reason not to import a record; "" is none.
	MustSkip func(context.Context, *R) (reason string, err error)
	// UpdatedAt is when the record was changed last, by the backend's own clock; zero where
	// that is not known, or not exact enough to tell two changes apart. A record that was
	// not changed since its last import is up to date.
	UpdatedAt func(*R) time.Time
	// Before is the last chance to prepare something.
	Before func(context.Context, *R) error
	// Dependencies are the records that must be in Odoo before this one.
	Dependencies func(context.Context, *R) ([]Dependency, error)
	// Validate refuses what must not be written, by an *InvalidDataError.
	Validate func(context.Context, *R, Mapped[V]) error
	// After is called when the record is written and bound. It may be called again, but for
	// a record that was written it is called at least once.
	After func(context.Context, *R, Binding) error
	// Shared are the fields that people change on both sides, as the exporter has them. All
	// others that the mapper sets are taken to be changed in the backend alone.
	Shared []Shared[V, R]
	// ScheduleExport enqueues the export of a record, in the commit that found out that Odoo
	// has a value of a shared field that stays.
	ScheduleExport func(tx *store.Tx, odooID int64) error
}

// ImportOptions vary one import.
type ImportOptions[R any] struct {
	// Force imports also what is up to date or was imported as it is.
	Force bool
	// Data is the record where the caller has it already; nil: it is read. Give none that
	// may have been read before another import of it.
	Data *R
}

// Import brings one record into Odoo: it is created there, or the bound one is written,
// and bound in one commit. An archived binding is one like any other. What it does in
// which order stands below, as a straight line. Its error is for [Outcome]; a
// *LockedError where another task has the record.
func (i RecordImporter[R, V]) Import(ctx context.Context, external string, o ImportOptions[R]) (result Result, err error) {
	ctx, t := begin(ctx, i.Work, importing, i.Model, 0, external)
	defer func() { result, err = t.end(ctx, result, err) }()

	t.step("lock")
	if err := t.lookAndLock(); err != nil {
		return Result{}, err
	}
	t.step("read")
	remote, err := i.read(ctx, external, o)
	if errors.Is(err, ErrNotInBackend) {
		return t.result(EffectGone, "%s %q no longer exists in backend %q", i.Model, external, i.Work.Backend.Name), nil
	}
	if err != nil {
		return Result{}, err
	}
	t.step("must skip")
	if reason, err := i.mustSkip(ctx, remote); err != nil || reason != "" {
		return t.result(EffectSkipped, "skipped: %s", reason), err
	}
	if !o.Force {
		t.step("up to date")
		if i.upToDate(remote, t.bound) {
			return t.result(EffectUpToDate, "%s %q is up to date", i.Model, external), nil
		}
	}
	t.step("before")
	if i.Before != nil {
		if err := i.Before(ctx, remote); err != nil {
			return Result{}, err
		}
	}
	t.step("dependencies")
	if err := i.dependencies(ctx, t, remote); err != nil {
		return Result{}, err
	}
	return delivery[R, V]{
		task: t, mapper: i.Mapper, to: i.Odoo, validate: i.Validate, after: i.After, compare: whenImporting(i.Shared),
		answer: i.answer, tell: i.publish, force: o.Force, updated: i.updatedAt(remote),
	}.run(ctx, remote, false)
}

// answer has Odoo's value of a shared field exported.
func (i RecordImporter[R, V]) answer(tx *store.Tx, b Binding) error {
	if i.ScheduleExport == nil {
		return nil
	}
	return i.ScheduleExport(tx, b.OdooID)
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

func (i RecordImporter[R, V]) read(ctx context.Context, external string, o ImportOptions[R]) (*R, error) {
	if o.Data != nil {
		return o.Data, nil
	}
	r, err := i.Remote.Read(ctx, external)
	return &r, err
}

func (i RecordImporter[R, V]) mustSkip(ctx context.Context, r *R) (string, error) {
	if i.MustSkip == nil {
		return "", nil
	}
	return i.MustSkip(ctx, r)
}

func (i RecordImporter[R, V]) updatedAt(r *R) time.Time {
	if i.UpdatedAt == nil {
		return time.Time{}
	}
	return i.UpdatedAt(r).UTC()
}

func (i RecordImporter[R, V]) upToDate(r *R, bound Binding) bool {
	updated := i.updatedAt(r)
	return bound.OdooID != 0 && !updated.IsZero() && !updated.After(bound.Updated)
}

func (i RecordImporter[R, V]) dependencies(ctx context.Context, t *task, r *R) error {
	if i.Dependencies == nil {
		return nil
	}
	needs, err := i.Dependencies(ctx, r)
	if err != nil {
		return err
	}
	return t.first(ctx, needs)
}
