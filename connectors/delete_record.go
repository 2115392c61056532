package connectors

import (
	"context"
	"errors"

	"crema/store"
)

// Unbound is the topic of bindings of a model that a [RecordDeleter] removed with the
// backend's record; the event has the binding as it was last.
func Unbound(model string) Topic[Binding] { return NewTopic[Binding](model, "unbound") }

// RecordDeleter deletes single records of a backend, whose Odoo records are gone. It is
// put together for a [Work] and used by the goroutine that has it.
type RecordDeleter struct {
	Work *Work
	// Model is that of the bindings.
	Model  string
	Remote Deleter
}

// Delete deletes a record by its external id, which is given by value, since by now the
// binding may be gone with the Odoo record. One that the backend no longer has is deleted
// well. A binding that is still there is removed, in the commit that follows. Its error
// is for [Outcome]; a *LockedError where another task has the record.
func (d RecordDeleter) Delete(ctx context.Context, external string) (result Result, err error) {
	ctx, t := begin(ctx, d.Work, deleting, d.Model, 0, external)
	defer func() { result, err = t.end(ctx, result, err) }()

	t.step("lock")
	if err := t.lookAndLock(); err != nil {
		return Result{}, err
	}
	t.step("delete")
	if err := d.Remote.Delete(ctx, external); err != nil && !errors.Is(err, ErrNotInBackend) {
		return Result{}, err
	}
	if t.bound.OdooID != 0 {
		t.step("unbind")
		err = t.commit(ctx, func(tx *store.Tx) error {
			if err := t.binder().Unbind(tx, t.bound.OdooID); err != nil {
				return err
			}
			if err := again(tx, ExportKey(d.Work.Backend.Name, d.Model, t.bound.OdooID)); err != nil {
				return err
			}
			return PublishFact(tx, d.Work.Events, Unbound(d.Model), Event[Binding]{Backend: d.Work.Backend, At: d.Work.Now(), Data: t.bound})
		})
	}
	return t.result(EffectDeleted, "deleted %q in backend %q", external, d.Work.Backend.Name), err
}
