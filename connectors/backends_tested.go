package connectors

import (
	"slices"
	"time"

	"crema/store"
)

// Tested is what the last test of a backend said.
type Tested struct {
	At       time.Time `json:"at"`
	Findings []Finding `json:"findings"`
}

// Good tells whether nothing was found that is more than a warning.
func (t Tested) Good() bool {
	return !slices.ContainsFunc(t.Findings, func(f Finding) bool { return !f.Warning })
}

var testedBucket = store.NewBucket[string, Tested]("connectors.tested", store.StringKey())

// Tested is what the last test of a backend said; false where there was none since it
// became a draft.
func (Backends) Tested(tx *store.Tx, name string) (Tested, bool, error) {
	return testedBucket.Get(tx, name)
}
