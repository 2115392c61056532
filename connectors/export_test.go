package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"

	"github.com/google/go-cmp/cmp"
)

var errAway = &connectors.NetworkError{Err: errors.New("connection reset")}

// TestExporterFlowOrder holds the trace of the steps, with the hooks' own calls among
// them, against the documented order.
func TestExporterFlowOrder(t *testing.T) {
	w := newWorld(t)
	x := w.exporter()
	x.ShouldImport = func(context.Context, connectors.Binding) (bool, error) {
		w.steps = append(w.steps, "SHOULD IMPORT")
		return false, nil
	}
	skip := ""
	x.HasToSkip = func(context.Context, *item) (string, error) {
		w.steps = append(w.steps, "HAS TO SKIP")
		return skip, nil
	}
	x.Dependencies = func(context.Context, *item) ([]connectors.Dependency, error) {
		w.steps = append(w.steps, "DEPENDENCIES")
		return nil, nil
	}
	x.Validate = func(_ context.Context, _ *item, m connectors.Mapped[entry]) error {
		w.steps = append(w.steps, "VALIDATE")
		return nil
	}
	x.After = func(_ context.Context, i *item, b connectors.Binding) error {
		w.steps = append(w.steps, "AFTER")
		if got := w.binding(b.OdooID); got.External != b.External || b.External == "" {
			t.Errorf("in After the binding is %+v, want %+v durable", got, b)
		}
		return nil
	}
	begin := "binding, should import, lock, load, has to skip, HAS TO SKIP, dependencies, DEPENDENCIES, "
	again := "binding, should import, SHOULD IMPORT, lock, load, has to skip, HAS TO SKIP, dependencies, DEPENDENCIES, "
	end := "bind, after, AFTER, settle"
	id := w.newItem("Latte", 250)
	change := func() { w.odoo.Put("1", func(i *item) { i.Price++ }) }

	for _, c := range []struct {
		name   string
		before func()
		o      connectors.ExportOptions
		effect connectors.Effect // "" for an error
		steps  string
		calls  string // of the backend
	}{
		{"skip, never exported", func() { skip = "not for sale" }, connectors.ExportOptions{}, connectors.EffectSkipped,
			"binding, should import, lock, load, has to skip, HAS TO SKIP", ""},
		{"create", func() { skip = "" }, connectors.ExportOptions{Fields: []string{"price"}}, connectors.EffectCreated, begin + "map, validate, VALIDATE, announce, create, " + end, "create export/kitchen/item/1/"},
		{"nothing", nil, connectors.ExportOptions{}, connectors.EffectNothing, again + "map", ""},
		{"nothing of these fields", nil, connectors.ExportOptions{Fields: []string{"note"}}, connectors.EffectNothing, again + "map", ""},
		{"forced", nil, connectors.ExportOptions{Force: true}, connectors.EffectUpdated, again + "map, validate, VALIDATE, write, " + end, "write 0 [label price]"},
		{"update", change, connectors.ExportOptions{}, connectors.EffectUpdated, again + "map, validate, VALIDATE, write, " + end, "write 0 [label price]"},
		{"update of a field", change, connectors.ExportOptions{Fields: []string{"price"}}, connectors.EffectUpdated, again + "map, validate, VALIDATE, write, " + end, "write 0 [price]"},
		{"retry of a write", func() { change(); w.remote.Inject(connectortest.Fault{Op: "write", After: errAway}) }, connectors.ExportOptions{}, "",
			again + "map, validate, VALIDATE, write", "write 0 [label price]"},
		{"written at last", nil, connectors.ExportOptions{}, connectors.EffectUpdated, again + "map, validate, VALIDATE, write, " + end, "write 0 [label price]"},
		{"skip", func() { skip = "not for sale" }, connectors.ExportOptions{}, connectors.EffectSkipped,
			"binding, should import, SHOULD IMPORT, lock, load, has to skip, HAS TO SKIP", ""},
		{"gone", func() { skip = ""; w.remote.Remove("0"); change() }, connectors.ExportOptions{}, connectors.EffectCreated,
			again + "map, validate, VALIDATE, write, forget, map, validate, VALIDATE, announce, create, " + end, "write 0 [label price]; create export/kitchen/item/1/1"},
		{"gone from Odoo", func() { w.odoo.Remove("1") }, connectors.ExportOptions{}, connectors.EffectGone,
			"binding, should import, SHOULD IMPORT, lock, load", ""},
		{"retry of a create", func() {
			id = w.newItem("Mocha", 300)
			w.remote.Inject(connectortest.Fault{Op: "create", After: errAway})
		}, connectors.ExportOptions{}, "", begin + "map, validate, VALIDATE, announce, create", "create export/kitchen/item/2/"},
		{"crash after the remote create", func() {
			w.odoo.Put("2", func(i *item) { i.Price++ })
			crash(w, "bind", func() { x.Export(t.Context(), id, connectors.ExportOptions{}) })
			w.t = t
		}, connectors.ExportOptions{}, connectors.EffectCreated,
			begin + "map, validate, VALIDATE, announce, create, bind, map, validate, VALIDATE, write, " + end, "create export/kitchen/item/2/; write 2 [label price]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			if c.before != nil {
				c.before()
			}
			w.took()
			w.remote.Calls()
			r, err := x.Export(t.Context(), id, c.o)
			if r.Effect != c.effect || (err == nil) != (c.effect != "") {
				t.Errorf("Export() = %+v, %v; want %s", r, err, c.effect)
			}
			if diff := cmp.Diff(c.steps, w.took()); diff != "" {
				t.Errorf("steps (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.calls, strings.Join(w.remote.Calls(), "; ")); diff != "" {
				t.Errorf("calls (-want +got)\n%s", diff)
			}
		})
	}
	want := []connectors.TallyLine{
		{TallyKey: connectors.TallyKey{Backend: "kitchen", Model: "item", Effect: "created"}, N: 3},
		{TallyKey: connectors.TallyKey{Backend: "kitchen", Model: "item", Effect: "gone"}, N: 1},
		{TallyKey: connectors.TallyKey{Backend: "kitchen", Model: "item", Effect: "nothing"}, N: 2},
		{TallyKey: connectors.TallyKey{Backend: "kitchen", Model: "item", Effect: "skipped"}, N: 2},
		{TallyKey: connectors.TallyKey{Backend: "kitchen", Model: "item", Effect: "updated"}, N: 4},
	}
	if diff := cmp.Diff(want, w.w.Tally.List()); diff != "" {
		t.Errorf("tally (-want +got)\n%s", diff)
	}
}

