package connectors

import (
	"math"

	"crema/store"
)

// ListBindings returns up to limit bindings, oldest first, from the one behind after
// on (0: from the first), of one backend and one model, or of all where the name is
// empty. next is the after of the next page, 0 at the end. A page has at least one
// binding where there is one.
func ListBindings(tx *store.Tx, backend, model string, after uint64, limit int) (list []Binding, next uint64, err error) {
	if after == math.MaxUint64 {
		return nil, 0, nil // nothing is behind the last number
	}
	var last uint64
	for n, s := range bindings.From(tx, after+1) {
		if backend != "" && s.Backend != backend || model != "" && s.Model != model {
			continue
		}
		if len(list) >= max(limit, 1) {
			return list, last, nil
		}
		list, last = append(list, s.whole()), n
	}
	return list, 0, nil
}
