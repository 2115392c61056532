package connectors

import (
	"context"
	"errors"

	"crema/store"
)

// RecordExporter brings single records L of Odoo to a backend, as records R. It is put
// together for a [Work] and used by the goroutine that has it.
type RecordExporter[L, R any] struct {
	Work *Work
	// Model is that of the bindings.
	Model string
	// Odoo reads Odoo's records; its ids are decimal.
	Odoo Reader[L]
	// Remote writes the backend's: a [Creator] and a [Writer] of Mapped[R], as far as records
	// are created and written; with Shared fields a [Reader] of R as well.
	Remote BackendAdapter[R]
	// Mapper makes the backend's records.
	Mapper *Mapper[L, R]

	// What follows is optional, in the order in which it is asked. Its errors end the export.

	// ShouldImport tells whether the backend's record was changed since the last sync. Then
	// ScheduleImport is called; the export goes on, and Shared says what it leaves alone.
	// ErrNotInBackend: the record is gone, and is created anew.
	ShouldImport func(context.Context, Binding) (bool, error)
	// ScheduleImport enqueues the import of a record, forced, in a commit: after
	// ShouldImport, and where the backend's value of a shared field stays.
	ScheduleImport func(tx *store.Tx, external string) error
	// HasToSkip gives a reason not to export a record; "" is none.
	HasToSkip func(context.Context, *L) (reason string, err error)
	// Dependencies are the records that must be in the backend before this one.
	Dependencies func(context.Context, *L) ([]Dependency, error)
	// Validate refuses what must not be written, by an *InvalidDataError.
	Validate func(context.Context, *L, Mapped[R]) error
	// After is called when the record is written and bound. It may be called again, but for
	// a record that was written it is called at least once.
	After func(context.Context, *L, Binding) error
	// Shared are the fields that people change on both sides, as the importer has them. All
	// others that the mapper sets are taken to be changed in Odoo alone.
	Shared []Shared[L, R]
}

// ExportOptions vary one export.
type ExportOptions struct {
	// Fields are those of Odoo that were changed; none: all. A record that is not in the
	// backend yet is exported as a whole.
	Fields []string
	// Force writes also what was exported as it is.
	Force bool
}

// Export brings one record to the backend: it is created there, or the bound one is
// written, and the backend's id is durable before anything else can fail. What it does in
// which order stands below, as a straight line. Its error is for [Outcome]; a
// *LockedError where another task has the record.
func (x RecordExporter[L, R]) Export(ctx context.Context, odooID int64, o ExportOptions) (result Result, err error) {
	ctx, t := begin(ctx, x.Work, exporting, x.Model, odooID, "")
	defer func() { result, err = t.end(ctx, result, err) }()

	t.step("binding")
	if _, err := t.look(); err != nil {
		return Result{}, err
	}
	t.step("should import")
	gone, err := x.scheduleImport(ctx, t)
	if err != nil {
		return Result{}, err
	}
	t.step("lock")
	if err := t.lock(); err != nil {
		return Result{}, err
	}
	t.step("load")
	local, err := x.Odoo.Read(ctx, odooText(odooID))
	if errors.Is(err, ErrNotInBackend) {
		return t.result(EffectGone, "%s %d no longer exists in Odoo", x.Model, odooID), nil
	}
	if err != nil {
		return Result{}, err
	}
	t.step("has to skip")
	if reason, err := x.hasToSkip(ctx, &local); err != nil || reason != "" {
		return t.result(EffectSkipped, "skipped: %s", reason), err
	}
	t.step("dependencies")
	if err := x.dependencies(ctx, t, &local); err != nil {
		return Result{}, err
	}
	return delivery[L, R]{
		task: t, mapper: x.Mapper, to: x.Remote, validate: x.Validate, after: x.After, compare: whenExporting(x.Shared),
		answer: x.answer, fields: o.Fields, force: o.Force,
	}.run(ctx, &local, gone)
}

// answer has the backend's value of a shared field imported.
func (x RecordExporter[L, R]) answer(tx *store.Tx, b Binding) error {
	if x.ScheduleImport == nil {
		return nil
	}
	return x.ScheduleImport(tx, b.External)
}

func (x RecordExporter[L, R]) scheduleImport(ctx context.Context, t *task) (gone bool, err error) {
	if x.ShouldImport == nil || t.bound.External == "" {
		return false, nil
	}
	should, err := x.ShouldImport(ctx, t.bound)
	if errors.Is(err, ErrNotInBackend) {
		return true, nil
	}
	if err != nil || !should || x.ScheduleImport == nil {
		return false, err
	}
	return false, x.Work.Commit(ctx, func(tx *store.Tx) error { return x.ScheduleImport(tx, t.bound.External) })
}

func (x RecordExporter[L, R]) hasToSkip(ctx context.Context, l *L) (string, error) {
	if x.HasToSkip == nil {
		return "", nil
	}
	return x.HasToSkip(ctx, l)
}

func (x RecordExporter[L, R]) dependencies(ctx context.Context, t *task, l *L) error {
	if x.Dependencies == nil {
		return nil
	}
	needs, err := x.Dependencies(ctx, l)
	if err != nil {
		return err
	}
	return t.first(ctx, needs)
}
