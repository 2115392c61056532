package queue

import (
	"maps"
	"slices"

	"crema/store"
)

// A sequential channel starts its jobs, and those of all channels below it, one after the other in the order of their ids. Only the first
// that is neither done nor cancelled may start; one that waits for anything, or has failed, holds back all behind it. A job that waits for
// its children, or for those it comes after, stands for them: they come in its place, before those behind it, or neither would ever end.
//
// For this those jobs, and only those, stand in an index. Jobs of a sequential channel below another one stand there under the topmost
// alone, which gives both their order.
var (
	orderBucket = store.NewBucket[orderKey, struct{}]("queue.order", store.PairKey(store.StringKey(), store.Uint64KeyOf[ID]()))
	// orderedBucket names the channels that orderBucket is kept for.
	orderedBucket = store.NewBucket[string, struct{}]("queue.ordered", store.StringKey())
)

type orderKey = store.Pair[string, ID]

func orderOf(channel string) []byte { return store.Leading(store.StringKey(), channel) }

// counts tells whether a job of this state stands in its sequential channel's order.
func (s State) counts() bool { return s != stateNone && s != StateDone && s != StateCancelled }

// reorder brings the index to the configured channels. It reads all jobs that have not ended well, but only when a channel has become
// sequential since the last time.
func reorder(tx *store.Tx, c channels) error {
	was := map[string]bool{}
	for name := range orderedBucket.All(tx) {
		was[name] = true
	}
	var added []string
	for _, name := range c.sequences {
		if !was[name] {
			added = append(added, name)
		}
		delete(was, name)
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if err := orderedBucket.Delete(tx, name); err != nil {
			return err
		}
		if err := clearOrder(tx, name); err != nil {
			return err
		}
	}
	return fillOrders(tx, c, added)
}

func clearOrder(tx *store.Tx, name string) error {
	for k := range orderBucket.Prefix(tx, orderOf(name)) {
		if err := orderBucket.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}

// fillOrders enters the jobs of channels that have no entries.
func fillOrders(tx *store.Tx, c channels, names []string) error {
	if len(names) == 0 {
		return nil
	}
	for _, name := range names {
		if err := orderedBucket.Put(tx, name, struct{}{}); err != nil {
			return err
		}
	}
	for _, b := range []store.Bucket[ID, stored]{jobsBucket, failedBucket} {
		for id, s := range b.All(tx) {
			name := c.sequence(s.Channel)
			if name == "" || !slices.Contains(names, name) {
				continue
			}
			if err := orderBucket.Put(tx, orderKey{A: name, B: id}, struct{}{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// mendOrders makes anew what doesn't have as many entries as there are jobs: a program that knows no sequential channels was at work.
func mendOrders(tx *store.Tx, c channels, t tally) error {
	for _, name := range c.sequences {
		have, want := 0, 0
		for range orderBucket.Prefix(tx, orderOf(name)) {
			have++
		}
		for channel, numbers := range t {
			for i, s := range states {
				if s.counts() && within(channel, name) {
					want += numbers.jobs[i]
				}
			}
		}
		if have == want {
			continue
		}
		if err := clearOrder(tx, name); err != nil {
			return err
		}
		if err := fillOrders(tx, c, []string{name}); err != nil {
			return err
		}
	}
	return nil
}

// list enters a job into its order. It is called before the job is looked at for a start, and whenever it gets a home.
func (e *edit) list(r *record) error {
	if r.was.counts() || r.listed {
		return nil
	}
	c, err := e.channels()
	if err != nil {
		return err
	}
	r.listed = true
	if name := c.sequence(r.Channel); name != "" {
		return orderBucket.Put(e.tx, orderKey{A: name, B: r.id}, struct{}{})
	}
	return nil
}

// unlist takes a job that is done or cancelled out of its order.
func (e *edit) unlist(r *record) error {
	if r.State.counts() || !r.was.counts() && !r.listed {
		return nil
	}
	c, err := e.channels()
	if err != nil {
		return err
	}
	if name := c.sequence(r.Channel); name != "" {
		return orderBucket.Delete(e.tx, orderKey{A: name, B: r.id})
	}
	return nil
}

// turn gives the job of a sequential channel whose turn it is, whether it can start or not; nil when there is none.
func (e *edit) turn(sequence string) (*record, error) {
	head, err := e.behind(sequence, 0, nil)
	for err == nil && head != nil && (head.Home == homeWait || head.Home == homeAfter) {
		var next *record
		if next, err = e.behind(sequence, head.id, head); next == nil {
			return head, err // what it waits for is elsewhere
		}
		head = next
	}
	return head, err
}

// behind gives the first job of the order after an id: of all, or of those that one waits for.
func (e *edit) behind(sequence string, after ID, parent *record) (*record, error) {
	looked := 0
	for k := range orderBucket.From(e.tx, orderKey{A: sequence, B: after + 1}) {
		if k.A != sequence {
			break
		}
		r, err := e.load(k.B)
		if err != nil {
			return nil, err
		}
		if r == nil || !r.State.counts() {
			continue // its entry goes with this edit
		}
		if parent == nil {
			return r, nil
		}
		if looked++; looked > 2*(parent.Open+parent.Waits) {
			return e.kin(sequence, parent)
		}
		if waited, err := e.above(r.id, parent.id, false); err != nil || waited {
			return r, err
		}
	}
	return nil, nil
}

// kin is behind for one that waits for fewer jobs than there are behind it: it goes from those.
func (e *edit) kin(sequence string, parent *record) (first *record, err error) {
	c, err := e.channels()
	if err != nil {
		return nil, err
	}
	seen := map[ID]bool{parent.id: true}
	for look := []*record{parent}; len(look) > 0; look = look[1:] {
		awaited, err := e.awaitedBy(look[0])
		if err != nil {
			return nil, err
		}
		for _, r := range awaited {
			if seen[r.id] {
				continue
			}
			seen[r.id] = true
			look = append(look, r)
			if r.State.counts() && r.id > parent.id && c.sequence(r.Channel) == sequence && (first == nil || r.id < first.id) {
				first = r
			}
		}
	}
	return first, nil
}

// claimKin starts what a new link gives its turn: a job that a waiting parent got as a child comes in its place now.
func (e *edit) claimKin() error {
	c, err := e.channels()
	if err != nil || len(c.sequences) == 0 {
		return err
	}
	return e.claim()
}

// awaitedBy gives the jobs that one waits for: its children and those that it comes after, as long as they have not ended.
func (e *edit) awaitedBy(r *record) (list []*record, err error) {
	if r.Open > 0 {
		for k := range depBucket.Prefix(e.tx, leading(r.id)) {
			child, err := e.load(k.B)
			if err != nil {
				return nil, err
			}
			if child != nil {
				list = append(list, child)
			}
		}
	}
	if r.State != StateWaitDependencies {
		return list, nil
	}
	before, err := e.before(r.id)
	for _, in := range before {
		if in.bits.holds(in.on.State) {
			list = append(list, in.on)
		}
	}
	return list, err
}

// inTurn tells whether the order of its channel, if that has one, lets a job start.
func (e *edit) inTurn(r *record, c channels) (bool, error) {
	sequence := c.sequence(r.Channel)
	if sequence == "" {
		return true, nil
	}
	first, err := e.turn(sequence)
	return first == r, err
}

// blocks tells whether others wait for a job of the channel that has failed, as it stands in a sequential channel's order: it must not be
// removed.
func blocks(tx *store.Tx, id ID, channel string) bool {
	for _, name := range ancestors(channel) {
		if orderBucket.Has(tx, orderKey{A: name, B: id}) {
			return true
		}
	}
	return false
}
