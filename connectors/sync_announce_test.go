package connectors_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/store"
)

// TestAnnouncedCreation: a record that was made, and whose answer was lost, is not taken
// for a new one by the other direction, until its job has come again, or an hour is over.
func TestAnnouncedCreation(t *testing.T) {
	locked := func(err error) bool { return errors.As(err, new(*connectors.LockedError)) }
	for _, direction := range []string{"export", "import"} {
		t.Run(direction, func(t *testing.T) {
			w := newWorld(t)
			export := func(id int64) error {
				_, err := w.exporter().Export(t.Context(), id, connectors.ExportOptions{})
				return err
			}
			imports := func(external string) error {
				_, err := w.importer().Import(t.Context(), external, connectors.ImportOptions[entry]{})
				return err
			}
			// cutOff is the one whose answer is lost, other the one of the other direction that
			// finds what it made, bound a record that both know.
			old := w.newItem("Mocha", 300)
			w.export(w.exporter(), old, connectors.ExportOptions{}, connectors.EffectCreated) // entry 0
			var cutOff, other, known func() error
			if direction == "export" {
				id := w.newItem("Latte", 250)
				w.remote.Inject(connectortest.Fault{Op: "create", After: errAway})
				cutOff, other, known = func() error { return export(id) }, func() error { return imports("1") }, func() error { return imports("0") }
			} else {
				external := w.newEntry("Latte", 250)
				w.odoo.Inject(connectortest.Fault{Op: "create", After: errAway})
				cutOff, other, known = func() error { return imports(external) }, func() error { return export(2) }, func() error { return export(old) }
			}
			if err := cutOff(); !errors.As(err, new(*connectors.NetworkError)) {
				t.Fatalf("the first try: %v", err)
			}
			if err := other(); !locked(err) {
				t.Errorf("the other direction found a new record: %v", err)
			}
			if err := known(); err != nil {
				t.Errorf("a record that is bound was held up: %v", err)
			}
			hall := w.w.On(connectors.Backend{Name: "hall"}, nil)
			x := w.exporter()
			x.Work = hall
			if _, err := x.Export(t.Context(), old, connectors.ExportOptions{}); err != nil {
				t.Errorf("another backend was held up: %v", err)
			}
			if err := cutOff(); err != nil {
				t.Errorf("the next try: %v", err)
			}
			if err := other(); err != nil {
				t.Errorf("the other direction, then: %v", err)
			}
			if n := len(w.odoo.All()); n != 2 {
				t.Errorf("Odoo has %d", n)
			}
		})
	}

	// What never comes again holds nothing up for ever, whichever way the clock was set.
	for _, d := range []time.Duration{2 * time.Hour, -2 * time.Hour} {
		w := newWorld(t)
		id := w.newItem("Latte", 250)
		w.remote.Inject(connectortest.Fault{Op: "create", Before: errAway})
		if _, err := w.exporter().Export(t.Context(), id, connectors.ExportOptions{}); err == nil {
			t.Fatal("the export did not fail")
		}
		external := w.newEntry("Mocha", 300)
		if _, err := w.importer().Import(t.Context(), external, connectors.ImportOptions[entry]{}); !locked(err) {
			t.Errorf("Import() = %v", err)
		}
		w.w.Now = func() time.Time { return noon.Add(d) }
		w.imports(w.importer(), external, connectors.ImportOptions[entry]{}, connectors.EffectCreated)
	}

	// A failure before the call says nothing of the call before it.
	w := newWorld(t)
	id := w.newItem("Latte", 250)
	w.remote.Inject(connectortest.Fault{Op: "create", After: errAway})
	x := w.exporter()
	if _, err := x.Export(t.Context(), id, connectors.ExportOptions{}); err == nil {
		t.Fatal("the export did not fail")
	}
	x.Validate = func(context.Context, *item, connectors.Mapped[entry]) error {
		return &connectors.InvalidDataError{Text: "the price is below the cost: raise it"}
	}
	if _, err := x.Export(t.Context(), id, connectors.ExportOptions{}); !errors.As(err, new(*connectors.InvalidDataError)) {
		t.Errorf("Export() = %v", err)
	}
	if _, err := w.importer().Import(t.Context(), "0", connectors.ImportOptions[entry]{}); !locked(err) {
		t.Errorf("Import() of what the first try had made = %v", err)
	}

	// What came to its end holds nothing up: refused for good, gone, or not to be exported any more.
	for name, end := range map[string]func(w *world, x *connectors.RecordExporter[item, entry]){
		"refused": func(w *world, _ *connectors.RecordExporter[item, entry]) {
			w.remote.Inject(connectortest.Fault{Op: "create", Before: &connectors.RefusedError{Err: errors.New("no such tax")}})
		},
		"gone": func(w *world, _ *connectors.RecordExporter[item, entry]) { w.odoo.Remove("1") },
		"skipped": func(_ *world, x *connectors.RecordExporter[item, entry]) {
			x.HasToSkip = func(context.Context, *item) (string, error) { return "not for sale", nil }
		},
	} {
		w := newWorld(t)
		id := w.newItem("Latte", 250)
		w.remote.Inject(connectortest.Fault{Op: "create", Before: errAway})
		x := w.exporter()
		if _, err := x.Export(t.Context(), id, connectors.ExportOptions{}); err == nil {
			t.Fatal("the export did not fail")
		}
		end(w, &x)
		_, ended := x.Export(t.Context(), id, connectors.ExportOptions{})
		if _, err := w.importer().Import(t.Context(), w.newEntry("Mocha", 300), connectors.ImportOptions[entry]{}); err != nil {
			t.Errorf("%s (%v): Import() = %v", name, ended, err)
		}
	}
}

