package ledger

import (
	"fmt"
	"iter"

	"crema/store"
)

// openKey orders the open cups of a machine so that the first of an era, and of a
// slot within it, is found without reading the others.
type openKey = store.Triple[string, store.Pair[uint64, uint64], uint64]

// Cups by number, and what finds them: every cup by its key and by backend, the seen and
// the parked ones by backend, the open ones by machine, era, slot and number. The journal
// of a 2900 counts over all slots, so its slot is 0 in there.
var (
	cups  = store.NewBucket[uint64, Cup]("ledger.cups", store.Uint64Key())
	byKey = store.NewBucket[string, uint64]("ledger.keys", store.StringKey())

	allCups    = store.NewBucket[store.Pair[string, uint64], struct{}]("ledger.all", store.PairKey(store.StringKey(), store.Uint64Key()))
	seenCups   = store.NewBucket[store.Pair[string, uint64], struct{}]("ledger.seen", store.PairKey(store.StringKey(), store.Uint64Key()))
	parkedCups = store.NewBucket[store.Pair[string, uint64], struct{}]("ledger.parked", store.PairKey(store.StringKey(), store.Uint64Key()))
	openCups   = store.NewBucket[openKey, struct{}]("ledger.open", store.TripleKey(store.StringKey(),
		store.PairKey(store.Uint64Key(), store.Uint64Key()), store.Uint64Key()))

	counts = store.NewBucket[store.Pair[string, string], int]("ledger.counts", store.PairKey(store.StringKey(), store.StringKey()))
)

func machineName(model, serial string) string { return model + "/" + serial }

func openKeyOf(c Cup) openKey {
	slot := uint64(c.Slot)
	if c.Model == model2900 {
		slot = 0
	}
	return openKey{A: machineName(c.Model, c.Serial), B: store.Pair[uint64, uint64]{A: c.Era, B: slot}, C: c.Number}
}

// index makes the indexes and counts say what the cup's state is; was is its state
// before, "" of a new one.
func index(tx *store.Tx, c Cup, was State) error {
	if c.State == was {
		return nil
	}
	at := store.Pair[string, uint64]{A: c.Backend, B: c.Seq}
	for _, s := range []struct {
		state  State
		bucket store.Bucket[store.Pair[string, uint64], struct{}]
	}{{Seen, seenCups}, {Parked, parkedCups}} {
		var err error
		switch s.state {
		case c.State:
			err = s.bucket.Put(tx, at, struct{}{})
		case was:
			err = s.bucket.Delete(tx, at)
		}
		if err != nil {
			return err
		}
	}
	var err error
	if c.Open() {
		err = openCups.Put(tx, openKeyOf(c), struct{}{})
	} else {
		err = openCups.Delete(tx, openKeyOf(c))
	}
	if err != nil {
		return err
	}
	if err := count(tx, c.Backend, was, -1); err != nil {
		return err
	}
	return count(tx, c.Backend, c.State, +1)
}

func count(tx *store.Tx, backend string, s State, by int) error {
	if s == "" {
		return nil
	}
	k := store.Pair[string, string]{A: backend, B: string(s)}
	n, _, err := counts.Get(tx, k)
	if err != nil {
		return err
	}
	return counts.Put(tx, k, n+by)
}

// openFrom are the keys of a machine's open cups from the given one on.
func openFrom(tx *store.Tx, model, serial string, era, slot, n uint64) iter.Seq[openKey] {
	from := openKey{A: machineName(model, serial), B: store.Pair[uint64, uint64]{A: era, B: slot}, C: n}
	return func(yield func(openKey) bool) {
		for k := range openCups.From(tx, from) {
			if k.A != from.A || !yield(k) {
				return
			}
		}
	}
}

// firstOpen is the lowest number of an open cup of that slot in that era.
func firstOpen(tx *store.Tx, model, serial string, era, slot uint64) (uint64, bool) {
	for k := range openFrom(tx, model, serial, era, slot, 0) {
		return k.C, k.B.A == era && k.B.B == slot
	}
	return 0, false
}

// oldestEra is the oldest era with an open cup.
func oldestEra(tx *store.Tx, model, serial string) (uint64, bool) {
	for k := range openFrom(tx, model, serial, 0, 0, 0) {
		return k.B.A, true
	}
	return 0, false
}

// openIn tells whether an era has an open cup.
func openIn(tx *store.Tx, model, serial string, era uint64) bool {
	for k := range openFrom(tx, model, serial, era, 0, 0) {
		return k.B.A == era
	}
	return false
}

// OpenCups are the open cups of a machine, by era, slot and number: the seen and the
// parked ones. An error ends them.
func OpenCups(tx *store.Tx, model, serial string) iter.Seq2[Cup, error] {
	return func(yield func(Cup, error) bool) {
		for k := range openFrom(tx, model, serial, 0, 0, 0) {
			key := Key2900(serial, k.C)
			if model != model2900 {
				key = Key1900(serial, k.B.A, int(k.B.B), k.C)
			}
			c, ok, err := ByKey(tx, key)
			if err == nil && !ok {
				err = fmt.Errorf("open cup %s: %w", key, ErrUnknownCup)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}
