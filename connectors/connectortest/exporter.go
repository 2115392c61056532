package connectortest

import (
	"context"
	"strconv"
	"testing"

	"crema/connectors"
	"crema/store"
)

// RecordExporter exports single records, as a [connectors.RecordExporter] does.
type RecordExporter interface {
	Export(ctx context.Context, odooID int64, o connectors.ExportOptions) (connectors.Result, error)
}

// Exporter is the conformance suite of exporters of single records: each part of it on a
// new board, with Odoo as the source and the backend as the target that open makes. make
// puts the exporter together for a Work of that backend, over these two instead of the true
// ones.
func Exporter[L, R any](t testing.TB, open func(t testing.TB) Pair[L, R], make func(p Pair[L, R], w *connectors.Work) RecordExporter) {
	t.Helper()
	syncParts(t, func(t testing.TB) *syncRig[L, R] {
		r := &syncRig[L, R]{TB: t, Pair: open(t), board: NewBoard(t)}
		r.backend = r.Target.Backend()
		r.once = func(w *connectors.Work, ctx context.Context, id string, force bool) (connectors.Result, error) {
			n, err := strconv.ParseInt(id, 10, 64)
			if err != nil {
				return connectors.Result{}, err
			}
			return make(r.Pair, w).Export(ctx, n, connectors.ExportOptions{Force: force})
		}
		r.bindingOf = func(tx *store.Tx, b connectors.Binder, source string) (connectors.Binding, bool, error) {
			n, err := strconv.ParseInt(source, 10, 64)
			if err != nil {
				return connectors.Binding{}, false, err
			}
			return b.Get(tx, n)
		}
		r.targetOf = func(b connectors.Binding) string { return b.External }
		return r
	})
}