// TestManyTries: a backend that is away for long, while the record is changed again and
// again, costs the store no more than a few of the tries, and the next one makes good.
func TestManyTries(t *testing.T) {
	p := newPair(t, connectors.BackendWins, connectors.BackendWins)
	scratch := store.NewBucket[string, []byte]("scratch", store.StringKey())
	size := func() int64 {
		// What is too much for the store's log takes that along into the tree.
		for _, b := range []byte{1, 2} {
			if err := p.w.Store.Update(t.Context(), func(tx *store.Tx) error { return scratch.Put(tx, "x", bytes.Repeat([]byte{b}, 10_000)) }); err != nil {
				t.Fatal(err)
			}
		}
		return p.w.Store.Stats().Size - p.w.Store.Stats().Free
	}
	fail := func(n int, f connectortest.Fault) {
		p.inOdoo("Latte", 1000+n)
		p.remote.Inject(f)
		if _, err := p.x.Export(t.Context(), 1, connectors.ExportOptions{}); err == nil {
			t.Fatal("the export did not fail")
		}
	}
	fail(0, connectortest.Fault{Op: "write", Before: errAway})
	before := size()
	for n := range 600 {
		fail(n, connectortest.Fault{Op: "write", Before: errAway})
	}
	fail(600, connectortest.Fault{Op: "write", After: errAway})
	if grew := size() - before; grew > 16<<10 {
		t.Errorf("the store grew by %d bytes", grew)
	}
	p.inOdoo("Latte XL", 2000)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectUpdated)
	p.has("Latte XL 2000", "Latte XL 2000")
}

// TestLostAnswerThenChange: when an answer is lost and the record is changed before the
// job comes again, the change is not taken for one of the other side.
func TestLostAnswerThenChange(t *testing.T) {
	for _, rule := range []connectors.Rule{connectors.BackendWins, connectors.Ask} {
		for _, step := range []string{"create", "bind", "write"} {
			p := newPair(t, rule, rule)
			switch step {
			case "write":
				p.inOdoo("Latte", 260)
				p.remote.Inject(connectortest.Fault{Op: "write", After: errAway})
				if _, err := p.x.Export(t.Context(), 1, connectors.ExportOptions{}); err == nil {
					t.Fatal("the export did not fail")
				}
			default:
				p.world = newWorld(t)
				p.x, p.i = p.exporter(), p.importer()
				p.x.Shared, p.i.Shared = shared(rule, rule), shared(rule, rule)
				p.newItem("Latte", 250)
				p.remote.Inject(connectortest.Fault{Op: "create", After: errAway})
				if _, err := p.x.Export(t.Context(), 1, connectors.ExportOptions{}); err == nil {
					t.Fatal("the export did not fail")
				}
				if step == "bind" { // and then between the binding and the write
					p.inOdoo("Latte", 255)
					crash(p.world, "compare", func() { p.x.Export(t.Context(), 1, connectors.ExportOptions{}) })
				}
			}
			p.inOdoo("Latte XL", 270)
			if step == "write" { // which holds up no other record
				p.imports(p.i, p.newEntry("Mocha", 300), connectors.ImportOptions[entry]{}, connectors.EffectCreated)
			}
			if step != "create" {
				if _, err := p.i.Import(t.Context(), "0", connectors.ImportOptions[entry]{}); !errors.As(err, new(*connectors.LockedError)) {
					t.Errorf("%s, %s: an import before the export came again: %v", rule, step, err)
				}
			}
			if _, err := p.x.Export(t.Context(), 1, connectors.ExportOptions{}); err != nil {
				t.Errorf("%s, %s: %v", rule, step, err)
			}
			p.has("Latte XL 270", "Latte XL 270")
			p.imports(p.i, "0", connectors.ImportOptions[entry]{}, connectors.EffectUpdated)
			p.has("Latte XL 270", "Latte XL 270")
			if got := p.checkpoints(); len(got) > 0 {
				t.Errorf("%s, %s: checkpoints %q", rule, step, got)
			}
		}
	}
}
