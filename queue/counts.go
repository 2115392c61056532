package queue

import (
	"maps"

	"crema/store"
)

// Counts gives the number of jobs in each state, from memory. Before the first Run has recovered, it counts in the store.
func (q *Queue) Counts() map[State]int {
	q.mu.Lock()
	counts := maps.Clone(q.counts)
	q.mu.Unlock()
	if counts != nil {
		return counts
	}
	err := q.store.View(func(tx *store.Tx) (err error) {
		counts, err = countStates(tx)
		return err
	})
	if err != nil {
		q.log.Error("jobs can't be counted", "error", err)
		counts = map[State]int{}
	}
	return counts
}

func (q *Queue) setCounts(counts map[State]int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.counts = counts
}

// count applies the changes of one commit.
func (q *Queue) count(changed []*record) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.counts == nil {
		return
	}
	for _, r := range changed {
		if r.was != "" {
			q.counts[r.was]--
		}
		q.counts[r.State]++
	}
	if q.overfullLocked() {
		q.poke()
	}
}

// The same buckets without their values: counting reads no record.
var (
	jobsKeys   = store.NewBucket[ID, nothing](jobsBucket.Name(), store.Uint64KeyOf[ID]())
	doneKeys   = store.NewBucket[ID, nothing](doneBucket.Name(), store.Uint64KeyOf[ID]())
	failedKeys = store.NewBucket[ID, nothing](failedBucket.Name(), store.Uint64KeyOf[ID]())
)

// nothing is a value that is not looked at.
type nothing = struct{}

// countStates counts from the indexes: what runs or waits for children is started, what is taken to be tried alone is enqueued, all
// others that are open are pending.
func countStates(tx *store.Tx) (map[State]int, error) {
	c := map[State]int{}
	for _, s := range States() {
		c[s] = 0
	}
	open := 0
	for range jobsKeys.All(tx) {
		open++
	}
	for id := range runBucket.All(tx) {
		if jobsBucket.Has(tx, id) { // not one that was ended by hand
			c[StateStarted]++
		}
	}
	for range waitBucket.All(tx) {
		c[StateStarted]++
	}
	for range readyBucket.Prefix(tx, store.Leading(store.StringKey(), "")) {
		c[StateEnqueued]++
	}
	c[StatePending] = open - c[StateStarted] - c[StateEnqueued]
	for range doneKeys.All(tx) {
		c[StateDone]++
	}
	for range failedKeys.All(tx) {
		c[StateFailed]++
	}
	return c, nil
}
