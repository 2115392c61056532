package connectors

import (
	"time"

	"crema/store"
)

// SinceCursor remembers from when on a flow of a backend looks for changes, for one who
// reads them without a [BatchImporter]: in one commit with what was read, say. It is the
// cursor that a BatchImporter of that flow would have.
type SinceCursor struct {
	Backend, Flow string
	// Overlap is how long before the start of the last run a change may have been and is
	// found still; 0: 30 s. What is found twice must do no harm.
	Overlap time.Duration
}

func (c SinceCursor) key() store.Pair[string, string] {
	return store.Pair[string, string]{A: c.Backend, B: c.Flow}
}

// Since is from when on the next run looks for changes, zero: at all there is. now is the
// other system's clock, or zero where it is not known yet: a cursor from after it was set
// by a clock that was wrong.
func (c SinceCursor) Since(tx *store.Tx, now time.Time) (time.Time, error) {
	at, _, err := cursors.Get(tx, c.key())
	if now.IsZero() {
		now = at.At
	}
	return at.since(now, c.Overlap), err
}

// Move has the next run look from at on, less the overlap: when this run began, by the
// other system's clock. Where that is not known, zero, the cursor stays.
func (c SinceCursor) Move(tx *store.Tx, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	return cursors.Put(tx, c.key(), cursor{At: at.UTC()})
}

// Forget has the next run look at all there is.
func (c SinceCursor) Forget(tx *store.Tx) error { return cursors.Delete(tx, c.key()) }
