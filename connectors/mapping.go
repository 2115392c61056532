package connectors

import (
	"context"
	"errors"
	"fmt"
)

// Field is how one field of a destination D is made from a source S.
type Field[S, D any] struct {
	// Name is the destination's field, for errors.
	Name string
	// Apply sets it; its error says what is wrong with the source.
	Apply func(ctx context.Context, src *S, dst *D) error
}

// Mapping is a table of fields, applied in order. Two versions that differ in a few
// fields share the rest by slices.Concat; a later field of the same name wins.
type Mapping[S, D any] []Field[S, D]

// FieldError is a field that can't be mapped.
type FieldError struct {
	Model string // "" where the mapping was not told
	Field string
	Err   error
}

func (e *FieldError) Error() string {
	if e.Model == "" {
		return fmt.Sprintf("field %s: %v", e.Field, e.Err)
	}
	return fmt.Sprintf("%s: field %s: %v", e.Model, e.Field, e.Err)
}

func (e *FieldError) Unwrap() error { return e.Err }

// Direct copies a value as it is; zero, false and "" are values like any other.
func Direct[S, D, V any](name string, get func(*S) V, set func(*D, V)) Field[S, D] {
	return Field[S, D]{Name: name, Apply: func(_ context.Context, src *S, dst *D) error {
		set(dst, get(src))
		return nil
	}}
}

// Convert copies a value through conv; where that fails the field is not set.
func Convert[S, D, A, B any](name string, get func(*S) A, conv func(A) (B, error), set func(*D, B)) Field[S, D] {
	return Field[S, D]{Name: name, Apply: func(_ context.Context, src *S, dst *D) error {
		v, err := conv(get(src))
		if err != nil {
			return err
		}
		set(dst, v)
		return nil
	}}
}

// Computed sets a field from the whole source.
func Computed[S, D, V any](name string, compute func(context.Context, *S) (V, error), set func(*D, V)) Field[S, D] {
	return Field[S, D]{Name: name, Apply: func(ctx context.Context, src *S, dst *D) error {
		v, err := compute(ctx, src)
		if err != nil {
			return err
		}
		set(dst, v)
		return nil
	}}
}

// Map applies every field to dst. The error joins a *FieldError for each field that
// failed; the others are set.
func (m Mapping[S, D]) Map(ctx context.Context, src *S, dst *D) error {
	return m.MapModel(ctx, "", src, dst)
}

// MapModel is Map with errors that name the model as well.
func (m Mapping[S, D]) MapModel(ctx context.Context, model string, src *S, dst *D) error {
	var errs []error
	for _, f := range m {
		if err := f.Apply(ctx, src, dst); err != nil {
			errs = append(errs, &FieldError{Model: model, Field: f.Name, Err: err})
		}
	}
	return errors.Join(errs...)
}
