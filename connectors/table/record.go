package table

import (
	"fmt"
	"strconv"
	"strings"
)

// Record is one record of a file that is imported.
type Record struct {
	// Line is where it begins in the file, from 1, the header's line.
	Line  int
	cells map[string]string
}

// Text is a cell, without the space around it; "" where it is empty, or the file lacks the
// column.
func (r Record) Text(column string) string { return r.cells[column] }

// Has tells whether the file has the column at all: an empty cell may mean another thing
// than none.
func (r Record) Has(column string) bool {
	_, has := r.cells[column]
	return has
}

// Int is a cell that is a whole number of at least min; a *RecordError for anything else.
func (r Record) Int(column string, min int64) (int64, error) {
	n, err := strconv.ParseInt(r.Text(column), 10, 64)
	if err != nil || n < min {
		return 0, &RecordError{Column: column, Wrong: fmt.Sprintf("%q is no number that is possible", r.Text(column)), Fix: fmt.Sprintf("write a whole number from %d on", min)}
	}
	return n, nil
}

// Bool is a cell that is true or false, or none where it is empty; a *RecordError for
// anything else. Spreadsheets write TRUE and FALSE, so capitals don't count.
func (r Record) Bool(column string, none bool) (bool, error) {
	switch strings.ToLower(r.Text(column)) {
	case "":
		return none, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, &RecordError{Column: column, Wrong: fmt.Sprintf("%q is neither true nor false", r.Text(column)), Fix: "write true or false"}
}

// RecordError is what is wrong with one record of a file; the others are imported.
type RecordError struct {
	// Column is the one that is meant, "" for the record as a whole.
	Column string
	// Wrong says what is wrong, Fix what to do.
	Wrong, Fix string
}

func (e *RecordError) Error() string {
	text := e.Wrong
	if e.Column != "" {
		text = e.Column + ": " + text
	}
	if e.Fix != "" {
		text += "; " + e.Fix
	}
	return text
}

// FileError is what is wrong with a file, or what was asked, as a whole: nothing was imported.
type FileError struct {
	// Line is where, from 1; 0 where it is no matter of a line.
	Line int
	// Wrong says what is wrong, Fix what to do.
	Wrong, Fix string
}

func (e *FileError) Error() string {
	text := e.Wrong
	if e.Line > 0 {
		text = fmt.Sprintf("line %d: %s", e.Line, text)
	}
	if e.Fix != "" {
		text += ": " + e.Fix
	}
	return text
}