// TestSkipOfNeverExported: no panic, nothing bound, nothing sent.
func TestSkipOfNeverExported(t *testing.T) {
	w := newWorld(t)
	x := w.exporter()
	x.HasToSkip = func(context.Context, *item) (string, error) { return "it is no drink", nil }
	if r := w.export(x, w.newItem("Cup", 0), connectors.ExportOptions{}, connectors.EffectSkipped); r.Text != "skipped: it is no drink" {
		t.Errorf("result %q", r.Text)
	}
	if calls, bound := w.remote.Calls(), w.bindings(); len(calls) > 0 || len(bound) > 0 {
		t.Errorf("calls %q, bindings %v", calls, bound)
	}
}

// TestIDMissingInBackend: a record that is gone is made anew and bound anew, once, by a
// write that finds out and by the hook that does.
func TestIDMissingInBackend(t *testing.T) {
	w := newWorld(t)
	x := w.exporter()
	id := w.newItem("Latte", 250)
	w.export(x, id, connectors.ExportOptions{}, connectors.EffectCreated)
	for n, hook := range []bool{false, true, false} {
		old := w.binding(id).External
		w.remote.Remove(old)
		x.ShouldImport = nil
		if hook {
			x.ShouldImport = func(_ context.Context, b connectors.Binding) (bool, error) { return false, connectors.ErrNotInBackend }
		}
		w.export(x, id, connectors.ExportOptions{Force: true}, connectors.EffectCreated)
		x.ShouldImport = nil
		if got := w.binding(id).External; got == old || len(w.remote.All()) != 1 || w.remote.All()[got].Label != "Latte" || len(w.bindings()) != 1 {
			t.Errorf("%d: bound to %q, there are %v", n, got, w.remote.All())
		}
	}

	// An archived one stays archived.
	update(t, w.w.Store, func(tx *store.Tx) error { return connectors.NewBinder("kitchen", modelItem).Archive(tx, id, true) })
	w.remote.Remove(w.binding(id).External)
	w.export(x, id, connectors.ExportOptions{Force: true}, connectors.EffectCreated)
	if !w.binding(id).Archived {
		t.Error("the binding is not archived any more")
	}

	// Nor does a crash between the two make two.
	w.remote.Remove(w.binding(id).External)
	for _, step := range []string{"forget", "announce", "create", "bind"} {
		crash(w, step, func() { x.Export(t.Context(), id, connectors.ExportOptions{Force: true}) })
	}
	w.export(x, id, connectors.ExportOptions{Force: true}, connectors.EffectCreated)
	if len(w.remote.All()) != 1 {
		t.Errorf("after the crashes there are %v", w.remote.All())
	}
}

