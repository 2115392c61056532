package ledger

import (
	"errors"
	"fmt"
	"iter"

	"crema/store"
)

// mostFaults is how many faults Check names; there may be one for each cup.
const mostFaults = 20

// Check proves that the ledger agrees with itself: each cup is found by its key, stands
// in the indexes of its state and in no other, has the uuid of its key, and is counted;
// no index names a cup that isn't there. It returns what is wrong, joined, the first
// twenty of it. It reads every cup, and is for a person's request, and for tests.
func Check(tx *store.Tx) error {
	c := &checker{tx: tx, counted: map[store.Pair[string, string]]int{}}
	n := 0
	for seq, cup := range cups.All(tx) {
		c.cup(seq, cup)
		n++
	}
	// Where each cup is in its indexes, others are there only if an index has more.
	open := c.counts(n)
	c.size("keys", keys(byKey.All(tx)), n)
	c.size("all", keys(allCups.All(tx)), n)
	c.size("seen", keys(seenCups.All(tx)), open[Seen])
	c.size("parked", keys(parkedCups.All(tx)), open[Parked])
	c.size("open", keys(openCups.All(tx)), open[Seen]+open[Parked])
	return errors.Join(c.faults...)
}

type checker struct {
	tx      *store.Tx
	counted map[store.Pair[string, string]]int // cups by backend and state
	faults  []error
}

func (c *checker) fault(format string, args ...any) {
	if len(c.faults) < mostFaults {
		c.faults = append(c.faults, fmt.Errorf("ledger: "+format, args...))
	}
}

func (c *checker) cup(seq uint64, cup Cup) {
	c.counted[store.Pair[string, string]{A: cup.Backend, B: string(cup.State)}]++
	if found, ok, err := byKey.Get(c.tx, cup.Key); err != nil || !ok || found != seq {
		c.fault("cup %d (%s) is not found by its key, but cup %d: %w", seq, cup.Key, found, errOr(err, ErrUnknownCup))
	}
	if cup.Seq != seq || cup.UUID != OrderUUID(cup.Key) {
		c.fault("cup %d (%s) says that it is %d, with uuid %s", seq, cup.Key, cup.Seq, cup.UUID)
	}
	at := store.Pair[string, uint64]{A: cup.Backend, B: seq}
	for _, index := range []struct {
		name      string
		has, want bool
	}{
		{"all", allCups.Has(c.tx, at), true},
		{"seen", seenCups.Has(c.tx, at), cup.State == Seen},
		{"parked", parkedCups.Has(c.tx, at), cup.State == Parked},
		{"open", openCups.Has(c.tx, openKeyOf(cup)), cup.Open()},
	} {
		if index.has != index.want {
			c.fault("cup %d (%s) is %s; that it is in the index %q is %v", seq, cup.Key, cup.State, index.name, index.has)
		}
	}
}

// counts compares the counters, and returns how many cups there are in each state.
func (c *checker) counts(all int) map[State]int {
	open := map[State]int{}
	for k, n := range c.counted {
		open[State(k.B)] += n
	}
	for k, n := range counts.All(c.tx) {
		if n != c.counted[k] {
			c.fault("%d cups of %s are counted as %s, there are %d", n, k.A, k.B, c.counted[k])
		}
		delete(c.counted, k)
	}
	for k, n := range c.counted {
		c.fault("%d cups of %s that are %s are not counted", n, k.A, k.B)
	}
	return open
}

func (c *checker) size(index string, has, want int) {
	if has != want {
		c.fault("the index %q has %d entries for %d cups", index, has, want)
	}
}

func keys[K, V any](all iter.Seq2[K, V]) (n int) {
	for range all {
		n++
	}
	return n
}

func errOr(err, or error) error {
	if err != nil {
		return err
	}
	return or
}
