package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/queue/queuetest"
	"crema/store"

	"github.com/google/go-cmp/cmp"
)

// TestRecordImporterOrder holds the trace of the steps, with the hooks' own calls among
// them, against the documented order.
func TestRecordImporterOrder(t *testing.T) {
	w := newWorld(t)
	skip := ""
	i := w.importer()
	external := w.newEntry("Latte", 250)
	i.MustSkip = func(context.Context, *entry) (string, error) {
		w.steps = append(w.steps, "MUST SKIP")
		return skip, nil
	}
	i.Before = func(context.Context, *entry) error {
		w.steps = append(w.steps, "BEFORE")
		return nil
	}
	i.Dependencies = func(context.Context, *entry) ([]connectors.Dependency, error) {
		w.steps = append(w.steps, "DEPENDENCIES")
		return nil, nil
	}
	i.Validate = func(context.Context, *entry, connectors.Mapped[item]) error {
		w.steps = append(w.steps, "VALIDATE")
		return nil
	}
	i.After = func(_ context.Context, _ *entry, b connectors.Binding) error {
		w.steps = append(w.steps, "AFTER")
		if got := w.binding(b.OdooID); got.External != external {
			t.Errorf("in After the binding is %+v, want %+v durable", got, b)
		}
		return nil
	}
	change := func() { w.remote.Put(external, func(r *entry) { r.Stock++ }) }
	begin := "lock, read, must skip, MUST SKIP, "
	middle := begin + "up to date, before, BEFORE, dependencies, DEPENDENCIES, map"
	forced := begin + "before, BEFORE, dependencies, DEPENDENCIES, map"
	end := ", bind, after, AFTER, settle"
	all := "[name price stock]"

	for _, c := range []struct {
		name   string
		before func()
		o      connectors.ImportOptions[entry]
		effect connectors.Effect // "" for an error
		text   string
		steps  string
		calls  string // of Odoo
	}{
		{"skip", func() { skip = "not for sale" }, connectors.ImportOptions[entry]{}, connectors.EffectSkipped, "skipped: not for sale", "lock, read, must skip, MUST SKIP", ""},
		{"retry of a read", func() { skip = ""; w.remote.Inject(connectortest.Fault{Op: "read", Before: errAway}) }, connectors.ImportOptions[entry]{}, "", "", "lock, read", ""},
		{"create", nil, connectors.ImportOptions[entry]{}, connectors.EffectCreated, "created as item 1 of Odoo", middle + ", validate, VALIDATE, announce, create" + end, "create import/kitchen/item/0/"},
		{"up to date", nil, connectors.ImportOptions[entry]{}, connectors.EffectUpToDate, `item "0" is up to date`, begin + "up to date", ""},
		{"forced", nil, connectors.ImportOptions[entry]{Force: true}, connectors.EffectUpdated, "written to item 1 of Odoo", forced + ", validate, VALIDATE, write" + end, "write 1 " + all},
		{"update", change, connectors.ImportOptions[entry]{}, connectors.EffectUpdated, "written to item 1 of Odoo", middle + ", validate, VALIDATE, write" + end, "write 1 " + all},
		{"nothing", func() { w.remote.Put(external, func(r *entry) { r.Serial = "not imported" }) }, connectors.ImportOptions[entry]{}, connectors.EffectNothing, "nothing to write", middle + ", bind", ""},
		{"data given", nil, connectors.ImportOptions[entry]{Data: &entry{ID: "0", Label: "Mocha"}}, connectors.EffectUpdated, "written to item 1 of Odoo", middle + ", validate, VALIDATE, write" + end, "write 1 " + all},
		{"gone from Odoo", func() { w.odoo.Remove("1"); change() }, connectors.ImportOptions[entry]{}, connectors.EffectCreated, "created as item 2 of Odoo",
			middle + ", validate, VALIDATE, write, forget, map, validate, VALIDATE, announce, create" + end, "write 1 " + all + "; create import/kitchen/item/0/1"},
		{"gone", func() { w.remote.Remove(external) }, connectors.ImportOptions[entry]{}, connectors.EffectGone, `item "0" no longer exists in backend "kitchen"`, "lock, read", ""},
		{"retry of a create", func() {
			external = w.newEntry("Mocha", 300)
			w.odoo.Inject(connectortest.Fault{Op: "create", After: errAway})
		}, connectors.ImportOptions[entry]{}, "", "", middle + ", validate, VALIDATE, announce, create", "create import/kitchen/item/1/"},
		{"crash after the create", func() {
			change()
			crash(w, "bind", func() { i.Import(t.Context(), external, connectors.ImportOptions[entry]{}) })
			w.t = t
		},
			connectors.ImportOptions[entry]{}, connectors.EffectCreated, "created as item 3 of Odoo",
			middle + ", validate, VALIDATE, announce, create, bind, map, validate, VALIDATE, write" + end, "create import/kitchen/item/1/; write 3 " + all},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			if c.before != nil {
				c.before()
			}
			w.took()
			w.odoo.Calls()
			r, err := i.Import(t.Context(), external, c.o)
			if r.Effect != c.effect || r.Text != c.text || (err == nil) != (c.effect != "") {
				t.Errorf("Import() = %+v, %v; want %s, %s", r, err, c.effect, c.text)
			}
			if diff := cmp.Diff(c.steps, w.took()); diff != "" {
				t.Errorf("steps (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.calls, strings.Join(w.odoo.Calls(), "; ")); diff != "" {
				t.Errorf("calls (-want +got)\n%s", diff)
			}
		})
	}
	if bound := w.bindings(); len(bound) != 2 || bound[0].OdooID != 2 || bound[0].External != "0" || !bound[0].Synced.Equal(noon) {
		t.Errorf("bindings %+v", bound)
	}
}

