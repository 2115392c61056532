package ledger

import (
	"fmt"
	"iter"

	"crema/store"
)

// ByKey finds a cup by its key.
func ByKey(tx *store.Tx, key string) (Cup, bool, error) {
	seq, ok, err := byKey.Get(tx, key)
	if err != nil {
		return Cup{}, false, fmt.Errorf("find cup %s: %w", key, err)
	}
	if !ok {
		return Cup{}, false, nil
	}
	c, err := get(tx, seq)
	return c, err == nil, err
}

// Get reads a cup by its number. ErrUnknownCup.
func Get(tx *store.Tx, seq uint64) (Cup, error) { return get(tx, seq) }

// SeenCups are the backend's cups that are to be booked, as they were read. An error
// ends them.
func SeenCups(tx *store.Tx, backend string) iter.Seq2[Cup, error] {
	return func(yield func(Cup, error) bool) {
		for seq := range numbers(tx, seenCups, backend, 0) {
			if c, err := get(tx, seq); !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// Bookable are the first limit of them.
func Bookable(tx *store.Tx, backend string, limit int) ([]Cup, error) {
	var out []Cup
	for c, err := range SeenCups(tx, backend) {
		if err != nil {
			return nil, err
		}
		if len(out) >= limit {
			break
		}
		out = append(out, c)
	}
	return out, nil
}

// ParkedCups are the backend's parked cups as they were read. Releasing, dismissing and
// booking them on the way is allowed. A cup that can't be read is left out here;
// Get tells its error.
func ParkedCups(tx *store.Tx, backend string) iter.Seq[Cup] {
	return func(yield func(Cup) bool) {
		for seq := range numbers(tx, parkedCups, backend, 0) {
			if c, err := get(tx, seq); err == nil && !yield(c) {
				return
			}
		}
	}
}

// numbers are the entries of an index above after, of one backend.
func numbers(tx *store.Tx, of store.Bucket[store.Pair[string, uint64], struct{}], backend string, after uint64) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for k := range of.From(tx, store.Pair[string, uint64]{A: backend, B: after + 1}) {
			if k.A != backend || !yield(k.B) {
				return
			}
		}
	}
}

// Count is how many of the backend's cups are seen and how many are parked.
func Count(tx *store.Tx, backend string) (seen, parked int, err error) {
	seen, _, err = counts.Get(tx, store.Pair[string, string]{A: backend, B: string(Seen)})
	if err == nil {
		parked, _, err = counts.Get(tx, store.Pair[string, string]{A: backend, B: string(Parked)})
	}
	if err != nil {
		return 0, 0, fmt.Errorf("count the cups of %s: %w", backend, err)
	}
	return seen, parked, nil
}

// Open is how many open cups each backend has that has any.
func Open(tx *store.Tx) map[string]int {
	open := map[string]int{}
	for k, n := range counts.All(tx) {
		if n > 0 && (k.B == string(Seen) || k.B == string(Parked)) {
			open[k.A] += n
		}
	}
	return open
}

// Filter narrows a list; the zero value of a field means any.
type Filter struct {
	Backend string
	State   State
	After   uint64 // only cups with a higher number
	Limit   int    // 0: 100
}

// List lists cups, oldest first. next is what Filter.After must be to go on; 0 where
// there are no more.
func List(tx *store.Tx, f Filter) (items []Cup, next uint64, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	for seq, c := range f.cups(tx) {
		if (f.Backend != "" && c.Backend != f.Backend) || (f.State != "" && c.State != f.State) {
			continue
		}
		if len(items) == limit {
			return items, next, nil
		}
		items, next = append(items, c), seq
	}
	return items, 0, nil
}

// cups runs over as few cups as the filter's index allows.
func (f Filter) cups(tx *store.Tx) iter.Seq2[uint64, Cup] {
	index := allCups
	switch {
	case f.Backend == "":
		return cups.From(tx, f.After+1)
	case f.State == Parked:
		index = parkedCups
	case f.State == Seen:
		index = seenCups
	}
	return func(yield func(uint64, Cup) bool) {
		for seq := range numbers(tx, index, f.Backend, f.After) {
			if c, err := get(tx, seq); err == nil && !yield(seq, c) {
				return
			}
		}
	}
}
