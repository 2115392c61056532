package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/store"

	"github.com/google/go-cmp/cmp"
)

// pair is one bound record, with its two synchronizers, which share name and price.
type pair struct {
	*world
	x         connectors.RecordExporter[item, entry]
	i         connectors.RecordImporter[entry, item]
	scheduled []string // "import" and "export", as they were
}

func newPair(t testing.TB, name, price connectors.Rule) *pair {
	p := &pair{world: newWorld(t)}
	p.x, p.i = p.exporter(), p.importer()
	p.x.Shared, p.i.Shared = shared(name, price), shared(name, price)
	p.x.ScheduleImport = func(tx *store.Tx, _ string) error {
		tx.OnCommit(func() { p.scheduled = append(p.scheduled, "import") })
		return nil
	}
	p.i.ScheduleExport = func(tx *store.Tx, _ int64) error {
		tx.OnCommit(func() { p.scheduled = append(p.scheduled, "export") })
		return nil
	}
	p.newItem("Latte", 250)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectCreated)
	p.remote.Calls()
	p.odoo.Calls()
	return p
}

func (p *pair) inOdoo(name string, price int) {
	p.odoo.Put("1", func(i *item) { i.Name, i.Price = name, price })
}

func (p *pair) inBackend(label string, price int) {
	p.remote.Put("0", func(r *entry) { r.Label, r.Price = label, price })
}

// has holds both sides against what they should be: "Latte 250".
func (p *pair) has(odoo, remote string) {
	p.t.Helper()
	i, r := p.odoo.All()["1"], p.remote.All()["0"]
	if got := fmt.Sprintf("%s %d", i.Name, i.Price); got != odoo {
		p.t.Errorf("Odoo has %s, want %s", got, odoo)
	}
	if got := fmt.Sprintf("%s %d", r.Label, r.Price); got != remote {
		p.t.Errorf("the backend has %s, want %s", got, remote)
	}
}

