package queue

import (
	"errors"
	"fmt"

	"crema/store"
)

// Check proves that the queue's buckets agree: every open job has exactly one home and that is the one its record names; every entry of an
// index belongs to such a job; identity keys, children and terminal jobs are where they should be. It returns all faults, joined.
// It reads everything and is for start-up after a crash, for a person's request, and for tests.
func Check(tx *store.Tx) error {
	c := &checker{homes: map[ID][]home{}, named: map[identKey]bool{}, children: map[ID]int{}, shelved: map[ID]shelfKey{}, inBatch: map[BatchID][7]int{}}
	c.indexes(tx)
	c.orders(tx)
	for id, s := range jobsBucket.All(tx) {
		c.open(tx, id, &s)
	}
	for _, state := range []State{StateDone, StateCancelled, StateFailed} {
		for id, s := range bucketOf(state).All(tx) {
			c.terminal(tx, id, &s, state)
		}
	}
	c.batches(tx)
	c.edges(tx)
	for id, homes := range c.homes {
		c.fault("job %s is in %v, but there is no such open job", id, homes)
	}
	for k := range c.named {
		c.fault("identity key %q names job %s, which is not open", k.A, k.B)
	}
	for id, k := range c.shelved {
		c.fault("job %s is on the shelf %q, but there is no such finished job", id, k.A)
	}
	for id, n := range c.children {
		c.fault("job %s has %d open children, but there is no such job", id, n)
	}
	return errors.Join(c.faults...)
}

type checker struct {
	homes    map[ID][]home
	named    map[identKey]bool
	children map[ID]int
	shelved  map[ID]shelfKey
	inBatch  map[BatchID][7]int // jobs by state
	faults   []error
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("queue: "+format, args...))
}

func (c *checker) indexes(tx *store.Tx) {
	add := func(id ID, h home) { c.homes[id] = append(c.homes[id], h) }
	for k := range readyBucket.All(tx) {
		add(k.C, homeReady)
	}
	for k := range timerBucket.All(tx) {
		add(k.B, homeTimer)
	}
	for k := range wallBucket.All(tx) {
		add(k.B, homeWall)
	}
	for id, raw := range runBucket.All(tx) {
		if _, err := decodeOccupant(raw); err != nil {
			c.fault("job %s: %w", id, err)
		}
		// A job that was ended by hand keeps its place until its handler returned.
		if !hasEnded(tx, id) {
			add(id, homeRun)
		}
	}
	for id := range waitBucket.All(tx) {
		add(id, homeWait)
	}
	for k := range heldBucket.All(tx) {
		add(k.B, homeHeld)
	}
	for k := range identBucket.All(tx) {
		c.named[k] = true
	}
	for k := range shelfBucket.All(tx) {
		if first, twice := c.shelved[k.C]; twice {
			c.fault("job %s is on the shelves %q and %q", k.C, first.A, k.A)
		}
		c.shelved[k.C] = k
	}
	for id := range logBucket.All(tx) {
		if !jobsBucket.Has(tx, id) && !hasEnded(tx, id) {
			c.fault("there is a log of job %s, but no such job", id)
		}
	}
	for id := range argsBucket.All(tx) {
		if !jobsBucket.Has(tx, id) && !hasEnded(tx, id) {
			c.fault("there are arguments of job %s, but no such job", id)
		}
	}
	for k := range depBucket.All(tx) {
		c.children[k.A]++
		if !jobsBucket.Has(tx, k.B) {
			c.fault("job %s waits for job %s, which is not open", k.A, k.B)
		}
	}
}

func (c *checker) open(tx *store.Tx, id ID, s *stored) {
	if s.Home == homeAfter {
		c.homes[id] = append(c.homes[id], homeAfter) // its edges: see edges
	}
	if homes := c.homes[id]; len(homes) != 1 || homes[0] != s.Home {
		c.fault("job %s (%s) says that its home is %q, but is in %v", id, s.State, s.Home, homes)
	}
	delete(c.homes, id)
	if !c.keyed(tx, id, s) {
		c.fault("job %s is not at its key in %q", id, s.Home)
	}
	if want := stateAt(s); s.State != want {
		c.fault("job %s in %q is %s, not %s", id, s.Home, s.State, want)
	}
	key := identKey{A: s.Identity, B: id}
	if s.Identity != "" && !c.named[key] {
		c.fault("job %s is open, but its identity key %q doesn't name it", id, s.Identity)
	} else if s.Identity != "" {
		delete(c.named, key)
	}
	c.family(id, s)
	if s.Home == homeWait && s.Open == 0 {
		c.fault("job %s waits for children, but none is open", id)
	}
	if hasEnded(tx, id) {
		c.fault("job %s is open and finished", id)
	}
	c.arguments(tx, id, s)
}

// hasEnded tells whether the job is among the terminal ones.
func hasEnded(tx *store.Tx, id ID) bool {
	return doneBucket.Has(tx, id) || cancelledBucket.Has(tx, id) || failedBucket.Has(tx, id)
}

// keyed tells whether the home holds the job under the very key that its record gives.
func (c *checker) keyed(tx *store.Tx, id ID, s *stored) bool {
	r := record{stored: *s, id: id}
	switch s.Home {
	case homeReady:
		return readyBucket.Has(tx, r.readyKey())
	case homeTimer:
		return timerBucket.Has(tx, dueKey{A: s.Due, B: id})
	case homeWall:
		return wallBucket.Has(tx, dueKey{A: s.Due, B: id})
	case homeHeld:
		return heldBucket.Has(tx, heldKey{A: s.Kind, B: id})
	default:
		return true // keyed by the id alone
	}
}

func stateAt(s *stored) State {
	switch {
	case s.Home == homeRun || s.Home == homeWait:
		return StateStarted
	case s.Home == homeReady && s.Alone:
		return StateEnqueued
	case s.Home == homeAfter:
		return StateWaitDependencies
	}
	return StatePending
}

func (c *checker) terminal(tx *store.Tx, id ID, s *stored, state State) {
	if s.State != state || s.Home != homeNone {
		c.fault("job %s is among the %s, but says %s at home in %q", id, state, s.State, s.Home)
	}
	if s.Finished == 0 {
		c.fault("job %s is %s without an hour", id, state)
	}
	if want := (shelfKey{A: string(shelfOf(state, s.Channel)), B: s.Ended, C: id}); c.shelved[id] != want {
		c.fault("job %s is on the shelf as %v, not as %v", id, c.shelved[id], want)
	}
	delete(c.shelved, id)
	c.family(id, s)
	c.arguments(tx, id, s)
}

func (c *checker) family(id ID, s *stored) {
	if s.Batch != 0 {
		n := c.inBatch[s.Batch]
		n[s.State.place()]++
		c.inBatch[s.Batch] = n
	}
	if c.children[id] != s.Open {
		c.fault("job %s counts %d open children, but has %d", id, s.Open, c.children[id])
	}
	delete(c.children, id)
}

func (c *checker) arguments(tx *store.Tx, id ID, s *stored) {
	if s.Apart != argsBucket.Has(tx, id) {
		c.fault("job %s: arguments apart is %v, stored apart is %v", id, s.Apart, !s.Apart)
	}
}
