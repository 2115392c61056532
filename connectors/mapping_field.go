package connectors

// Field is how one field of a destination D is made from a source S. It is made by
// [Direct], [DirectIf], [Convert], [Computed], [ExternalOf], [OdooOf] or [Children].
type Field[S, D any] struct {
	// Name is the destination's field.
	Name string
	// Reads are the fields of the source that it depends on; none: it is always applied.
	Reads []string
	// Create is a field that is set when a record is made and left alone ever after.
	Create bool
	// Apply sets it, or returns [ErrSkipField]; any other error says what is wrong with the
	// source. It never writes to the source, and may be called at any time again.
	Apply func(c *MapContext, src *S, dst *D) error

	// validate checks what it is made of; nil: nothing.
	validate func() error
}

// From says which fields of the source it depends on: a partial mapping ([OnlyFields])
// of none of them leaves it out, and a change of one of them is worth an export
// ([Mapper.NeedsExport]).
func (f Field[S, D]) From(reads ...string) Field[S, D] {
	f.Reads = reads
	return f
}

// OnCreate sets it in new records only.
func (f Field[S, D]) OnCreate() Field[S, D] {
	f.Create = true
	return f
}

// Direct copies a value as it is; zero, false and "" are values like any other.
func Direct[S, D, V any](name string, get func(*S) V, set func(*D, V)) Field[S, D] {
	return Field[S, D]{Name: name, Apply: func(_ *MapContext, src *S, dst *D) error {
		set(dst, get(src))
		return nil
	}}
}

// DirectIf copies a value where the source has one; else the field is not set.
func DirectIf[S, D, V any](name string, get func(*S) (V, bool), set func(*D, V)) Field[S, D] {
	return Field[S, D]{Name: name, Apply: func(_ *MapContext, src *S, dst *D) error {
		v, ok := get(src)
		if !ok {
			return ErrSkipField
		}
		set(dst, v)
		return nil
	}}
}

// Convert copies a value through conv; where that fails the field is not set.
func Convert[S, D, A, B any](name string, get func(*S) A, conv func(A) (B, error), set func(*D, B)) Field[S, D] {
	return Computed(name, func(_ *MapContext, src *S) (B, error) { return conv(get(src)) }, set)
}

// Computed sets a field from the whole source.
func Computed[S, D, V any](name string, compute func(*MapContext, *S) (V, error), set func(*D, V)) Field[S, D] {
	return Field[S, D]{Name: name, Apply: func(c *MapContext, src *S, dst *D) error {
		v, err := compute(c, src)
		if err != nil {
			return err
		}
		set(dst, v)
		return nil
	}}
}
