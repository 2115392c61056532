package connectortest

import (
	"context"
	"strconv"
	"testing"

	"crema/connectors"
	"crema/store"
)

// RecordImporter imports single records R, as a [connectors.RecordImporter] does.
type RecordImporter[R any] interface {
	Import(ctx context.Context, external string, o connectors.ImportOptions[R]) (connectors.Result, error)
}

// Importer is the conformance suite of importers of single records: each part of it on a
// new board, with the backend as the source and Odoo as the target that open makes. make
// puts the importer together for a Work of that backend, over these two instead of the true
// ones.
func Importer[R, V any](t testing.TB, open func(t testing.TB) Pair[R, V], make func(p Pair[R, V], w *connectors.Work) RecordImporter[R]) {
	t.Helper()
	newRig := func(t testing.TB) *syncRig[R, V] {
		r := &syncRig[R, V]{TB: t, Pair: open(t), board: NewBoard(t)}
		r.backend = r.Source.Backend()
		r.once = func(w *connectors.Work, ctx context.Context, id string, force bool) (connectors.Result, error) {
			return make(r.Pair, w).Import(ctx, id, connectors.ImportOptions[R]{Force: force})
		}
		r.bindingOf = func(tx *store.Tx, b connectors.Binder, source string) (connectors.Binding, bool, error) {
			return b.GetExternal(tx, source)
		}
		r.targetOf = func(b connectors.Binding) string { return strconv.FormatInt(b.OdooID, 10) }
		return r
	}
	syncParts(t, newRig)
	part(t, "events", func(t testing.TB) {
		r := newRig(t)
		created, written := Record(t, r.board.Events, connectors.Created[V](r.Model)), Record(t, r.board.Events, connectors.Written[V](r.Model))
		id := r.add()
		r.sync(id, false, connectors.EffectCreated)
		r.change(id, nil)
		r.sync(id, false, connectors.EffectUpdated)
		at := r.targetOf(r.binding(r.board, id))
		for what, got := range map[string][]connectors.Event[connectors.RecordEvent[V]]{"created": created.Got(), "written": written.Got()} {
			if len(got) != 1 || got[0].Origin != r.backend.Name || got[0].Data.ID != at {
				t.Errorf("%q was published as %+v; want it once, of record %s, with the backend %q as the Origin", what, got, at, r.backend.Name)
			}
		}
	})
}