// TestImportCrash cuts an import off at each of its steps; the next one makes good.
func TestImportCrash(t *testing.T) {
	steps := []string{"lock", "read", "must skip", "up to date", "before", "dependencies", "map", "validate", "announce", "create", "bind", "after", "settle"}
	for _, step := range steps {
		w := newWorld(t)
		i, after := w.importer(), 0
		i.After = func(context.Context, *entry, connectors.Binding) error { after++; return nil }
		external := w.newEntry("Latte", 250)
		crash(w, step, func() { i.Import(t.Context(), external, connectors.ImportOptions[entry]{}) })
		if _, err := i.Import(t.Context(), external, connectors.ImportOptions[entry]{}); err != nil {
			t.Errorf("after a crash at %s: %v", step, err)
		}
		if len(w.odoo.All()) != 1 || len(w.bindings()) != 1 || after == 0 {
			t.Errorf("after a crash at %s: %v, %v, After was called %d times", step, w.odoo.All(), w.bindings(), after)
		}
		w.imports(i, external, connectors.ImportOptions[entry]{}, connectors.EffectUpToDate)
	}
}

// TestRecordImportRace: parallel imports of one id make one record and one binding; those
// that come second find it locked, and then up to date.
func TestRecordImportRace(t *testing.T) {
	w := newWorld(t)
	external := w.newEntry("Latte", 250)
	var all sync.WaitGroup
	var together sync.WaitGroup
	together.Add(8)
	effects := make(chan connectors.Effect, 8)
	for range 8 {
		all.Go(func() {
			i := w.importer()
			i.Work = connectors.NewWork(w.w.Environment, w.w.Backend)
			together.Done()
			together.Wait()
			for {
				r, err := i.Import(t.Context(), external, connectors.ImportOptions[entry]{})
				if err == nil {
					effects <- r.Effect
					return
				}
				if !errors.As(err, new(*connectors.LockedError)) {
					t.Errorf("Import() = %v", err)
					return
				}
			}
		})
	}
	all.Wait()
	close(effects)
	counts := map[connectors.Effect]int{}
	for e := range effects {
		counts[e]++
	}
	if counts[connectors.EffectCreated] != 1 || counts[connectors.EffectUpToDate] != 7 || len(w.odoo.All()) != 1 || len(w.bindings()) != 1 {
		t.Errorf("%v, %v, %v", counts, w.odoo.All(), w.bindings())
	}
}

