package table

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"crema/store"
)

// Table is a sort of records that files bring and take away. A table has Import, Send or
// neither, and Export or not. Its functions are called by many goroutines at once.
type Table struct {
	Name string // "slots"
	Text string // says to people what it is: "Which drink is in which slot"
	// Columns are those of its files, in the order in which an export has them.
	Columns []Column
	// Import takes one record into the store, in the transaction that also keeps how far the
	// file is, and tells whether that changed anything. Its error undoes the transaction: a
	// *RecordError refuses this record, and the others are taken without it; any other error
	// is the job's. It may run more than once and touches nothing but tx.
	Import func(tx *store.Tx, r Record) (changed bool, err error)
	// Send takes one record to another system, outside of any transaction. A record that was
	// sent before, with or without an answer, must change nothing when it is sent again.
	// Errors are as for Import.
	Send func(ctx context.Context, r Record) (changed bool, err error)
	// Ended is told of each import that brought something, in the commit that ends it, and may
	// enqueue what follows from it; nil: nobody is.
	Ended func(tx *store.Tx, i Import) error
	// Export gives the records, each with one cell for every column. What is wrong with the
	// filter is its error; it reads nothing before the records are asked for, and holds no
	// transaction while one is being used.
	Export func(ctx context.Context, f Filter) (iter.Seq2[[]string, error], error)
	// Filters are what an export can be narrowed by.
	Filters []Column
}

// Column is a column of a table's files, or a filter of its exports.
type Column struct {
	Name string // of small letters, digits and _, as the first line of the file has it
	// Help says to people what is in it, and Example is such a value.
	Help, Example string
	// Required has a file without the column refused, and a record whose cell is empty.
	Required bool
	// Shown is a column of exports only: an import knows its name, and does not look at it.
	Shown bool
}

// Filter narrows an export, by the names of the table's Filters; what is not in it is not
// narrowed.
type Filter map[string]string

// Imports tells whether files can be imported into the table.
func (t Table) Imports() bool { return t.Import != nil || t.Send != nil }

func (t Table) column(name string) (Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return t.Columns[i], true
}

// names are the columns' names that an import takes, or all.
func (t Table) names(all bool) []string {
	var list []string
	for _, c := range t.Columns {
		if all || !c.Shown {
			list = append(list, c.Name)
		}
	}
	return list
}

var columnForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// The columns that the refused records of an import have behind their own.
const (
	lineColumn  = "line"
	errorColumn = "error"
)

// declared says what is wrong with a table as it is declared.
func (t Table) declared() error {
	switch {
	case !columnForm.MatchString(t.Name):
		return fmt.Errorf("table %q: its name must be small letters, digits and _", t.Name)
	case t.Import != nil && t.Send != nil:
		return fmt.Errorf("table %q: it has both Import and Send", t.Name)
	case !t.Imports() && t.Export == nil:
		return fmt.Errorf("table %q: it can be neither imported nor exported", t.Name)
	}
	var errs []error
	seen := map[string]bool{lineColumn: true, errorColumn: true}
	for _, c := range t.Columns {
		if !columnForm.MatchString(c.Name) || seen[c.Name] {
			errs = append(errs, fmt.Errorf("table %q: the column %q is there twice, or is no name", t.Name, c.Name))
		}
		seen[c.Name] = true
	}
	return errors.Join(errs...)
}

// check says what is wrong with a filter's names.
func (t Table) check(f Filter) error {
	for name := range f {
		if !slices.ContainsFunc(t.Filters, func(c Column) bool { return c.Name == name }) {
			return &FileError{Wrong: fmt.Sprintf("an export of %s has no filter %q", t.Name, name), Fix: "there are " + listOr(filterNames(t), "none")}
		}
	}
	return nil
}

func filterNames(t Table) []string {
	var list []string
	for _, c := range t.Filters {
		list = append(list, c.Name)
	}
	return list
}

func listOr(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}
