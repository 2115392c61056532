package connectortest_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/queue"
	"crema/store"
)

// exportFunc is an exporter that is broken around a good one.
type exportFunc func(ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error)

func (f exportFunc) Export(ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error) {
	return f(ctx, id, o)
}

// Adapters of signs that are broken in one way each.
type (
	rekeyed struct {
		*signs
		key func(string) string
	}
	stern struct{ *signs }
	held  struct {
		*signs
		w *connectors.Work
	}
)

func (m rekeyed) Create(ctx context.Context, key string, r connectors.Mapped[sign]) (string, error) {
	return m.signs.Create(ctx, m.key(key), r)
}

// stern does not say that a record is gone.
func (m stern) Write(ctx context.Context, id string, r connectors.Mapped[sign]) error {
	if err := m.signs.Write(ctx, id, r); err != nil {
		return fmt.Errorf("it did not work: %v", err)
	}
	return nil
}

// held calls the system in a transaction.
func (m held) Create(ctx context.Context, key string, r connectors.Mapped[sign]) (id string, err error) {
	err = m.w.Store.Update(ctx, func(*store.Tx) error {
		id, err = m.signs.Create(ctx, key, r)
		return err
	})
	return id, err
}

type (
	makeExporter = func(exports, *connectors.Work) connectortest.RecordExporter
	// wrong makes an Export of a good exporter.
	wrong = func(x *exporter, ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error)
)

func changed(change func(*exporter)) makeExporter {
	return func(p exports, w *connectors.Work) connectortest.RecordExporter {
		x := newExporter(p, w)
		change(x)
		return x
	}
}

func around(b wrong) makeExporter {
	return func(p exports, w *connectors.Work) connectortest.RecordExporter {
		x := newExporter(p, w)
		return exportFunc(func(ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error) {
			return b(x, ctx, id, o)
		})
	}
}