// TestImportEvent: what an import wrote is told in the commit that binds, with the
// backend as the origin, and what was not written is not.
func TestImportEvent(t *testing.T) {
	w := newWorld(t)
	q := queuetest.New(t, w.w.Store)
	w.w.Events = connectors.NewEvents(q.Queue, w.w.Checkpoints, nil)
	created := connectortest.Record(t, w.w.Events, connectors.Created[item](modelItem))
	written := connectortest.Record(t, w.w.Events, connectors.Written[item](modelItem))
	unbound := connectortest.Record(t, w.w.Events, connectors.Unbound(modelItem))
	external := w.newEntry("Latte", 250)
	w.imports(w.importer(), external, connectors.ImportOptions[entry]{}, connectors.EffectCreated)
	w.imports(w.importer(), external, connectors.ImportOptions[entry]{}, connectors.EffectUpToDate)
	w.remote.Put(external, func(r *entry) { r.Price = 260 })
	w.imports(w.importer(), external, connectors.ImportOptions[entry]{}, connectors.EffectUpdated)
	if got := created.Got(); len(got) != 1 || got[0].Origin != "kitchen" || got[0].Backend.Name != "kitchen" || got[0].Data.ID != "1" || got[0].Data.Record.Price != 250 {
		t.Errorf("created: %+v", got)
	}
	if got := written.Got(); len(got) != 1 || got[0].Origin != "kitchen" || got[0].Data.Record.Price != 260 || len(got[0].Data.Fields) != 3 {
		t.Errorf("written: %+v", got)
	}
	if _, err := w.deleter().Delete(t.Context(), external); err != nil {
		t.Fatal(err)
	}
	if got := unbound.Got(); len(got) != 1 || got[0].Origin != "" || got[0].Data.OdooID != 1 || got[0].Data.External != external {
		t.Errorf("unbound: %+v", got)
	}
}

// TestArchivedIsImported: an archived binding is found, and stays archived.
func TestArchivedIsImported(t *testing.T) {
	w := newWorld(t)
	external := w.newEntry("Latte", 250)
	w.imports(w.importer(), external, connectors.ImportOptions[entry]{}, connectors.EffectCreated)
	update(t, w.w.Store, func(tx *store.Tx) error { return connectors.NewBinder("kitchen", modelItem).Archive(tx, 1, true) })
	w.remote.Put(external, func(r *entry) { r.Price = 260 })
	w.imports(w.importer(), external, connectors.ImportOptions[entry]{}, connectors.EffectUpdated)
	if b := w.binding(1); !b.Archived || len(w.odoo.All()) != 1 || w.odoo.All()["1"].Price != 260 {
		t.Errorf("%+v, %v", b, w.odoo.All())
	}
}

// TestWrongAdapters: what an adapter can't do is named, and Odoo's ids are checked.
func TestWrongAdapters(t *testing.T) {
	w := newWorld(t)
	i := w.importer()
	i.Odoo = onlyReads{w.odoo}
	external := w.newEntry("Latte", 250)
	if _, err := i.Import(t.Context(), external, connectors.ImportOptions[entry]{}); !errors.Is(err, connectors.ErrNoComponent) || !strings.Contains(err.Error(), "onlyReads can't create") {
		t.Errorf("Import() = %v", err)
	}
	x := w.exporter()
	x.Remote = onlyRemote{}
	if _, err := x.Export(t.Context(), w.newItem("Mocha", 1), connectors.ExportOptions{}); !errors.Is(err, connectors.ErrNoComponent) {
		t.Errorf("Export() = %v", err)
	}
	i.Odoo = badIDs{}
	if _, err := i.Import(t.Context(), external, connectors.ImportOptions[entry]{}); err == nil || !strings.Contains(err.Error(), `"id-1", which is no Odoo id`) {
		t.Errorf("Import() = %v", err)
	}
	if len(w.bindings()) != 0 {
		t.Errorf("bindings %v", w.bindings())
	}
}

type (
	onlyReads struct {
		connectors.BackendAdapter[item]
	}
	onlyRemote struct {
		connectors.BackendAdapter[entry]
	}
	badIDs struct {
		connectors.BackendAdapter[item]
	}
)

func (badIDs) Create(context.Context, string, connectors.Mapped[item]) (string, error) {
	return fmt.Sprintf("id-%d", 1), nil
}
