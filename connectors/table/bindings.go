package table

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"time"

	"crema/connectors"
	"crema/store"
)

// Bindings is the table of all bindings. allowed says why one can't be imported as it is, as a
// *RecordError: those of a connector that must know of them, say. An import binds what is not
// bound, and archives; it moves nothing that is bound to something else.
func Bindings(s *store.Store, allowed func(tx *store.Tx, b connectors.Binding) error) Table {
	return Table{
		Name: "bindings", Text: "Which record of a backend is which of Odoo",
		Columns: []Column{
			{Name: "backend", Help: "name of the backend", Example: "kitchen", Required: true},
			{Name: "model", Help: "Odoo’s model", Example: "res.partner", Required: true},
			{Name: "odoo_id", Help: "id in Odoo", Example: "42", Required: true},
			{Name: "external_id", Help: "id in the backend", Example: "C-0042", Required: true},
			{Name: "archived", Help: "true: not in use, both ids stay taken; false where it is empty", Example: "false"},
			{Name: "synced", Help: "when the two were last made equal", Shown: true},
		},
		Filters: []Column{{Name: "backend", Help: "of this backend", Example: "kitchen"}, {Name: "model", Help: "of this model", Example: "res.partner"}},
		Import: func(tx *store.Tx, r Record) (bool, error) {
			b, err := bindingOf(tx, r)
			if err == nil {
				err = allowed(tx, b)
			}
			if err != nil {
				return false, err
			}
			return bind(tx, r, b)
		},
		Export: func(_ context.Context, f Filter) (iter.Seq2[[]string, error], error) {
			return func(yield func([]string, error) bool) { listBindings(s, f, yield) }, nil
		},
	}
}

// bindingOf reads a binding, and what its backend is.
func bindingOf(tx *store.Tx, r Record) (b connectors.Binding, err error) {
	b = connectors.Binding{Backend: r.Text("backend"), Model: r.Text("model"), External: r.Text("external_id")}
	if b.OdooID, err = r.Int("odoo_id", 1); err != nil {
		return b, err
	}
	if b.Archived, err = r.Bool("archived", false); err != nil {
		return b, err
	}
	_, err = connectors.Backends{}.Get(tx, b.Backend)
	if errors.Is(err, connectors.ErrNoBackend) {
		err = &RecordError{Column: "backend", Wrong: err.Error()}
	}
	return b, err
}

func bind(tx *store.Tx, r Record, b connectors.Binding) (changed bool, err error) {
	binder := connectors.NewBinder(b.Backend, b.Model)
	has, found, err := binder.Get(tx, b.OdooID)
	if err != nil {
		return false, err
	}
	if found && has.External == b.External {
		if !r.Has("archived") || has.Archived == b.Archived {
			return false, nil
		}
		return true, binder.Archive(tx, b.OdooID, b.Archived)
	}
	err = binder.Bind(tx, b)
	if e, ok := errors.AsType[*connectors.BoundError](err); ok {
		column := "odoo_id"
		if e.Has.OdooID != b.OdooID {
			column = "external_id"
		}
		err = &RecordError{Column: column, Wrong: e.Error(), Fix: "correct it, or take that binding away first"}
	}
	return err == nil, err
}

// listBindings gives the bindings page by page.
func listBindings(s *store.Store, f Filter, yield func([]string, error) bool) {
	const page = 500
	for after := uint64(0); ; {
		var list []connectors.Binding
		err := s.View(func(tx *store.Tx) (err error) {
			list, after, err = connectors.ListBindings(tx, f["backend"], f["model"], after, page)
			return err
		})
		if err != nil {
			yield(nil, err)
			return
		}
		for _, b := range list {
			synced := ""
			if !b.Synced.IsZero() {
				synced = b.Synced.Format(time.RFC3339)
			}
			if !yield([]string{b.Backend, b.Model, strconv.FormatInt(b.OdooID, 10), b.External, strconv.FormatBool(b.Archived), synced}, nil) {
				return
			}
		}
		if after == 0 {
			return
		}
	}
}
