package connectors

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"crema/queue"
	"crema/store"
)

// direction is the way that a record goes.
type direction string

const (
	importing direction = "import"
	exporting direction = "export"
	deleting  direction = "delete"
)

// recordName is one record in one direction, as one text that ends with "/": the name of
// its lock, and of its key where it is created. No two records share one, whatever is in
// their ids, and none begins with another's.
func recordName(d direction, parts ...string) string {
	var b strings.Builder
	b.WriteString(string(d) + "/")
	for _, p := range parts {
		b.WriteString(url.PathEscape(p) + "/")
	}
	return b.String()
}

// ImportKey names the import of a record: its lock, and a good identity key for its job.
func ImportKey(backend, model, external string) string {
	return recordName(importing, backend, model, external)
}

// ExportKey names the export of a record: its lock, and a good identity key for its job.
func ExportKey(backend, model string, odooID int64) string {
	return recordName(exporting, backend, model, odooText(odooID))
}

// task is the synchronisation of one record while it goes on.
type task struct {
	w         *Work
	direction direction
	model     string
	// odooID and external are the record's, as far as they are known.
	odooID   int64
	external string
	// parent is the task that this one is a dependency of; nil: none.
	parent *task
	held   []string
	free   []func()
	// bound is the record's binding, as it is stored; zero: it has none.
	bound Binding
	// announced is a write of the record that has not come to its end. tries are what was
	// sent, by tasks before this one as well; untried is that there was none before.
	announced, untried bool
	tries              []map[string]string
	// refused is that the call said no, and that no try can have been done before.
	refused bool
}

type taskKey struct{}

// begin makes the task of a record, which is given by one of its ids; its dependencies
// find it in the context. Its end must be called.
func begin(ctx context.Context, w *Work, d direction, model string, odooID int64, external string) (context.Context, *task) {
	parent, _ := ctx.Value(taskKey{}).(*task)
	t := &task{w: w, direction: d, model: model, odooID: odooID, external: external, parent: parent}
	return context.WithValue(ctx, taskKey{}, t), t
}

// end frees what the task holds, counts its result, and says in an error what it was
// about.
func (t *task) end(ctx context.Context, r Result, err error) (Result, error) {
	defer func() {
		for _, free := range t.free {
			free()
		}
	}()
	if errors.Is(err, ErrNothingToDo) {
		r, err = t.result(EffectNothing, "%v", err), nil
	}
	if r.Effect == "" && err == nil {
		return r, nil // a panic passes by
	}
	if t.announced && (err == nil || t.refused) {
		err = errors.Join(err, t.commit(ctx, t.renounce))
	}
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", t, err)
	}
	t.w.Tally.count(TallyKey{t.w.Backend.Name, t.model, r.Effect})
	return r, nil
}

// id is the one of the record's ids that the task goes by.
func (t *task) id() string {
	if t.direction == exporting {
		return odooText(t.odooID)
	}
	return t.external
}

// name is that of the record in the task's direction.
func (t *task) name() string { return recordName(t.direction, t.w.Backend.Name, t.model, t.id()) }

// String says it to people.
func (t *task) String() string {
	return fmt.Sprintf("%s %s %q of backend %q", t.direction, t.model, t.id(), t.w.Backend.Name)
}

func (t *task) step(s string) {
	if t.w.Trace != nil {
		t.w.Trace(fmt.Sprintf("%s %s/%s/%s: %s", t.direction, t.w.Backend.Name, t.model, t.id(), s))
	}
}

func (t *task) result(e Effect, format string, args ...any) Result {
	return Result{Effect: e, Text: fmt.Sprintf(format, args...)}
}

// commit commits what is a fact already, since the other system has it: whatever becomes
// of the job meanwhile.
func (t *task) commit(ctx context.Context, fn func(*store.Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	err := t.w.Commit(ctx, fn)
	if errors.Is(err, queue.ErrLeaseLost) {
		err = t.w.Store.Update(ctx, fn)
	}
	return err
}

func (t *task) binder() Binder { return NewBinder(t.w.Backend.Name, t.model) }

// able gives an adapter as one that can do something; the error names what it lacks.
func able[C any](adapter any, do string) (C, error) {
	c, ok := adapter.(C)
	if !ok {
		return c, fmt.Errorf("%w: the adapter %T can't %s records", ErrNoComponent, adapter, do)
	}
	return c, nil
}
