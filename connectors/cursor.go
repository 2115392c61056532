package connectors

import (
	"context"
	"time"

	"crema/store"
)

// cursor is how far a flow of a backend has come.
type cursor struct {
	// At is when the last run that went through began; zero: none did.
	At time.Time `json:"at,omitzero"`
	// Run is one that has not gone through yet.
	Run *batchRun `json:"run,omitempty"`
}

// batchRun is where a batch stands.
type batchRun struct {
	// Since and Start are those of its beginning, whenever it goes on.
	Since time.Time `json:"since,omitzero"`
	Start time.Time `json:"start"`
	// After is the end of the last page that is done.
	After string `json:"after,omitempty"`
	Pages int    `json:"pages"`
	// Found counts the records, Effects what became of those that were imported at once.
	Found   int            `json:"found"`
	Effects map[Effect]int `json:"effects,omitempty"`
}

// By backend and flow.
var cursors = store.NewBucket[store.Pair[string, string], cursor]("connectors.cursors", store.PairKey(store.StringKey(), store.StringKey()))

// defaultOverlap is how far before its cursor a run looks.
const defaultOverlap = 30 * time.Second

// since is from when on a run looks for changes. A cursor from after now was set by a
// clock that was wrong: all is looked at again.
func (c cursor) since(now time.Time, overlap time.Duration) time.Time {
	if overlap == 0 {
		overlap = defaultOverlap
	}
	if c.At.IsZero() || c.At.After(now.Add(overlap)) {
		return time.Time{}
	}
	return c.At.Add(-overlap)
}

// RemoteClock is the capability of an adapter that knows its system's time, by which its
// records are stamped. A batch then goes by that, and not by the board's clock.
type RemoteClock interface {
	RemoteNow(ctx context.Context) (time.Time, error)
}
