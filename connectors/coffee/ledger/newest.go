package ledger

import (
	"iter"

	"crema/store"
)

// Newest are the cups of a backend, the one read last first. It reads past the cups
// of other backends.
func Newest(tx *store.Tx, backend string) iter.Seq[Cup] {
	return func(yield func(Cup) bool) {
		for _, c := range cups.Backward(tx) {
			if c.Backend == backend && !yield(c) {
				return
			}
		}
	}
}
