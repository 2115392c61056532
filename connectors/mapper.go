package connectors

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Mapper turns records S of one side into records D of the other. It is data, put
// together once as a package variable, checked by [Mapper.Validate] at start-up, and
// only read from then on: safe for concurrent use.
//
// The order is Direct, Computed, Children, Finalize, and then what is forced
// ([Mapped.Force]).
type Mapper[S, D any] struct {
	// Model is that of the records, for errors.
	Model string
	// Record tells which record of the model a source is, for errors. Of records with
	// lines it is the external id, to which the bindings of the lines belong. A mapper
	// of lines needs none: the key of a line tells which.
	Record func(*S) string
	// Direct are the fields that are one of the source's, Computed the others, Children
	// those that hold the record's lines. Each may be empty.
	Direct, Computed, Children Mapping[S, D]
	// Finalize changes what the fields made, as a last resort: a total, say, or a default.
	// It is not called where a field failed. May be nil.
	Finalize func(c *MapContext, src *S, dst *Mapped[D]) error
}

// Map maps one record. Call it outside of transactions, since relations are looked up in
// the store.
//
// The error joins a *FieldError for each field that failed, and wraps ErrNotBound where
// a relation has no binding. What is returned beside it has the other fields set.
func (m *Mapper[S, D]) Map(ctx context.Context, w *Work, src *S, opts ...MapOption) (Mapped[D], error) {
	c := &MapContext{Context: ctx, Work: w, record: m.Record(src)}
	for _, opt := range opts {
		opt(c)
	}
	return m.apply(c, src)
}

func (m *Mapper[S, D]) apply(c *MapContext, src *S) (Mapped[D], error) {
	dst := Mapped[D]{ForCreate: c.ForCreate}
	failed := func(field string, err error) error {
		return &FieldError{Model: m.Model, Record: c.record, Field: field, Err: err}
	}
	var errs []error
	for f := range m.fields() {
		if !c.wants(f.Reads, f.Create) {
			continue
		}
		switch err := f.Apply(c, src, &dst.Record); {
		case err == nil:
			dst.mark(f.Name)
		case !errors.Is(err, ErrSkipField):
			errs = append(errs, failed(f.Name, err))
		}
	}
	if len(errs) == 0 && m.Finalize != nil {
		if err := m.Finalize(c, src, &dst); err != nil {
			errs = append(errs, failed("", err))
		}
	}
	return dst, errors.Join(errs...)
}

// Reads are the fields of the source that the mapping says to read, sorted. Of lines it
// is the field that holds them, not what is read of each.
func (m *Mapper[S, D]) Reads() []string {
	reads := map[string]bool{}
	for f := range m.fields() {
		for _, name := range f.Reads {
			reads[name] = true
		}
	}
	return slices.Sorted(maps.Keys(reads))
}

// NeedsExport says whether a change of these fields of the source is worth an export:
// whether one of them is in Reads. Fields that don't say what they read don't count, so
// declare what shall lead to an export; but a mapping where none says it needs one after
// every change.
func (m *Mapper[S, D]) NeedsExport(changed []string) bool {
	reads := m.Reads()
	if len(reads) == 0 {
		return len(changed) > 0
	}
	return slices.ContainsFunc(changed, func(name string) bool { return slices.Contains(reads, name) })
}

// Validate reports all that is wrong with the mapper, joined: what is missing, fields
// without a name, and names that stand in two of Direct, Computed and Children, where
// nobody can tell which of them is meant. (Within one of these the later wins.) Who
// provides a mapper calls it at start-up.
func (m *Mapper[S, D]) Validate() error {
	if m.Record == nil {
		return errors.Join(fmt.Errorf("mapper of %q: it has no Record, which tells records apart", m.Model), m.validate())
	}
	return m.validate()
}

// validate is Validate without what a mapper of lines doesn't need.
func (m *Mapper[S, D]) validate() error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("mapper of %q: "+format, append([]any{m.Model}, args...)...))
	}
	if m.Model == "" {
		wrong("it has no Model")
	}
	seen := map[string]bool{}
	n := 0
	for f := range m.fields() {
		n++
		switch {
		case f.Name == "":
			wrong("a field has no name")
		case seen[f.Name]:
			wrong("field %s stands in two of Direct, Computed and Children: keep one", f.Name)
		case f.Apply == nil:
			wrong("field %s has no Apply", f.Name)
		case slices.Contains(f.Reads, ""):
			wrong("field %s reads a field without a name", f.Name)
		case f.validate != nil:
			if err := f.validate(); err != nil {
				wrong("field %s: %w", f.Name, err)
			}
		}
		seen[f.Name] = true
	}
	if n == 0 {
		wrong("it has no fields")
	}
	return errors.Join(errs...)
}

// fields runs over all tables in their order.
func (m *Mapper[S, D]) fields() iter.Seq[Field[S, D]] {
	return func(yield func(Field[S, D]) bool) {
		for _, table := range []Mapping[S, D]{m.Direct, m.Computed, m.Children} {
			for f := range table.fields() {
				if !yield(f) {
					return
				}
			}
		}
	}
}