// TestConflictRules: of a field that both sides changed the rule says which value stays,
// by an export as by an import; it is recorded, and the other side gets it next.
func TestConflictRules(t *testing.T) {
	for _, c := range []struct {
		rule         connectors.Rule
		first        string
		odoo, remote int // the price in the end
		scheduled    []string
	}{
		{connectors.OdooWins, "export", 260, 260, nil},
		{connectors.OdooWins, "import", 260, 260, []string{"export"}},
		{connectors.BackendWins, "export", 270, 270, []string{"import", "import"}}, // by both exports before it
		{connectors.BackendWins, "import", 270, 270, nil},
		{connectors.Ask, "export", 260, 270, nil},
		{connectors.Ask, "import", 260, 270, nil},
	} {
		t.Run(string(c.rule)+" "+c.first, func(t *testing.T) {
			p := newPair(t, connectors.OdooWins, c.rule)
			p.inOdoo("Latte", 260)
			p.inBackend("Latte", 270)
			for _, direction := range []string{c.first, "export", "import", c.first} {
				if direction == "export" {
					if _, err := p.x.Export(t.Context(), 1, connectors.ExportOptions{Fields: []string{"price", "name"}}); err != nil {
						t.Fatal(err)
					}
				} else if _, err := p.i.Import(t.Context(), "0", connectors.ImportOptions[entry]{Force: true}); err != nil {
					t.Fatal(err)
				}
			}
			p.has(fmt.Sprintf("Latte %d", c.odoo), fmt.Sprintf("Latte %d", c.remote))
			want := "resolved conflict_settled 0"
			if c.rule == connectors.Ask {
				want = "open conflict 0"
			}
			if diff := cmp.Diff([]string{want}, p.checkpoints()); diff != "" {
				t.Errorf("checkpoints (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.scheduled, p.scheduled); diff != "" {
				t.Errorf("scheduled (-want +got)\n%s", diff)
			}
		})
	}
}

// TestConflictPerField: each field by its own rule, and what only one side changed stays
// whatever the rules say.
func TestConflictPerField(t *testing.T) {
	p := newPair(t, connectors.BackendWins, connectors.OdooWins)
	p.inOdoo("Caffè latte", 260)
	p.inBackend("Latte grande", 270)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectUpdated)
	p.has("Caffè latte 260", "Latte grande 260")
	p.imports(p.i, "0", connectors.ImportOptions[entry]{}, connectors.EffectUpdated)
	p.has("Latte grande 260", "Latte grande 260")
	if calls := p.odoo.Calls(); !slices.Equal(calls, []string{"read 1", "read 1", "write 1 [name stock]"}) {
		t.Errorf("calls of Odoo %q", calls)
	}

	// Only the backend changed the price and only Odoo the name: neither is lost, though
	// the rules say otherwise.
	p.inOdoo("Latte XL", 260)
	p.inBackend("Latte grande", 300)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectUpdated)
	p.has("Latte XL 260", "Latte XL 300")
	p.imports(p.i, "0", connectors.ImportOptions[entry]{}, connectors.EffectUpdated)
	p.has("Latte XL 300", "Latte XL 300")

	// The same again, from the other side, and in one field alone.
	p.inOdoo("Latte", 310)
	p.inBackend("Latte XL", 300)
	p.imports(p.i, "0", connectors.ImportOptions[entry]{}, connectors.EffectNothing)
	p.has("Latte 310", "Latte XL 300")
	p.export(p.x, 1, connectors.ExportOptions{Fields: []string{"price"}}, connectors.EffectUpdated)
	p.has("Latte 310", "Latte XL 310")
	p.export(p.x, 1, connectors.ExportOptions{Fields: []string{"name"}}, connectors.EffectUpdated)
	p.has("Latte 310", "Latte 310")

	// In step nothing is written, either way, however often: no echo goes round.
	p.odoo.Calls()
	p.remote.Calls()
	// (Only that the stock is written once more, as the record that it came with changed.)
	p.imports(p.i, "0", connectors.ImportOptions[entry]{}, connectors.EffectUpdated)
	if calls := slices.Concat(p.odoo.Calls(), p.remote.Calls()); !slices.Equal(calls, []string{"read 1", "write 1 [stock]", "read 0"}) {
		t.Errorf("in step: %q", calls)
	}
	for range 3 {
		p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectNothing)
		p.imports(p.i, "0", connectors.ImportOptions[entry]{}, connectors.EffectUpToDate)
	}
	for _, call := range slices.Concat(p.odoo.Calls(), p.remote.Calls()) {
		if !strings.HasPrefix(call, "read ") {
			t.Errorf("in step: %s", call)
		}
	}
}

// TestConflictAgreed: what both changed to the same value is what both had last: the next
// change of one of them is no conflict.
func TestConflictAgreed(t *testing.T) {
	p := newPair(t, connectors.BackendWins, connectors.BackendWins)
	p.inOdoo("Latte", 300)
	p.inBackend("Latte", 300)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectNothing)
	p.inOdoo("Latte", 310)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectUpdated)
	p.has("Latte 310", "Latte 310")
	if got := p.checkpoints(); len(got) > 0 {
		t.Errorf("checkpoints %q", got)
	}
}

// TestConflictAsk: the checkpoint names the field and both values, and closes when a
// person gave both sides one value, or took one of the changes back.
func TestConflictAsk(t *testing.T) {
	p := newPair(t, connectors.Ask, connectors.Ask)
	p.inOdoo("Caffè latte", 260)
	p.inBackend("Latte grande", 270)
	p.odoo.Put("1", func(i *item) { i.Note = "x" })
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectNothing)
	view(t, p.w.Store, func(tx *store.Tx) error {
		list, _, err := p.w.Checkpoints.List(tx, connectors.CheckpointFilter{})
		want := `item 1 was changed in Odoo and in the backend: name (Odoo has "Caffè latte", the backend has "Latte grande"); ` +
			`price (Odoo has 260, the backend has 270). Give both the value that shall hold.`
		if len(list) != 1 || list[0].Message != want {
			t.Errorf("checkpoints %+v, %v", list, err)
		}
		return nil
	})
	p.inOdoo("Caffè latte", 270)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectNothing)
	if got := p.checkpoints(); !slices.Equal(got, []string{"open conflict 0"}) {
		t.Errorf("one of two is settled: %q", got)
	}
	p.inBackend("Latte", 270)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectUpdated)
	p.has("Caffè latte 270", "Caffè latte 270")
	if got := p.checkpoints(); !slices.Equal(got, []string{"resolved conflict 0"}) {
		t.Errorf("both are settled: %q", got)
	}
}

