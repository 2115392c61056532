package connectors_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/store"
	"crema/store/storetest"
)

// item is a record of Odoo, and entry one of the backend.
type (
	item struct {
		ID, Name string
		Price    int
		Note     string // only Odoo's
		Stock    int    // only the backend's
		Parent   int64
		Archived bool
		Changed  time.Time
	}
	entry struct {
		ID, Label string
		Price     int
		Serial    string // set on create alone
		Stock     int
		Parent    string
		Changed   time.Time
	}
)

const modelItem = "item"

// toEntry exports items; what people change on both sides is the name and the price.
func toEntry() *connectors.Mapper[item, entry] {
	return &connectors.Mapper[item, entry]{
		Model: modelItem, Record: func(i *item) string { return i.ID },
		Direct: connectors.Mapping[item, entry]{
			connectors.Direct("label", func(i *item) string { return i.Name }, func(r *entry, v string) { r.Label = v }).From("name"),
			connectors.Direct("price", func(i *item) int { return i.Price }, func(r *entry, v int) { r.Price = v }).From("price"),
			connectors.Direct("serial", func(i *item) string { return "S" + i.ID }, func(r *entry, v string) { r.Serial = v }).OnCreate(),
			connectors.ExternalOf("parent", modelItem, func(i *item) int64 { return i.Parent }, func(r *entry, v string) { r.Parent = v }).From("parent"),
		},
	}
}

// toItem imports rows.
func toItem() *connectors.Mapper[entry, item] {
	return &connectors.Mapper[entry, item]{
		Model: modelItem, Record: func(r *entry) string { return r.ID },
		Direct: connectors.Mapping[entry, item]{
			connectors.Direct("name", func(r *entry) string { return r.Label }, func(i *item, v string) { i.Name = v }),
			connectors.Direct("price", func(r *entry) int { return r.Price }, func(i *item, v int) { i.Price = v }),
			connectors.Direct("stock", func(r *entry) int { return r.Stock }, func(i *item, v int) { i.Stock = v }),
			connectors.OdooOf("parent", modelItem, func(r *entry) (string, bool) { return r.Parent, r.Parent != "" }, func(i *item, v int64) { i.Parent = v }),
		},
	}
}

// shared are the fields of both, by one rule each.
func shared(name, price connectors.Rule) []connectors.Shared[item, entry] {
	return []connectors.Shared[item, entry]{
		connectors.Share("name", func(i *item) string { return i.Name }, "label", func(r *entry) string { return r.Label }, name),
		connectors.Share("price", func(i *item) int { return i.Price }, "price", func(r *entry) int { return r.Price }, price),
	}
}

func applyItem(dst *item, m connectors.Mapped[item]) {
	set(m, "name", &dst.Name, m.Record.Name)
	set(m, "price", &dst.Price, m.Record.Price)
	set(m, "stock", &dst.Stock, m.Record.Stock)
	set(m, "parent", &dst.Parent, m.Record.Parent)
}

func applyEntry(dst *entry, m connectors.Mapped[entry]) {
	set(m, "label", &dst.Label, m.Record.Label)
	set(m, "price", &dst.Price, m.Record.Price)
	set(m, "serial", &dst.Serial, m.Record.Serial)
	set(m, "parent", &dst.Parent, m.Record.Parent)
}

func set[D, V any](m connectors.Mapped[D], field string, dst *V, v V) {
	if m.Has(field) {
		*dst = v
	}
}

// world is Odoo and a backend in memory, with a real store between them.
type world struct {
	t      testing.TB
	w      *connectors.Work
	odoo   *connectortest.Memory[item]
	remote *connectortest.Memory[entry]
	// steps are those of the trace since the last look, without the record; at is called
	// with each.
	steps []string
	at    func(step string)
}

func newWorld(t testing.TB) *world {
	w := worldOn(t, storetest.Open(t))
	kitchen := w.w.Backend
	w.odoo = connectortest.NewMemory(connectors.Backend{Name: "odoo"}, 1, applyItem,
		func(i *item, id string, at time.Time) { i.ID, i.Changed = id, at })
	w.remote = connectortest.NewMemory(kitchen, 0, applyEntry,
		func(r *entry, id string, at time.Time) { r.ID, r.Changed = id, at })
	return w
}