// crash runs do until a step, which panics.
func crash(w *world, step string, do func()) {
	w.t.Helper()
	w.at = func(s string) {
		if s == step {
			panic("power cut at " + step)
		}
	}
	defer func() {
		w.at = nil
		if recover() == nil {
			w.t.Errorf("there was no step %q", step)
		}
	}()
	do()
}

// TestExternalIDDurable: whatever ends the export right after the backend has made the
// record, another one makes no second.
func TestExternalIDDurable(t *testing.T) {
	t.Run("crash", func(t *testing.T) {
		w := newWorld(t)
		id := w.newItem("Latte", 250)
		crash(w, "bind", func() { w.exporter().Export(t.Context(), id, connectors.ExportOptions{}) })
		if len(w.remote.All()) != 1 || len(w.bindings()) != 0 {
			t.Fatalf("the crash came too early or too late: %v, %v", w.remote.All(), w.bindings())
		}
		w.export(w.exporter(), id, connectors.ExportOptions{}, connectors.EffectCreated)
		if len(w.remote.All()) != 1 || w.binding(id).External != "0" {
			t.Errorf("there are %v, bound to %q", w.remote.All(), w.binding(id).External)
		}
	})
	t.Run("power cut", func(t *testing.T) {
		w := newWorld(t)
		id := w.newItem("Latte", 250)
		w.export(w.exporter(), w.newItem("Mocha", 300), connectors.ExportOptions{}, connectors.EffectCreated)
		// The file as a power cut right after the reply leaves it; then the program that was
		// cut off is never heard of again.
		file := filepath.Join(t.TempDir(), "crema.db")
		w.at = func(step string) {
			if step == "bind" {
				if _, err := w.w.Store.SnapshotFile(t.Context(), file); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.export(w.exporter(), id, connectors.ExportOptions{}, connectors.EffectCreated)
		s, err := store.Open(file, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		next := worldOn(t, s)
		next.odoo, next.remote = w.odoo, w.remote
		if next.binding(id).External != "" {
			t.Fatal("the copy has the binding already")
		}
		next.export(next.exporter(), id, connectors.ExportOptions{}, connectors.EffectCreated)
		if len(w.remote.All()) != 2 || next.binding(id).External != "1" {
			t.Errorf("there are %v, bound to %q", w.remote.All(), next.binding(id).External)
		}
	})
	t.Run("lost answer", func(t *testing.T) {
		w := newWorld(t)
		id := w.newItem("Latte", 250)
		w.remote.Inject(connectortest.Fault{Op: "create", After: errAway})
		if _, err := w.exporter().Export(t.Context(), id, connectors.ExportOptions{}); !errors.As(err, new(*connectors.NetworkError)) {
			t.Fatalf("Export() = %v", err)
		}
		w.export(w.exporter(), id, connectors.ExportOptions{}, connectors.EffectCreated)
		if len(w.remote.All()) != 1 {
			t.Errorf("there are %v", w.remote.All())
		}
	})
	t.Run("the job's end", func(t *testing.T) {
		// The job is cancelled while the backend makes the record: it is bound all the same.
		w := newWorld(t)
		id := w.newItem("Latte", 250)
		q := queuetest.New(t, w.w.Store)
		kind := queue.Kind[int64]{Name: "export"}
		var job queue.ID
		w.remote.Inject(connectortest.Fault{Op: "create", Pause: func() {
			if err := q.Cancel(context.Background(), job); err != nil {
				t.Error(err)
			}
		}})
		queue.Register(q.Queue, kind, func(ctx context.Context, j *queue.Job[int64]) (queue.Done, error) {
			job = j.ID
			x := w.exporter()
			x.Work = connectors.NewWork(w.w.Environment, w.w.Backend)
			x.Work.Commit = j.Step
			_, err := x.Export(ctx, j.Args, connectors.ExportOptions{})
			return nil, connectors.Outcome(err)
		})
		queuetest.Enqueue(t, q, kind, id, queue.Options{})
		if err := q.RunUntilIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if i := q.Info(t, job); i.State != queue.StateCancelled || w.binding(id).External != "0" {
			t.Errorf("the job is %s, the record bound to %q", i.State, w.binding(id).External)
		}
	})
	t.Run("another hook's failure", func(t *testing.T) {
		w := newWorld(t)
		id := w.newItem("Latte", 250)
		x, calls := w.exporter(), 0
		x.After = func(context.Context, *item, connectors.Binding) error {
			if calls++; calls == 1 {
				return errors.New("no paper")
			}
			return nil
		}
		if _, err := x.Export(t.Context(), id, connectors.ExportOptions{}); err == nil || w.binding(id).External != "0" {
			t.Fatalf("Export() = %v, bound to %q", err, w.binding(id).External)
		}
		// The next try has After called, though nothing was changed, and the one behind not.
		w.export(x, id, connectors.ExportOptions{}, connectors.EffectUpdated)
		w.export(x, id, connectors.ExportOptions{}, connectors.EffectNothing)
		if calls != 2 || len(w.remote.All()) != 1 {
			t.Errorf("After was called %d times, there are %v", calls, w.remote.All())
		}
	})
}

// TestAfterIsOwed: After is called for a record that was written, though the task that wrote
// it was cut off and there is nothing left to write; and then not again.
func TestAfterIsOwed(t *testing.T) {
	for _, rules := range [][]connectors.Shared[item, entry]{nil, shared(connectors.Ask, connectors.Ask)} {
		for _, step := range []string{"create", "bind", "after", "settle"} {
			w := newWorld(t)
			q := queuetest.New(t, w.w.Store)
			w.w.Events = connectors.NewEvents(q.Queue, w.w.Checkpoints, nil)
			created := connectortest.Record(t, w.w.Events, connectors.Created[item](modelItem))
			x, i, calls := w.exporter(), w.importer(), 0
			x.Shared, i.Shared = rules, rules
			x.After = func(context.Context, *item, connectors.Binding) error { calls++; return nil }
			i.After = func(context.Context, *entry, connectors.Binding) error { calls++; return nil }
			id, external := w.newItem("Latte", 250), w.newEntry("Mocha", 300)
			for direction, do := range map[string]func() (connectors.Result, error){
				"export": func() (connectors.Result, error) { return x.Export(t.Context(), id, connectors.ExportOptions{}) },
				"import": func() (connectors.Result, error) {
					return i.Import(t.Context(), external, connectors.ImportOptions[entry]{})
				},
			} {
				calls = 0
				crash(w, step, func() { do() })
				if _, err := do(); err != nil || calls == 0 {
					t.Errorf("%s, cut off at %s: %v, After was called %d times", direction, step, err, calls)
				}
				calls = 0
				if r, err := do(); err != nil || calls != 0 || r.Effect != connectors.EffectNothing && r.Effect != connectors.EffectUpToDate {
					t.Errorf("%s, cut off at %s, and again: %+v, %v, After was called %d times", direction, step, r, err, calls)
				}
			}
			if len(created.Got()) != 1 {
				t.Errorf("cut off at %s: %d were told to be created", step, len(created.Got()))
			}
		}
	}
}

// TestValidateHooks: the job fails with the message, and nothing is sent.
func TestValidateHooks(t *testing.T) {
	w := newWorld(t)
	q := queuetest.New(t, w.w.Store)
	kind := queue.Kind[string]{Name: "sync"}
	refuse := &connectors.InvalidDataError{Text: "the price is below the cost: raise it"}
	queue.Register(q.Queue, kind, func(ctx context.Context, j *queue.Job[string]) (_ queue.Done, err error) {
		switch x, i := w.exporter(), w.importer(); j.Args {
		case "export":
			x.Validate = func(context.Context, *item, connectors.Mapped[entry]) error { return refuse }
			_, err = x.Export(ctx, 1, connectors.ExportOptions{})
		default:
			i.Validate = func(context.Context, *entry, connectors.Mapped[item]) error {
				e := *refuse
				return fmt.Errorf("check: %w", &e)
			}
			_, err = i.Import(ctx, "0", connectors.ImportOptions[entry]{})
		}
		return nil, connectors.Outcome(err)
	})
	w.newItem("Latte", 1)
	w.newEntry("Mocha", 1)
	for args, about := range map[string]string{"export": `export item "1" of backend "kitchen": `, "import": `import item "0" of backend "kitchen": check: `} {
		i := queuetest.EnqueueNow(t, q, kind, args, queue.Options{})
		if i.State != queue.StateFailed || i.Attempt != 1 || !strings.Contains(i.Error, about+refuse.Text) {
			t.Errorf("%s: %s, attempt %d, %q", args, i.State, i.Attempt, i.Error)
		}
	}
	if len(w.remote.All()) != 1 || len(w.odoo.All()) != 1 || len(w.bindings()) != 0 {
		t.Errorf("something was written: %v, %v", w.remote.All(), w.odoo.All())
	}
	if calls := slices.Concat(w.remote.Calls(), w.odoo.Calls()); !slices.Equal(calls, []string{"read 0", "read 1"}) {
		t.Errorf("calls %q", calls)
	}
}

// TestRecordLock: a second export of a record is put off while the first goes on, at the
// cost of no attempt, and comes after it; another record isn't held up.
func TestRecordLock(t *testing.T) {
	w := newWorld(t)
	q := queuetest.New(t, w.w.Store)
	kind := queue.Kind[int64]{Name: "export", MaxRetries: 1}
	queue.Register(q.Queue, kind, func(ctx context.Context, j *queue.Job[int64]) (queue.Done, error) {
		x := w.exporter()
		x.Work = connectors.NewWork(w.w.Environment, w.w.Backend)
		r, err := x.Export(ctx, j.Args, connectors.ExportOptions{})
		j.SetResult(r.Text)
		return nil, connectors.Outcome(err)
	})
	slow, other := w.newItem("Latte", 250), w.newItem("Mocha", 300)
	inside, release := make(chan struct{}), make(chan struct{})
	w.remote.Inject(connectortest.Fault{Op: "create", Pause: func() { close(inside); <-release }})
	q.Start(t)
	first := queuetest.Enqueue(t, q, kind, slow, queue.Options{})
	<-inside
	second := queuetest.Enqueue(t, q, kind, slow, queue.Options{})
	third := queuetest.Enqueue(t, q, kind, other, queue.Options{})
	until(t, q, third, func(i queue.Info) bool { return i.State == queue.StateDone })
	i := until(t, q, second, func(i queue.Info) bool { return !i.ETA.IsZero() })
	if i.State != queue.StatePending || i.Attempt != 0 || !strings.Contains(i.Error, "another task works on export/kitchen/item/1/") {
		t.Errorf("the second: %s, attempt %d, %q", i.State, i.Attempt, i.Error)
	}
	close(release)
	until(t, q, first, func(i queue.Info) bool { return i.State == queue.StateDone })
	until(t, q, second, func(i queue.Info) bool {
		q.Clock.Advance(1e9)
		return i.State == queue.StateDone
	})
	if len(w.remote.All()) != 2 {
		t.Errorf("there are %v", w.remote.All())
	}
}

// until waits for a change of a job that fits.
func until(t *testing.T, q *queuetest.Queue, id queue.ID, fits func(queue.Info) bool) queue.Info {
	t.Helper()
	changes, stop := q.Watch()
	defer stop()
	for {
		if i := q.Info(t, id); fits(i) {
			return i
		}
		select {
		case <-changes:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// TestNothingToDo: the job ends done with the reason as its result, and is counted apart.
func TestNothingToDo(t *testing.T) {
	s := storetest.Open(t)
	q := queuetest.New(t, s)
	w := newWorld(t)
	kind := queue.Kind[struct{}]{Name: "export"}
	queue.Register(q.Queue, kind, func(ctx context.Context, j *queue.Job[struct{}]) (queue.Done, error) {
		x := w.exporter()
		x.Dependencies = func(context.Context, *item) ([]connectors.Dependency, error) {
			return nil, fmt.Errorf("%w: the order was cancelled", connectors.ErrNothingToDo)
		}
		r, err := x.Export(ctx, 1, connectors.ExportOptions{})
		j.SetResult(r.Text)
		return nil, connectors.Outcome(err)
	})
	w.newItem("Latte", 250)
	if i := queuetest.EnqueueNow(t, q, kind, struct{}{}, queue.Options{}); i.State != queue.StateDone || i.Result != "nothing to do: the order was cancelled" {
		t.Errorf("%s, result %q, %q", i.State, i.Result, i.Error)
	}
	want := []connectors.TallyLine{{TallyKey: connectors.TallyKey{Backend: "kitchen", Model: "item", Effect: connectors.EffectNothing}, N: 1}}
	if diff := cmp.Diff(want, w.w.Tally.List()); diff != "" {
		t.Errorf("tally (-want +got)\n%s", diff)
	}
}
