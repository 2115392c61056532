package odoo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"crema/connectors"
)

// Records are the records of a model, each as a V: Odoo's side of a synchronizer. It is a
// connectors.BackendAdapter with all capabilities but Delete: what is not wanted any more is
// archived, by writing "active". Its ids are decimal, its errors those of package connectors. It
// is safe for concurrent use.
type Records[V any] struct {
	Client *Client
	Model  string   // "res.partner"
	Fields []string // to read, by the JSON tags of V; "id" is among them in any case
	Lang   string   // of what is read and written; empty: the user's
	// Values are those of a record to write, by field: the fields that a mapping sets are written. A value is a text
	// (string, [String]), a number (int, int64, [Amount]), a bool, or the [ID] of a record. nil: nothing is written.
	Values func(V) map[string]any
}

// Backend is Odoo: a board has one.
func (r Records[V]) Backend() connectors.Backend {
	return connectors.Backend{Name: Kind.Name(), Kind: Kind, State: connectors.Production}
}

// Search finds the ids of the records of a domain, in their order, without archived ones unless the domain names "active".
func (r Records[V]) Search(ctx context.Context, domain Domain) ([]string, error) {
	found, err := SearchRead[struct {
		ID int64 `json:"id"`
	}](ctx, r.Client, r.Model, Search{Domain: domain, Fields: []string{"id"}, Order: "id"})
	if err != nil {
		return nil, sorted(ctx, err)
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = strconv.FormatInt(f.ID, 10)
	}
	return ids, nil
}

// Read reads a record, archived or not.
func (r Records[V]) Read(ctx context.Context, external string) (v V, err error) {
	id, err := r.id(external)
	if err != nil {
		return v, err
	}
	no := false
	found, err := SearchRead[V](ctx, r.Client, r.Model, Search{Domain: Domain{Where("id", "=", id)}, Fields: r.Fields, Context: &Context{Lang: r.Lang, ActiveTest: &no}})
	if err != nil {
		return v, sorted(ctx, err)
	}
	if len(found) == 0 {
		return v, r.none(external)
	}
	return found[0], nil
}

// Create makes a record by [Load], under an external id that is made of the key: who has made
// it already with this key writes it.
func (r Records[V]) Create(ctx context.Context, key string, m connectors.Mapped[V]) (string, error) {
	print, err := connectors.Fingerprint(key)
	if err != nil {
		return "", err
	}
	values := r.values(m)
	var columns, texts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		column, text, err := cell(name, values[name])
		if err != nil {
			return "", fmt.Errorf("odoo: %s: %w", r.Model, err)
		}
		columns, texts = append(columns, column), append(texts, text)
	}
	id, err := Load(ctx, r.Client, r.Model, "crema.r_"+print, columns, texts)
	if err != nil {
		return "", sorted(ctx, err)
	}
	return strconv.FormatInt(id, 10), nil
}

// Write writes the fields that are set.
func (r Records[V]) Write(ctx context.Context, external string, m connectors.Mapped[V]) error {
	id, err := r.id(external)
	if err != nil {
		return err
	}
	values := r.values(m)
	for name, v := range values {
		if v == ID(0) {
			values[name] = false
		}
	}
	return sorted(ctx, r.Client.Call(ctx, r.Model, "write", map[string]any{"ids": []int64{id}, "vals": values, "context": Context{Lang: r.Lang}}, nil))
}

// values are those of the fields that are set.
func (r Records[V]) values(m connectors.Mapped[V]) map[string]any {
	all := r.Values(m.Record)
	maps.DeleteFunc(all, func(name string, _ any) bool { return !m.Has(name) })
	return all
}

func (r Records[V]) id(external string) (int64, error) {
	n := digitsOnly(external)
	if n == 0 || strconv.FormatInt(n, 10) != external {
		return 0, r.none(external)
	}
	return n, nil
}

func (r Records[V]) none(external string) error {
	return fmt.Errorf("odoo: %s %q: %w", r.Model, external, connectors.ErrNotInBackend)
}

// cell is a value as a file would have it, and the name of its column.
func cell(field string, value any) (column, text string, err error) {
	switch v := value.(type) {
	case string:
		return field, v, nil
	case String, Amount, int, int64:
		return field, fmt.Sprint(v), nil
	case bool:
		return field, map[bool]string{true: "True", false: "False"}[v], nil
	case ID:
		if v == 0 {
			return field + "/.id", "", nil
		}
		return field + "/.id", strconv.FormatInt(int64(v), 10), nil
	}
	return "", "", fmt.Errorf("the field %s is a %T, which can't be written: see Records.Values", field, value)
}

// sorted makes an error of a call one of package connectors. All calls of Records may be
// repeated.
func sorted(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if refused, is := errors.AsType[*LoadError](err); is {
		return &connectors.InvalidDataError{Text: refused.Error()}
	}
	e, is := errors.AsType[*Error](err)
	switch {
	case is && e.Name == "odoo.exceptions.MissingError":
		return fmt.Errorf("%w: %w", connectors.ErrNotInBackend, err)
	case is && e.Class == Refused:
		return &connectors.RefusedError{Err: err}
	case is && (e.Class == Transient || e.Class == Unknown):
		return &connectors.NetworkError{Err: err, After: e.After}
	}
	return err // what waits for a person
}
