package queue

import (
	"slices"

	"crema/store"
)

// A tally counts jobs by channel and state. It is kept in memory and in step with the commits; a clean end stores it, so that the next
// start need not count, and the first change after that takes it out of the store again.
type tally map[string]*[7]int

// tallyBucket holds the tally of a queue that was ended cleanly, under one key.
var tallyBucket = store.NewBucket[string, map[string]map[State]int]("queue.tally", store.StringKey())

const tallyKey = "jobs"

// place is the index of a state in a tally.
func (s State) place() int { return slices.Index(states, s) }

func (t tally) add(channel string, s State, n int) {
	if s == stateNone || n == 0 {
		return
	}
	c := t[channel]
	if c == nil {
		c = new([7]int)
		t[channel] = c
	}
	c[s.place()] += n
}

func (t tally) addAll(o tally) {
	for channel, counts := range o {
		for i, n := range counts {
			if n != 0 {
				t.add(channel, states[i], n)
			}
		}
	}
}

func (t tally) state(s State) (n int) {
	for _, c := range t {
		n += c[s.place()]
	}
	return n
}

// byChannel leaves out channels without jobs.
func (t tally) byChannel() map[string]map[State]int {
	all := map[string]map[State]int{}
	for channel, counts := range t {
		if *counts == [7]int{} {
			continue
		}
		all[channel] = map[State]int{}
		for i, s := range states {
			all[channel][s] = counts[i]
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
		for channel, states := range kept {
			for s, n := range states {
				t.add(channel, s, n)
			}
		}
		return t, nil
	}
	for _, b := range []store.Bucket[ID, stored]{jobsBucket, doneBucket, cancelledBucket, failedBucket} {
		for _, s := range b.All(tx) {
			t.add(s.Channel, s.State, 1)
		}
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
			if q.overfullLocked() {
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
	return tallyBucket.Put(tx, tallyKey, t.byChannel())
}

// txMemory is what the queue knows of a transaction beside the buckets.
type txMemory struct {
	places     *places // nil: not looked at, or changed since
	change     tally   // of this transaction so far
	tallySaved bool    // by this transaction
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
