package connectors

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"crema/store"
)

// Lines says how the lines L of an imported record S become records R of their own
// model.
type Lines[S, L, R any] struct {
	// Of lists the lines of a record, in their order; false: the source doesn't tell, and
	// those that are there are left as they are.
	Of func(*S) ([]L, bool)
	// Key tells a line from the others of its record, and stays the same.
	Key func(*L) string
	// Skip leaves a line out: one that is there already is removed. nil: none.
	Skip func(c *MapContext, line *L) bool
	// Mapper maps a line; its Model is that of the lines' bindings, whose external ids are
	// the [ChildID] of the record and the key.
	Mapper *Mapper[L, R]
}

// Line is what is to be done to one line of a record.
type Line[R any] struct {
	Op LineOp
	// Key tells it from the others of its record; bind a new one to ChildID(record, Key).
	Key string
	// ID is the line's Odoo id; 0 for LineCreate.
	ID int64
	// Record is empty for LineDelete.
	Record Mapped[R]
}

// LineOp is what is to be done to a line.
type LineOp string

// What is to be done to a line.
const (
	LineCreate LineOp = "create"
	LineUpdate LineOp = "update"
	LineDelete LineOp = "delete"
)

// Children maps the lines of a record. Which are there already is told by the bindings
// of the lines' model, so that to import a record again changes and removes lines, and
// doubles none. The list has those to be removed first, then the others in their order;
// a line of which no field is set is left out. Where nothing is to be done the field is
// not set.
//
// A line is always mapped as a whole, [OnlyFields] chooses the record's own fields only;
// OnCreate fields are set in lines that are new. Options hold for lines as well, and
// [ParentOf] gives the record.
//
// This is for imports. Exported lines are records of their own, which depend on their
// parent.
func Children[S, D, L, R any](name string, lines Lines[S, L, R], set func(*D, []Line[R])) Field[S, D] {
	apply := func(c *MapContext, src *S, dst *D) error {
		list, err := lines.list(c, src)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return ErrSkipField
		}
		set(dst, list)
		return nil
	}
	return Field[S, D]{Name: name, Apply: apply, validate: lines.validate}
}

// list is what is to be done to the lines of src.
func (l Lines[S, L, R]) list(c *MapContext, src *S) ([]Line[R], error) {
	items, told := l.Of(src)
	if !told {
		return nil, ErrSkipField
	}
	gone, err := l.bound(c)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var list []Line[R]
	var errs []error
	for i := range items {
		child := c.line(src)
		if l.Skip != nil && l.Skip(child, &items[i]) {
			continue
		}
		line := Line[R]{Op: LineCreate, Key: l.Key(&items[i])}
		if line.Key == "" || seen[line.Key] {
			errs = append(errs, fmt.Errorf("line %d of %d has the key %q: each needs one of its own", i+1, len(items), line.Key))
			continue
		}
		seen[line.Key] = true
		if b, found := gone[line.Key]; found {
			line.Op, line.ID = LineUpdate, b.OdooID
			delete(gone, line.Key)
		}
		child.record, child.ForCreate = ChildID(c.record, line.Key), line.Op == LineCreate
		if line.Record, err = l.Mapper.apply(child, &items[i]); err != nil {
			errs = append(errs, err)
		}
		if len(line.Record.set) > 0 {
			list = append(list, line)
		}
	}
	return append(removals[R](gone), list...), errors.Join(errs...)
}

// bound are the bindings of the record's lines, by key.
func (l Lines[S, L, R]) bound(c *MapContext) (map[string]Binding, error) {
	if c.record == "" {
		return nil, errors.New("the record has no id that its lines could be bound to: see Mapper.Record")
	}
	var found map[string]Binding
	err := c.view(func(tx *store.Tx) error {
		found = maps.Collect(NewBinder(c.Work.Backend.Name, l.Mapper.Model).Children(tx, c.record))
		return nil
	})
	return found, err
}

// removals removes lines, by key. One that is archived is out of use already.
func removals[R any](gone map[string]Binding) []Line[R] {
	var list []Line[R]
	for _, key := range slices.Sorted(maps.Keys(gone)) {
		if b := gone[key]; !b.Archived {
			list = append(list, Line[R]{Op: LineDelete, Key: key, ID: b.OdooID})
		}
	}
	return list
}

func (l Lines[S, L, R]) validate() error {
	if l.Of == nil || l.Key == nil || l.Mapper == nil {
		return errors.New("its Lines need Of, Key and Mapper")
	}
	return l.Mapper.validate()
}
