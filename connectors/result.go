package connectors

import (
	"cmp"
	"slices"
	"sync"
)

// Effect is what the synchronisation of one record did.
type Effect string

// The effects.
const (
	EffectCreated  Effect = "created"
	EffectUpdated  Effect = "updated"
	EffectDeleted  Effect = "deleted"
	EffectSkipped  Effect = "skipped"    // a hook said that this record is not to be synchronised
	EffectUpToDate Effect = "up_to_date" // it was synchronised since it was changed
	EffectNothing  Effect = "nothing"    // there was nothing to write
	EffectGone     Effect = "gone"       // where it was to be read from it no longer exists
)

// Result is how the synchronisation of one record ended.
type Result struct {
	Effect Effect
	// Text says it to people, with the reason where there is one. It is what a job that
	// ends with it gets as its result.
	Text string
}

// Tally counts results by backend, model and effect since the program started. The zero
// value is ready, and a nil Tally counts nothing. It is safe for concurrent use.
type Tally struct {
	mu sync.Mutex
	n  map[TallyKey]uint64
}

// TallyKey is what a [Tally] counts by.
type TallyKey struct {
	Backend, Model string
	Effect         Effect
}

// TallyLine is a count of a [Tally].
type TallyLine struct {
	TallyKey
	N uint64
}

// List returns the counts, sorted by backend, model and effect.
func (t *Tally) List() []TallyLine {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]TallyLine, 0, len(t.n))
	for k, n := range t.n {
		list = append(list, TallyLine{k, n})
	}
	slices.SortFunc(list, func(a, b TallyLine) int {
		return cmp.Or(cmp.Compare(a.Backend, b.Backend), cmp.Compare(a.Model, b.Model), cmp.Compare(a.Effect, b.Effect))
	})
	return list
}

func (t *Tally) count(k TallyKey) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = map[TallyKey]uint64{}
	}
	t.n[k]++
}
