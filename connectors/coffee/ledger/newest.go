package ledger

import (
	"iter"
	"math"

	"crema/store"
)

// Newest are the cups of a backend, the one read last first. A cup that can't be read is
// left out; Get tells its error.
func Newest(tx *store.Tx, backend string) iter.Seq[Cup] {
	return func(yield func(Cup) bool) {
		for k := range allCups.Before(tx, store.Pair[string, uint64]{A: backend, B: math.MaxUint64}) {
			if k.A != backend {
				return
			}
			if c, err := get(tx, k.B); err == nil && !yield(c) {
				return
			}
		}
	}
}

// Last is the number of the cup that was read last, of all backends; 0: there is none.
func Last(tx *store.Tx) uint64 {
	seq, _, _ := cups.Last(tx)
	return seq
}