// TestExporterCatches is what is broken about an exporter, with the part of the suite that
// must say so, and its words.
func TestExporterCatches(t *testing.T) {
	var tries atomic.Int64
	for _, c := range []struct {
		name        string
		make        makeExporter
		part, words string
	}{
		{"a result without words", around(func(x *exporter, ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error) {
			r, err := x.Export(ctx, id, o)
			return connectors.Result{Effect: r.Effect}, err
		}), "create", "no Text"},
		{"a mapping without the price", changed(func(x *exporter) {
			m := *toSign
			m.Direct = m.Direct[:1]
			x.Mapper, x.Shared = &m, nil
		}), "create", "and not what"},
		{"always forced", around(func(x *exporter, ctx context.Context, id int64, _ connectors.ExportOptions) (connectors.Result, error) {
			return x.Export(ctx, id, connectors.ExportOptions{Force: true})
		}), "nothing", "was not changed"},
		{"never forced", around(func(x *exporter, ctx context.Context, id int64, _ connectors.ExportOptions) (connectors.Result, error) {
			return x.Export(ctx, id, connectors.ExportOptions{})
		}), "force", `want "updated"`},
		{"exported once", around(func(x *exporter, ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error) {
			if boundTo(x.Work, id) != "" {
				return connectors.Result{Effect: connectors.EffectNothing, Text: "it is there"}, nil
			}
			return x.Export(ctx, id, o)
		}), "update", `want "updated"`},
		{"nothing is skipped", changed(func(x *exporter) { x.HasToSkip = nil }), "skip", `want "skipped"`},
		{"everything is written", changed(func(x *exporter) { x.Validate = nil }), "invalid", "want an error"},
		{"an error like any other", changed(func(x *exporter) {
			x.Validate = func(_ context.Context, d *drink, _ connectors.Mapped[sign]) error {
				if d.Cents < 0 {
					return errors.New("no")
				}
				return nil
			}
		}), "invalid", "want an *InvalidDataError"},
		{"gone is an error", around(func(x *exporter, ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error) {
			r, err := x.Export(ctx, id, o)
			if r.Effect == connectors.EffectGone {
				err = errors.New("it is gone")
			}
			return r, err
		}), "gone from the source", "it is gone"},
		{"a lost record is not seen", changed(func(x *exporter) { x.Remote = stern{x.Remote.(*signs)}; x.Shared = nil }), "gone from the target", "it did not work"},
		{"a key for ever", changed(func(x *exporter) {
			x.Remote = rekeyed{x.Remote.(*signs), func(key string) string { return key[:len("export/kitchen/drink/1")] }}
		}), "gone from the target", "is not there"},
		{"it tells nobody", changed(func(x *exporter) { x.Work.Trace = nil }), "order", "the steps are"},
		{"no second try", around(func(x *exporter, ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error) {
			r, err := x.Export(ctx, id, o)
			if _, is := errors.AsType[*connectors.NetworkError](err); is {
				err = queue.Permanent(err)
			}
			return r, err
		}), "retry", "must cost no attempt"},
		{"a key for each try", changed(func(x *exporter) {
			x.Remote = rekeyed{x.Remote.(*signs), func(key string) string { return fmt.Sprint(key, tries.Add(1)) }}
		}), "answer lost", "the target has 3 records"},
		{"a key in memory", changed(func(x *exporter) {
			path := x.Work.Store.Path()
			x.Remote = rekeyed{x.Remote.(*signs), func(key string) string { return key + path }}
		}), "power cut", "the target has 3 records"},
		{"found is taken for made", naive, "power cut", "and not what"},
		{"found is taken for made, again", naive, "answer lost", "and not what"},
		{"locks of its own", changed(func(x *exporter) {
			own := *x.Work
			shared := *own.Environment
			shared.Locks = new(connectors.Locks)
			own.Environment = &shared
			x.Work = &own
		}), "lock", "want a *LockedError"},
		{"a lock for all", around(func(x *exporter, ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error) {
			unlock, err := x.Work.Lock("all")
			if err != nil {
				return connectors.Result{}, err
			}
			defer unlock()
			return x.Export(ctx, id, o)
		}), "lock", "a task of another record"},
		{"a lock that a panic keeps", around(func(x *exporter, ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error) {
			unlock, err := x.Work.Lock(fmt.Sprint("own ", id))
			if err != nil {
				return connectors.Result{}, err
			}
			r, err := x.Export(ctx, id, o)
			unlock()
			return r, err
		}), "panic", "another task works on own 1"},
		{"deaf", around(func(x *exporter, ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error) {
			return x.Export(context.WithoutCancel(ctx), id, o)
		}), "context over", "want context.Canceled"},
		{"a call in a transaction", changed(func(x *exporter) { x.Remote = held{x.Remote.(*signs), x.Work} }), "no transaction", "does not return"},
		{"archived is unbound", around(func(x *exporter, ctx context.Context, id int64, o connectors.ExportOptions) (connectors.Result, error) {
			if err := x.Work.Store.Update(ctx, func(tx *store.Tx) error {
				b := connectors.NewBinder("kitchen", modelDrink)
				if bound, _, err := b.Get(tx, id); err != nil || !bound.Archived {
					return err
				}
				return b.Unbind(tx, id)
			}); err != nil {
				return connectors.Result{}, err
			}
			return x.Export(ctx, id, o)
		}), "archived", "the archived binding"},
		{"needs nobody", changed(func(x *exporter) { x.Dependencies = nil }), "dependency", "the target has 1 records"},
		{"needs by itself", changed(func(x *exporter) {
			x.Dependencies = func(_ context.Context, d *drink) ([]connectors.Dependency, error) {
				if d.Needs == 0 {
					return nil, nil
				}
				_, err := x.Export(context.Background(), d.Needs, connectors.ExportOptions{}) // the chain is in the context
				return nil, err
			}
		}), "cycle", "want a *CycleError"},
		{"overwrites", changed(func(x *exporter) { x.Shared = nil }), "conflict", "is overwritten"},
		{"another rule", changed(func(x *exporter) { x.Shared = sharedCents(connectors.BackendWins) }), "conflict", "the rule is"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				s := &spy{TB: t, part: c.part}
				connectortest.Exporter(s, func(testing.TB) exports { return exportPair(connectors.OdooWins) }, c.make)
				s.caught(c.words)
			})
		})
	}
}

// naive is an exporter as one might write it: what a key finds, it takes for what it sent.
func naive(p exports, w *connectors.Work) connectortest.RecordExporter {
	return exportFunc(func(ctx context.Context, id int64, o connectors.ExportOptions) (r connectors.Result, err error) {
		d, err := p.Source.Read(ctx, fmt.Sprint(id))
		if err != nil {
			return r, err
		}
		m, err := toSign.Map(ctx, w, &d)
		if err != nil {
			return r, err
		}
		binder := connectors.NewBinder(w.Backend.Name, modelDrink)
		bound := connectors.Binding{OdooID: id, External: boundTo(w, id), Synced: w.Now()}
		r = connectors.Result{Effect: connectors.EffectUpdated, Text: "written"}
		if bound.External != "" {
			err = p.Target.Write(ctx, bound.External, m)
		} else {
			r.Effect = connectors.EffectCreated
			bound.External, err = p.Target.Create(ctx, fmt.Sprint("naive ", id), m)
		}
		if err != nil {
			return r, err
		}
		return r, w.Commit(ctx, func(tx *store.Tx) error { return binder.Bind(tx, bound) })
	})
}