// TestConflictUnknown: of a binding that says nothing of its fields, a difference is a
// conflict, and none where both are the same.
func TestConflictUnknown(t *testing.T) {
	p := newPair(t, connectors.Ask, connectors.BackendWins)
	p.inBackend("Latte", 270)
	update(t, p.w.Store, func(tx *store.Tx) error {
		return connectors.NewBinder("kitchen", modelItem).Bind(tx, connectors.Binding{OdooID: 1, External: "0"})
	})
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectNothing)
	p.has("Latte 250", "Latte 270")
	if got := p.checkpoints(); !slices.Equal(got, []string{"resolved conflict_settled 0"}) || !slices.Equal(p.scheduled, []string{"import"}) {
		t.Errorf("checkpoints %q, scheduled %q", got, p.scheduled)
	}
}

// TestConflictReads: the backend is read only where there are rules, and one that is gone
// by then is made anew.
func TestConflictReads(t *testing.T) {
	p := newPair(t, connectors.Ask, connectors.Ask)
	p.inOdoo("Latte", 260)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectUpdated)
	p.x.Shared = nil
	p.inOdoo("Latte", 270)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectUpdated)
	if diff := cmp.Diff([]string{"read 0", "write 0 [price]", "write 0 [label price]"}, p.remote.Calls()); diff != "" {
		t.Errorf("calls (-want +got)\n%s", diff)
	}
	p.x.Shared = p.i.Shared
	p.remote.Inject(connectortest.Fault{Op: "read", Before: errAway})
	if _, err := p.x.Export(t.Context(), 1, connectors.ExportOptions{}); !errors.As(err, new(*connectors.NetworkError)) {
		t.Errorf("Export() = %v", err)
	}
	p.remote.Remove("0")
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectCreated)
	p.odoo.Remove("1")
	p.imports(p.i, "1", connectors.ImportOptions[entry]{}, connectors.EffectCreated)
	if len(p.odoo.All()) != 1 || len(p.remote.All()) != 1 {
		t.Errorf("there are %v and %v", p.odoo.All(), p.remote.All())
	}
	p.x.Remote = writesAlone{connectors.BackendAdapter[entry](p.remote), p.remote}
	if _, err := p.x.Export(t.Context(), 2, connectors.ExportOptions{}); !errors.Is(err, connectors.ErrNoComponent) {
		t.Errorf("Export() by an adapter that can't read = %v", err)
	}
}

type writesAlone struct {
	connectors.BackendAdapter[entry]
	connectors.Writer[connectors.Mapped[entry]]
}

// TestExportAfterRemoteChange: unlike OCA's, an export that finds the backend's record
// changed schedules its import and overwrites only what the rules let it.
func TestExportAfterRemoteChange(t *testing.T) {
	p := newPair(t, connectors.OdooWins, connectors.OdooWins)
	p.x.ShouldImport = func(_ context.Context, b connectors.Binding) (bool, error) {
		return p.remote.All()[b.External].Changed.After(b.Updated), nil
	}
	p.inBackend("Latte", 300)
	p.inOdoo("Caffè latte", 250)
	p.export(p.x, 1, connectors.ExportOptions{}, connectors.EffectUpdated)
	p.has("Caffè latte 250", "Caffè latte 300")
	if len(p.scheduled) == 0 {
		t.Error("no import was scheduled")
	}
	p.imports(p.i, "0", connectors.ImportOptions[entry]{Force: true}, connectors.EffectUpdated)
	p.has("Caffè latte 300", "Caffè latte 300")
}
