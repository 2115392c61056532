package store

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What a Restoration may come from, besides the name of a file.
const (
	// FromLastCommit is the file's own state, whole: what was damaged is of no account,
	// such as the list of its free pages.
	FromLastCommit = "last commit"
	// FromPreviousCommit is the file's own state before its last commit.
	FromPreviousCommit = "previous commit"
	// FromNothing is a new file: nothing could be kept.
	FromNothing = "nothing"
)

// Restoration tells that the file is not the one that was written last: it may lack
// what was committed since, and what other systems were told of that. It is stored
// in the file that was put in place, in the same step that puts it there, until it
// is settled.
type Restoration struct {
	Time   time.Time `json:"time"`            // when, by the wall clock
	From   string    `json:"from"`            // one of the above, or the path of a snapshot or a backup
	Taken  time.Time `json:"taken,omitzero"`  // when that was written, by the wall clock; zero if unknown
	Aside  string    `json:"aside,omitempty"` // path of the file that was there; empty if there was none
	Reason string    `json:"reason"`          // what was wrong with it, and with better sources; in words
	// Earlier are those that were not yet settled when this one came, oldest first.
	Earlier []Restoration `json:"earlier,omitempty"`
}

// String says it in a sentence.
func (r Restoration) String() string {
	s := "restored from " + r.From
	if !r.Taken.IsZero() {
		s += " of " + r.Taken.UTC().Format(time.RFC3339)
	}
	if r.Aside != "" {
		s += ", the file before it is kept as " + r.Aside
	}
	return s + ": " + r.Reason
}

// restoration holds the one that is not settled, under 0.
var restoration = NewBucket[uint64, Restoration]("store.restoration", Uint64Key())

// PendingRestoration gives the restoration whose consequences are not yet drawn,
// and whether there is one.
func PendingRestoration(tx *Tx) (Restoration, bool, error) { return restoration.Get(tx, 0) }

// SettleRestoration notes that the consequences of the pending restoration are
// drawn, in the transaction that draws them. It does nothing where none is pending.
func SettleRestoration(tx *Tx) error { return restoration.Delete(tx, 0) }

// addRestoration makes r the pending one, with those before it.
func addRestoration(tx *Tx, r Restoration) error {
	before, ok, err := restoration.Get(tx, 0)
	if err != nil {
		return fmt.Errorf("read the pending restoration: %w", err)
	}
	if ok {
		r.Earlier = append(before.Earlier, before)
		r.Earlier[len(r.Earlier)-1].Earlier = nil
	}
	return restoration.Put(tx, 0, r)
}

// reason is an error's text without the advice that a DamagedError gives.
func reason(err error) string {
	if d := new(DamagedError); errors.As(err, &d) {
		return fmt.Sprintf("%s is damaged: %v", d.Path, d.Err)
	}
	return strings.TrimPrefix(err.Error(), "open store: ")
}
