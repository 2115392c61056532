package connectors

import "slices"

// MapOption is something that holds for one call of [Mapper.Map].
type MapOption func(*MapContext)

// ForCreate maps a record that is about to be made: fields with OnCreate are set too.
func ForCreate() MapOption {
	return func(c *MapContext) { c.ForCreate = true }
}

// OnlyFields maps in part: the fields that read one of these fields of the source, and
// those that don't say what they read. Without names it is no restriction.
func OnlyFields(names ...string) MapOption {
	return func(c *MapContext) { c.only = slices.Clone(names) }
}

// Option is a value that the fields of a mapping may ask for, and that who maps may
// give: a value, declared once as a package variable. Two of the same name and type are
// the same option.
type Option[T any] struct {
	name string
}

// NewOption makes an option. It panics on an empty name.
func NewOption[T any](name string) Option[T] {
	if name == "" {
		panic("connectors: an option needs a name")
	}
	return Option[T]{name: name}
}

// Set gives the option a value, for one record and its lines.
func (o Option[T]) Set(v T) MapOption {
	return func(c *MapContext) {
		if c.options == nil {
			c.options = map[any]any{}
		}
		c.options[o] = v
	}
}

// Get returns the option's value, the zero value where none was given.
func (o Option[T]) Get(c *MapContext) T {
	v, _ := c.options[o].(T)
	return v
}
