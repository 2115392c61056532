package connectors

import (
	"errors"
	"fmt"
	"iter"
)

// Mapping is a table of fields, applied in order. Two versions that differ in a few
// fields share the rest by slices.Concat: a later field of the same name wins, and the
// earlier one is as if it weren't there.
type Mapping[S, D any] []Field[S, D]

// ErrSkipField is what a field returns that has nothing to say of a record: it is not set,
// and nothing is wrong. It is a signal rather than a failure, as fs.SkipDir is.
var ErrSkipField = errors.New("this field is not set")

// FieldError is a field that can't be mapped.
type FieldError struct {
	Model  string
	Record string // which one, as [Mapper.Record] tells
	Field  string // "" where the record as a whole is wrong ([Mapper.Finalize])
	Err    error
}

func (e *FieldError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%s %s: %v", e.Model, e.Record, e.Err)
	}
	return fmt.Sprintf("%s %s: field %s: %v", e.Model, e.Record, e.Field, e.Err)
}

func (e *FieldError) Unwrap() error { return e.Err }

// fields runs over those that no later one replaces.
func (m Mapping[S, D]) fields() iter.Seq[Field[S, D]] {
	return func(yield func(Field[S, D]) bool) {
		for i, f := range m {
			if !m[i+1:].has(f.Name) && !yield(f) {
				return
			}
		}
	}
}

func (m Mapping[S, D]) has(name string) bool {
	for i := range m {
		if m[i].Name == name {
			return true
		}
	}
	return false
}
