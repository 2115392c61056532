package connectors_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/queue"
	"crema/queue/queuetest"

	"github.com/google/go-cmp/cmp"
)

// withParents has an exporter export the parent of an item before it.
func withParents(x connectors.RecordExporter[item, entry]) connectors.RecordExporter[item, entry] {
	x.Dependencies = func(_ context.Context, i *item) ([]connectors.Dependency, error) {
		return []connectors.Dependency{withParents(x).Dependency(i.Parent)}, nil
	}
	return x
}

// importParents has an importer import the parent of an entry before it.
func importParents(i connectors.RecordImporter[entry, item]) connectors.RecordImporter[entry, item] {
	i.Dependencies = func(_ context.Context, r *entry) ([]connectors.Dependency, error) {
		return []connectors.Dependency{importParents(i).Dependency(r.Parent)}, nil
	}
	return i
}

// TestDependencyExport: what is missing comes first, what is there is left alone, and
// parallel exports of one dependency make one record of it.
func TestDependencyExport(t *testing.T) {
	w := newWorld(t)
	parent := w.newItem("Coffee", 0)
	child := w.newItem("Latte", 250)
	w.odoo.Put("2", func(i *item) { i.Parent = parent })
	x := withParents(w.exporter())
	w.export(x, child, connectors.ExportOptions{}, connectors.EffectCreated)
	if diff := cmp.Diff([]string{"create export/kitchen/item/1/", "create export/kitchen/item/2/"}, w.remote.Calls()); diff != "" {
		t.Errorf("calls (-want +got)\n%s", diff)
	}
	if got := w.remote.All()["1"]; got.Label != "Latte" || got.Parent != "0" {
		t.Errorf("the child is %+v", got)
	}
	w.odoo.Put("1", func(i *item) { i.Name = "Hot coffee" })
	w.export(x, child, connectors.ExportOptions{Force: true}, connectors.EffectUpdated)
	if diff := cmp.Diff([]string{"write 1 [label price parent]"}, w.remote.Calls()); diff != "" {
		t.Errorf("calls (-want +got)\n%s", diff)
	}
	x.Dependencies = func(_ context.Context, i *item) ([]connectors.Dependency, error) {
		return []connectors.Dependency{w.exporter().Dependency(i.Parent).Always(), {}}, nil
	}
	w.export(x, child, connectors.ExportOptions{Force: true}, connectors.EffectUpdated)
	if diff := cmp.Diff([]string{"write 0 [label price]", "write 1 [label price parent]"}, w.remote.Calls()); diff != "" {
		t.Errorf("calls with Always (-want +got)\n%s", diff)
	}

	t.Run("parallel", func(t *testing.T) {
		w := newWorld(t)
		q := queuetest.New(t, w.w.Store, func(c *queue.Config) { c.Channels = "root:8" })
		kind := queue.Kind[int64]{Name: "export", MaxRetries: 1}
		queue.Register(q.Queue, kind, func(ctx context.Context, j *queue.Job[int64]) (queue.Done, error) {
			x := w.exporter()
			x.Work = connectors.NewWork(w.w.Environment, w.w.Backend)
			_, err := withParents(x).Export(ctx, j.Args, connectors.ExportOptions{})
			return nil, connectors.Outcome(err)
		})
		parent := w.newItem("Coffee", 0)
		inside, release := make(chan struct{}), make(chan struct{})
		w.remote.Inject(connectortest.Fault{Op: "create", Pause: func() { close(inside); <-release }})
		for range 7 {
			id := w.newItem("Latte", 250)
			w.odoo.Put(odooText(id), func(i *item) { i.Parent = parent })
			queuetest.Enqueue(t, q, kind, id, queue.Options{})
		}
		stop := q.Start(t)
		<-inside
		for _, i := range q.Jobs(t, queue.Filter{}) { // all others wait for the one that has the parent
			if i.State == queue.StatePending {
				until(t, q, i.ID, func(i queue.Info) bool { return !i.ETA.IsZero() && i.Attempt == 0 })
			}
		}
		close(release)
		for _, i := range q.Jobs(t, queue.Filter{}) {
			until(t, q, i.ID, func(i queue.Info) bool {
				q.Clock.Advance(1e9)
				return i.State == queue.StateDone
			})
		}
		stop()
		labels := map[string]int{}
		for _, r := range w.remote.All() {
			labels[r.Label]++
		}
		if labels["Coffee"] != 1 || labels["Latte"] != 7 {
			t.Errorf("there are %v", labels)
		}
	})
}

// TestDependencyImport: what is missing is imported first, and a circle is found and
// named, for good, by either direction.
func TestDependencyImport(t *testing.T) {
	w := newWorld(t)
	parent := w.newEntry("Coffee", 0)
	child := w.remote.Put("", func(r *entry) { r.Label, r.Parent = "Latte", parent })
	w.imports(importParents(w.importer()), child, connectors.ImportOptions[entry]{}, connectors.EffectCreated)
	if got := w.odoo.All()["2"]; got.Name != "Latte" || got.Parent != 1 || w.odoo.All()["1"].Name != "Coffee" {
		t.Errorf("there are %v", w.odoo.All())
	}
	// One that is gone is for the mapping to miss: it may come, so the job tries again.
	orphan := w.remote.Put("", func(r *entry) { r.Parent = "99" })
	_, err := importParents(w.importer()).Import(t.Context(), orphan, connectors.ImportOptions[entry]{})
	if !errors.Is(err, connectors.ErrNotBound) || queue.IsOutcome(connectors.Outcome(err)) {
		t.Errorf("Import() without its parent = %v, %v", err, connectors.Outcome(err))
	}

	a, b, c := w.newEntry("a", 1), w.newEntry("b", 1), w.newEntry("c", 1)
	for of, is := range map[string]string{a: b, b: c, c: a} {
		w.remote.Put(of, func(r *entry) { r.Parent = is })
	}
	_, err = importParents(w.importer()).Import(t.Context(), a, connectors.ImportOptions[entry]{})
	var cycle *connectors.CycleError
	if !errors.As(err, &cycle) || !queue.IsPermanent(connectors.Outcome(err)) {
		t.Fatalf("Import() of a circle = %v", err)
	}
	name := func(id string) string { return `import item "` + id + `" of backend "kitchen"` }
	if diff := cmp.Diff([]string{name(a), name(b), name(c), name(a)}, cycle.Chain); diff != "" {
		t.Errorf("the circle (-want +got)\n%s", diff)
	}
	x, y := w.newItem("x", 1), w.newItem("y", 1)
	w.odoo.Put(odooText(x), func(i *item) { i.Parent = y })
	w.odoo.Put(odooText(y), func(i *item) { i.Parent = x })
	if _, err := withParents(w.exporter()).Export(t.Context(), x, connectors.ExportOptions{}); !errors.As(err, &cycle) || len(cycle.Chain) != 3 {
		t.Errorf("Export() of a circle = %v", err)
	}
	// All locks are free again, and two tasks of one circle don't wait for each other.
	var wg sync.WaitGroup
	for _, id := range []string{a, b, c} {
		wg.Go(func() {
			i := w.importer()
			i.Work = connectors.NewWork(w.w.Environment, w.w.Backend)
			for {
				_, err := importParents(i).Import(t.Context(), id, connectors.ImportOptions[entry]{})
				if errors.As(err, new(*connectors.CycleError)) {
					return
				}
				if !errors.As(err, new(*connectors.LockedError)) {
					t.Errorf("Import(%q) = %v", id, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if !strings.Contains(cycle.Error(), " → ") {
		t.Errorf("%v", cycle)
	}
}
