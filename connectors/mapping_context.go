package connectors

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// MapContext is what fields know beside their source. It is made anew for each record,
// so that nothing of one is left for the next, and must not be kept.
type MapContext struct {
	// Context is that of the call.
	context.Context
	// Work is what the mapping is a part of; never nil.
	Work *Work
	// ForCreate is a mapping for a record that is about to be made.
	ForCreate bool

	only    []string    // of the source's fields; empty: all
	options map[any]any // by Option[T]; only read after the mapping began
	record  string      // the source's id, see Mapper.Record
	parent  any         // *S of the record that the source is a line of; nil: it is none
}

// ParentOf returns the record that the source is a line of; an error names both types
// where it is of another one, or where the source is no line.
func ParentOf[P any](c *MapContext) (*P, error) {
	p, ok := c.parent.(*P)
	if !ok {
		is := "it is no line"
		if c.parent != nil {
			is = "its parent is a " + strings.TrimPrefix(fmt.Sprintf("%T", c.parent), "*")
		}
		want := strings.TrimPrefix(fmt.Sprintf("%T", new(P)), "*")
		return nil, fmt.Errorf("a line of a %s is needed: %s", want, is)
	}
	return p, nil
}

// line is the context of a line of the record at parent. It is mapped as a whole.
func (c *MapContext) line(parent any) *MapContext {
	return &MapContext{Context: c.Context, Work: c.Work, options: c.options, parent: parent}
}

// wants says whether a field that reads these fields takes part.
func (c *MapContext) wants(reads []string, create bool) bool {
	if create && !c.ForCreate {
		return false
	}
	return len(c.only) == 0 || len(reads) == 0 || slices.ContainsFunc(reads, func(name string) bool { return slices.Contains(c.only, name) })
}
