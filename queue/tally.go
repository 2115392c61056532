package queue

import (
	"slices"

	"crema/store"
)

// A tally counts jobs by channel and state. It is kept in memory and in step with the commits; a clean end stores it, so that the next
// start need not count, and the first change after that takes it out of the store again.
type tally map[string]*counts

// counts are the numbers of a channel.
type counts struct {
	jobs  [7]int   // by state
	bytes [2]int64 // of finished jobs, by the sort of their shelf
}

// tallied is a channel's numbers at rest.
type tallied struct {
	Jobs  map[State]int `json:"jobs"`
	Bytes [2]int64      `json:"bytes"`
}

// tallyBucket holds the tally of a queue that was ended cleanly, under one key.
var tallyBucket = store.NewBucket[string, map[string]tallied]("queue.tally", store.StringKey())

const tallyKey = "jobs and bytes"

// place is the index of a state in a tally.
func (s State) place() int { return slices.Index(states, s) }

func (t tally) add(channel string, s State, n int) {
	if s == stateNone || n == 0 {
		return
	}
	t.of(channel).jobs[s.place()] += n
}

func (t tally) addBytes(s shelf, n int64) { t.of(s.channel()).bytes[s.sort()] += n }

func (t tally) of(channel string) *counts {
	c := t[channel]
	if c == nil {
		c = new(counts)
		t[channel] = c
	}
	return c
}

func (t tally) addAll(o tally) {
	for channel, more := range o {
		c := t.of(channel)
		for i, n := range more.jobs {
			c.jobs[i] += n
		}
		for i, n := range more.bytes {
			c.bytes[i] += n
		}
	}
}

// bytes are those of all finished jobs.
func (t tally) bytes() (n int64) {
	for _, c := range t {
		n += c.bytes[0] + c.bytes[1]
	}
	return n
}

// byChannel leaves out channels without jobs.
func (t tally) byChannel() map[string]map[State]int {
	all := map[string]map[State]int{}
	for channel, c := range t {
		if *c == (counts{}) {
			continue
		}
		all[channel] = map[State]int{}
		for i, s := range states {
			all[channel][s] = c.jobs[i]
		}
	}
	return all
}

// Counts gives the number of jobs in each state, from memory. Before the first Run has recovered, it counts in the store.
func (q *Queue) Counts() map[State]int {
	counts := map[State]int{}
	for _, s := range states {
		counts[s] = 0
	}
	for _, states := range q.CountsByChannel() {
		for s, n := range states {
			counts[s] += n
		}
	}
	return counts
}

// CountsByChannel gives the number of jobs in each state for each channel that has jobs, without those of the channels below it. It is
// from memory, as Counts.
func (q *Queue) CountsByChannel() map[string]map[State]int {
	q.mu.Lock()
	t := q.tally
	if t != nil {
		defer q.mu.Unlock()
		return t.byChannel()
	}
	q.mu.Unlock()
	err := q.store.View(func(tx *store.Tx) (err error) {
		t, err = loadTally(tx)
		return err
	})
	if err != nil {
		q.log.Error("jobs can't be counted", "error", err)
	}
	return t.byChannel()
}

// loadTally gives the stored one, or counts.
func loadTally(tx *store.Tx) (tally, error) {
	t := tally{}
	kept, ok, err := tallyBucket.Get(tx, tallyKey)
	if err != nil {
		return nil, err
	}
	if ok {
		for channel, c := range kept {
			for s, n := range c.Jobs {
				t.add(channel, s, n)
			}
			t.of(channel).bytes = c.Bytes
		}
		return t, nil
	}
	for _, s := range jobsBucket.All(tx) {
		t.add(s.Channel, s.State, 1)
	}
	for k, v := range shelfBucket.All(tx) {
		t.add(shelf(k.A).channel(), v.State, 1)
		t.addBytes(shelf(k.A), v.Size)
	}
	return t, nil
}

// adjust notes a change of the numbers, in the store's transaction and, after the commit, in memory.
func (q *Queue) adjust(tx *store.Tx, change tally) error {
	m, err := q.memory(tx)
	if err != nil {
		return err
	}
	m.change.addAll(change)
	if q.tallySaved.Load() || m.tallySaved {
		if err := tallyBucket.Delete(tx, tallyKey); err != nil {
			return err
		}
		m.tallySaved = false
		tx.OnCommit(func() { q.tallySaved.Store(false) })
	}
	tx.OnCommit(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.tally != nil {
			q.tally.addAll(change)
			if q.overfullLocked(change) {
				q.poke()
			}
		}
	})
	return nil
}

// saveTally is the last commit of a Run. What memory does not have yet is what this transaction changed before.
func (q *Queue) saveTally(tx *store.Tx) error {
	m, err := q.memory(tx)
	if err != nil {
		return err
	}
	q.mu.Lock()
	if q.tally == nil {
		q.mu.Unlock()
		return nil
	}
	t := tally{}
	t.addAll(q.tally)
	q.mu.Unlock()
	t.addAll(m.change)
	m.tallySaved = true
	tx.OnCommit(func() { q.tallySaved.Store(true) })
	rest := map[string]tallied{}
	for channel, jobs := range t.byChannel() {
		rest[channel] = tallied{jobs, t[channel].bytes}
	}
	return tallyBucket.Put(tx, tallyKey, rest)
}

// txMemory is what the queue knows of a transaction beside the buckets.
type txMemory struct {
	settings   *settings // nil: not asked for
	places     *places   // nil: not looked at, or changed since
	change     tally     // of this transaction so far
	tallySaved bool      // by this transaction
	ahead      []string  // channels of kinds with Ahead in which runs ended
}

var txMemories = store.NewLocal[map[*Queue]*txMemory]()

func (q *Queue) memory(tx *store.Tx) (*txMemory, error) {
	all, err := txMemories.Get(tx, func() (*map[*Queue]*txMemory, error) { return &map[*Queue]*txMemory{}, nil })
	if err != nil {
		return nil, err
	}
	m := (*all)[q]
	if m == nil {
		m = &txMemory{change: tally{}}
		(*all)[q] = m
	}
	return m, nil
}

// forgetPlaces has the next claim of the transaction look at the places anew.
func (q *Queue) forgetPlaces(tx *store.Tx) error {
	m, err := q.memory(tx)
	if err == nil {
		m.places = nil
	}
	return err
}
