package connectortest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
)

// importFunc is an importer that is broken around a good one.
type importFunc func(ctx context.Context, external string, o connectors.ImportOptions[sign]) (connectors.Result, error)

func (f importFunc) Import(ctx context.Context, external string, o connectors.ImportOptions[sign]) (connectors.Result, error) {
	return f(ctx, external, o)
}

// TestImporterCatches is what is broken about an importer, with the part of the suite that
// must say so, and its words. What both directions have in common is tried of the exporter.
func TestImporterCatches(t *testing.T) {
	changed := func(change func(*importer)) func(imports, *connectors.Work) connectortest.RecordImporter[sign] {
		return func(p imports, w *connectors.Work) connectortest.RecordImporter[sign] {
			i := newImporter(p, w)
			change(i)
			return i
		}
	}
	for _, c := range []struct {
		name        string
		make        func(imports, *connectors.Work) connectortest.RecordImporter[sign]
		part, words string
	}{
		{"always up to date", changed(func(i *importer) { i.UpdatedAt = func(*sign) time.Time { return time.Unix(1, 0) } }), "update", "want \"updated\""},
		{"nothing is skipped", changed(func(i *importer) { i.MustSkip = nil }), "skip", `want "skipped"`},
		{"everything is written", changed(func(i *importer) { i.Validate = nil }), "invalid", "want an error"},
		{"gone is an error", func(p imports, w *connectors.Work) connectortest.RecordImporter[sign] {
			i := newImporter(p, w)
			return importFunc(func(ctx context.Context, external string, o connectors.ImportOptions[sign]) (connectors.Result, error) {
				r, err := i.Import(ctx, external, o)
				if r.Effect == connectors.EffectGone {
					err = errors.New("it is gone")
				}
				return r, err
			})
		}, "gone from the source", "it is gone"},
		{"needs nobody", changed(func(i *importer) { i.Dependencies = nil }), "dependency", "the target has 1 records"},
		{"overwrites", changed(func(i *importer) { i.Shared = nil }), "conflict", "is overwritten"},
		{"an echo", changed(func(i *importer) {
			own := *i.Work
			own.Backend.Name = "hall"
			i.Work = &own
		}), "events", "as the Origin"},
		{"it publishes nothing", changed(func(i *importer) {
			own := *i.Work
			shared := *own.Environment
			shared.Events = nil
			own.Environment = &shared
			i.Work = &own
		}), "events", "want it once"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				s := &spy{TB: t, part: c.part}
				connectortest.Importer(s, func(testing.TB) imports { return importPair(connectors.BackendWins) }, c.make)
				s.caught(c.words)
			})
		})
	}
}