// worldOn is the board alone, on a store.
func worldOn(t testing.TB, s *store.Store) *world {
	w := &world{t: t, w: connectors.NewWork(&connectors.Environment{Store: s, Checkpoints: connectors.NewCheckpoints(),
		Locks: new(connectors.Locks), Tally: new(connectors.Tally), Now: func() time.Time { return noon }},
		connectors.Backend{Name: "kitchen", Kind: coffee1900, State: connectors.Production})}
	w.w.Trace = func(step string) {
		_, short, _ := strings.Cut(step, ": ")
		w.steps = append(w.steps, short)
		if w.at != nil {
			w.at(short)
		}
	}
	return w
}

func (w *world) exporter() connectors.RecordExporter[item, entry] {
	return connectors.RecordExporter[item, entry]{Work: w.w, Model: modelItem, Odoo: w.odoo, Remote: w.remote, Mapper: toEntry()}
}

func (w *world) importer() connectors.RecordImporter[entry, item] {
	return connectors.RecordImporter[entry, item]{Work: w.w, Model: modelItem, Remote: w.remote, Odoo: w.odoo, Mapper: toItem(),
		UpdatedAt: func(r *entry) time.Time { return r.Changed }}
}

func (w *world) deleter() connectors.RecordDeleter {
	return connectors.RecordDeleter{Work: w.w, Model: modelItem, Remote: w.remote}
}

// newItem makes an item as a person in Odoo does, and newEntry a entry.
func (w *world) newItem(name string, price int) int64 {
	id, err := strconv.ParseInt(w.odoo.Put("", func(i *item) { i.Name, i.Price = name, price }), 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func odooText(id int64) string { return strconv.FormatInt(id, 10) }

func (w *world) newEntry(label string, price int) string {
	return w.remote.Put("", func(r *entry) { r.Label, r.Price = label, price })
}

// took gives the steps since the last look, as one text.
func (w *world) took() string {
	steps := strings.Join(w.steps, ", ")
	w.steps = nil
	return steps
}

func (w *world) binding(id int64) (b connectors.Binding) {
	w.t.Helper()
	view(w.t, w.w.Store, func(tx *store.Tx) (err error) {
		b, _, err = connectors.NewBinder("kitchen", modelItem).Get(tx, id)
		return err
	})
	return b
}

func (w *world) bindings() (list []connectors.Binding) {
	w.t.Helper()
	view(w.t, w.w.Store, func(tx *store.Tx) (err error) {
		list, _, err = connectors.ListBindings(tx, "", "", 0, 1000)
		return err
	})
	return list
}

// export exports and fails the test where that is no success of this effect.
func (w *world) export(x connectors.RecordExporter[item, entry], id int64, o connectors.ExportOptions, want connectors.Effect) connectors.Result {
	w.t.Helper()
	r, err := x.Export(context.Background(), id, o)
	if err != nil || r.Effect != want {
		w.t.Fatalf("Export(%d) = %+v, %v; want %s", id, r, err, want)
	}
	return r
}

func (w *world) imports(i connectors.RecordImporter[entry, item], external string, o connectors.ImportOptions[entry], want connectors.Effect) connectors.Result {
	w.t.Helper()
	r, err := i.Import(context.Background(), external, o)
	if err != nil || r.Effect != want {
		w.t.Fatalf("Import(%q) = %+v, %v; want %s", external, r, err, want)
	}
	return r
}

func (w *world) checkpoints() (list []string) {
	w.t.Helper()
	view(w.t, w.w.Store, func(tx *store.Tx) error {
		all, _, err := w.w.Checkpoints.List(tx, connectors.CheckpointFilter{Limit: 1000})
		for _, p := range all {
			list = append(list, fmt.Sprintf("%s %s %s", p.State, p.Reason, p.Record))
		}
		return err
	})
	return list
}
