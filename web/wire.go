package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// ID is an identifier on the wire: a string, or null where there is none. "0" is an
// identifier like any other.
type ID string

// MarshalJSON writes the string, or null for the empty ID.
func (id ID) MarshalJSON() ([]byte, error) {
	if id == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(id))
}

// Time is a moment on the wire: RFC 3339 in UTC, or null for the zero time.
type Time struct{ time.Time }

// At is t for the wire.
func At(t time.Time) Time { return Time{Time: t} }

// MarshalJSON writes the moment in UTC, whatever its location, or null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	if y := t.UTC().Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("year %d can't be written as RFC 3339", y)
	}
	return []byte(`"` + t.UTC().Format(time.RFC3339Nano) + `"`), nil
}

// UnmarshalJSON reads a moment or null.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		t.Time = time.Time{}
		return nil
	}
	return json.Unmarshal(b, &t.Time)
}

// Money is an amount in whole minor units (cents) of an ISO 4217 currency; an empty
// currency is the machine's own, which it does not tell.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Page is one page of a list, oldest first.
type Page[T any] struct {
	Items []T `json:"items"`
	// Next is what ?after= takes to go on; empty at the end.
	Next string `json:"next"`
}

// Paging is which part of a list is wanted.
type Paging struct {
	After string // Page.Next of the page before; empty: from the start
	Limit int    // 1 to 1000
}

// Finding is one thing that a test or a check found.
type Finding struct {
	Code string `json:"code"` // stable, for programs
	Text string `json:"text"` // what is so, in words
	Fix  string `json:"fix"`  // what to do about it; empty where nothing is wrong
	// Warning is one that keeps nothing from working: a report of such alone is OK.
	Warning bool `json:"warning,omitempty"`
}

// Report is what a test or a check found.
type Report struct {
	OK       bool      `json:"ok"`
	Findings []Finding `json:"findings"`
}

// Codes of what a check finds beside damage.
const (
	CodeBooks       = "books"        // machine, ledger and Odoo don't agree
	CodeNotCompared = "not_compared" // they could not be compared now
)

// whole is r without null lists.
func (r Report) whole() Report {
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	return r
}

// warns tells whether something is to be told that keeps nothing from working.
func (r Report) warns() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Warning })
}
