package connectortest_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/store"
)

// drink is a record of Odoo that goes to a sign, or comes from one.
type drink struct {
	ID, Name string
	Cents    int
	Needs    int64 // another drink
	Hidden   bool
	At       time.Time
}

type drinks = connectortest.Memory[drink]

const modelDrink = "drink"

func newDrinks() *drinks {
	return connectortest.NewMemory(connectors.Backend{Name: "odoo"}, 1, func(d *drink, m connectors.Mapped[drink]) {
		if m.Has("name") {
			d.Name = m.Record.Name
		}
		if m.Has("cents") {
			d.Cents = m.Record.Cents
		}
	}, func(d *drink, id string, at time.Time) { d.ID, d.At = id, at })
}

var toSign = &connectors.Mapper[drink, sign]{Model: modelDrink, Record: func(d *drink) string { return d.ID },
	Direct: connectors.Mapping[drink, sign]{
		connectors.Direct("text", func(d *drink) string { return d.Name }, func(s *sign, v string) { s.Text = v }).From("name"),
		connectors.Direct("cents", func(d *drink) int { return d.Cents }, func(s *sign, v int) { s.Cents = v }).From("cents"),
	}}

var toDrink = &connectors.Mapper[sign, drink]{Model: modelDrink, Record: func(s *sign) string { return s.ID },
	Direct: connectors.Mapping[sign, drink]{
		connectors.Direct("name", func(s *sign) string { return s.Text }, func(d *drink, v string) { d.Name = v }),
		connectors.Direct("cents", func(s *sign) int { return s.Cents }, func(d *drink, v int) { d.Cents = v }),
	}}

func sharedCents(r connectors.Rule) []connectors.Shared[drink, sign] {
	return []connectors.Shared[drink, sign]{connectors.Share("cents", func(d *drink) int { return d.Cents }, "cents", func(s *sign) int { return s.Cents }, r)}
}

func belowZero(cents int) error {
	if cents < 0 {
		return &connectors.InvalidDataError{Text: "a price can't be below zero: correct it"}
	}
	return nil
}

type exports = connectortest.Pair[drink, sign]

func exportPair(rule connectors.Rule) exports {
	return exports{Model: modelDrink, Source: newDrinks(), Target: newSigns(),
		New:    func(d *drink, n int) { d.Name, d.Cents = fmt.Sprint("drink ", n), n },
		Change: func(d *drink, n int) { d.Cents = 1000 + n },
		Same:   func(d drink, s sign) bool { return d.Name == s.Text && d.Cents == s.Cents },
		Omit:   func(d *drink) { d.Hidden = true },
		Spoil:  func(d *drink) { d.Cents = -1 },
		Need:   func(d *drink, id string) { d.Needs, _ = strconv.ParseInt(id, 10, 64) },
		Edit:   func(s *sign, n int) { s.Cents = 7000 + n },
		Rule:   rule,
	}
}

type exporter = connectors.RecordExporter[drink, sign]

func newExporter(p exports, w *connectors.Work) *exporter {
	x := &exporter{Work: w, Model: modelDrink, Odoo: p.Source, Remote: p.Target, Mapper: toSign, Shared: sharedCents(p.Rule)}
	x.HasToSkip = func(_ context.Context, d *drink) (string, error) {
		if d.Hidden {
			return "it is hidden", nil
		}
		return "", nil
	}
	x.Validate = func(_ context.Context, d *drink, _ connectors.Mapped[sign]) error { return belowZero(d.Cents) }
	x.Dependencies = func(_ context.Context, d *drink) ([]connectors.Dependency, error) {
		return []connectors.Dependency{x.Dependency(d.Needs)}, nil
	}
	return x
}

func TestExporterSuite(t *testing.T) {
	for _, rule := range []connectors.Rule{connectors.OdooWins, connectors.BackendWins, connectors.Ask} {
		t.Run(string(rule), func(t *testing.T) {
			connectortest.Exporter(t, func(testing.TB) exports { return exportPair(rule) },
				func(p exports, w *connectors.Work) connectortest.RecordExporter { return newExporter(p, w) })
		})
	}
}

type imports = connectortest.Pair[sign, drink]

func importPair(rule connectors.Rule) imports {
	return imports{Model: modelDrink, Source: newSigns(), Target: newDrinks(),
		New:    func(s *sign, n int) { s.Text, s.Cents = fmt.Sprint("drink ", n), n },
		Change: func(s *sign, n int) { s.Cents = 1000 + n },
		Same:   func(s sign, d drink) bool { return d.Name == s.Text && d.Cents == s.Cents },
		Omit:   func(s *sign) { s.Lit = true },
		Spoil:  func(s *sign) { s.Cents = -1 },
		Need:   func(s *sign, id string) { s.Needs = id },
		Edit:   func(d *drink, n int) { d.Cents = 7000 + n },
		Rule:   rule,
	}
}

type importer = connectors.RecordImporter[sign, drink]

func newImporter(p imports, w *connectors.Work) *importer {
	i := &importer{Work: w, Model: modelDrink, Remote: p.Source, Odoo: p.Target, Mapper: toDrink, Shared: sharedCents(p.Rule),
		UpdatedAt: func(s *sign) time.Time { return s.At }}
	i.MustSkip = func(_ context.Context, s *sign) (string, error) {
		if s.Lit {
			return "it is lit", nil
		}
		return "", nil
	}
	i.Validate = func(_ context.Context, s *sign, _ connectors.Mapped[drink]) error { return belowZero(s.Cents) }
	i.Dependencies = func(_ context.Context, s *sign) ([]connectors.Dependency, error) {
		return []connectors.Dependency{i.Dependency(s.Needs)}, nil
	}
	return i
}

func TestImporterSuite(t *testing.T) {
	for _, rule := range []connectors.Rule{connectors.OdooWins, connectors.BackendWins, connectors.Ask} {
		t.Run(string(rule), func(t *testing.T) {
			connectortest.Importer(t, func(testing.TB) imports { return importPair(rule) },
				func(p imports, w *connectors.Work) connectortest.RecordImporter[sign] { return newImporter(p, w) })
		})
	}
}

// boundTo is what a drink is bound to; "" for nothing.
func boundTo(w *connectors.Work, id int64) (external string) {
	_ = w.Store.View(func(tx *store.Tx) (err error) {
		external, _, err = connectors.NewBinder(w.Backend.Name, modelDrink).ToExternal(tx, id)
		return err
	})
	return external
}
