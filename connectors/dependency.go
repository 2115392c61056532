package connectors

import (
	"context"
	"fmt"
	"strconv"

	"crema/store"
)

// Dependency is a record that another one needs on the other side before itself. It is
// made by [RecordImporter.Dependency] or [RecordExporter.Dependency], and synchronised in
// the task of the one that needs it. The zero value is none.
type Dependency struct {
	name  string
	bound func(*store.Tx) (bool, error)
	run   func(context.Context) (Result, error)
}

// Always has the record synchronised even if it is bound already.
func (d Dependency) Always() Dependency {
	d.bound = nil
	return d
}

// Dependency is a record that must be in Odoo first; none where external is "". It is
// imported unless it is bound.
func (i RecordImporter[R, V]) Dependency(external string) Dependency {
	if external == "" {
		return Dependency{}
	}
	return Dependency{
		name: i.Model + " " + strconv.Quote(external),
		bound: func(tx *store.Tx) (bool, error) {
			_, found, err := NewBinder(i.Work.Backend.Name, i.Model).ToOdoo(tx, external)
			return found, err
		},
		run: func(ctx context.Context) (Result, error) { return i.Import(ctx, external, ImportOptions[R]{}) },
	}
}

// Dependency is a record that must be in the backend first; none where odooID is 0. It
// is exported unless it is bound.
func (x RecordExporter[L, R]) Dependency(odooID int64) Dependency {
	if odooID == 0 {
		return Dependency{}
	}
	return Dependency{
		name: fmt.Sprintf("%s %d", x.Model, odooID),
		bound: func(tx *store.Tx) (bool, error) {
			_, found, err := NewBinder(x.Work.Backend.Name, x.Model).ToExternal(tx, odooID)
			return found, err
		},
		run: func(ctx context.Context) (Result, error) { return x.Export(ctx, odooID, ExportOptions{}) },
	}
}

// first synchronises what the task needs. One that was skipped, or is gone, is for the
// mapping to miss.
func (t *task) first(ctx context.Context, needs []Dependency) error {
	for _, d := range needs {
		if d.run == nil {
			continue
		}
		if d.bound != nil {
			var bound bool
			err := t.w.Store.View(func(tx *store.Tx) (err error) {
				bound, err = d.bound(tx)
				return err
			})
			if err != nil {
				return err
			}
			if bound {
				continue
			}
		}
		if _, err := d.run(ctx); err != nil {
			return fmt.Errorf("it needs %s: %w", d.name, err)
		}
	}
	return nil
}
