package queue

import (
	"crema/store"
)

// When says how the job at the beginning of an edge has to end for the one at its end to run.
type When string

// The kinds of edges. However the first ends otherwise, the second is cancelled.
const (
	WhenDone   When = "done"
	WhenFailed When = "failed"
	WhenEither When = "done_or_failed" // not when it is cancelled
)

// An Edge says that the job To comes after the job From. The number of To is the higher one: what comes after is enqueued later.
type Edge struct {
	From ID   `json:"from"`
	To   ID   `json:"to"`
	When When `json:"when"`
}

// edgeBits are an edge at rest, in one byte.
type edgeBits byte

const (
	onDone edgeBits = 1 << iota
	onFailed
	waived // a person started the second by hand although the first had ended otherwise
)

func bitsOf(raw []byte) edgeBits {
	if len(raw) != 1 {
		return 0
	}
	return edgeBits(raw[0])
}

func (b edgeBits) when() When {
	switch b &^ waived {
	case onDone:
		return WhenDone
	case onFailed:
		return WhenFailed
	}
	return WhenEither
}

// holds tells whether the second has to wait while the first is in this state.
func (b edgeBits) holds(s State) bool { return b&waived == 0 && !s.Terminal() }

// forbids tells whether the first has ended in a way that the second can't run after.
func (b edgeBits) forbids(s State) bool {
	switch {
	case b&waived != 0 || !s.Terminal():
		return false
	case s == StateDone:
		return b&onDone == 0
	case s == StateFailed:
		return b&onFailed == 0
	}
	return true
}

// Edges stand in two buckets, one for each way to ask: (first, second) and (second, first).
var (
	edgeBucket = store.NewBucket[depKey, []byte]("queue.edge", store.PairKey(store.Uint64KeyOf[ID](), store.Uint64KeyOf[ID]()))
	backBucket = store.NewBucket[depKey, []byte]("queue.back", store.PairKey(store.Uint64KeyOf[ID](), store.Uint64KeyOf[ID]()))
)

func leading(id ID) []byte { return store.Leading(store.Uint64KeyOf[ID](), id) }

func putEdge(tx *store.Tx, from, to ID, b edgeBits) error {
	if err := edgeBucket.Put(tx, depKey{A: from, B: to}, []byte{byte(b)}); err != nil {
		return err
	}
	return backBucket.Put(tx, depKey{A: to, B: from}, []byte{byte(b)})
}

// forgetEdges takes a terminal job that is being removed out of its graph. Nobody waits for it: its end was told when it ended. Only a job
// with a Graph has edges.
func forgetEdges(tx *store.Tx, id ID) error {
	for _, b := range []struct{ own, other store.Bucket[depKey, []byte] }{{edgeBucket, backBucket}, {backBucket, edgeBucket}} {
		var keys []depKey
		for k := range b.own.Prefix(tx, leading(id)) {
			keys = append(keys, k)
		}
		for _, k := range keys {
			if err := b.own.Delete(tx, k); err != nil {
				return err
			}
			if err := b.other.Delete(tx, depKey{A: k.B, B: k.A}); err != nil {
				return err
			}
		}
	}
	return nil
}

// An incoming is a job that another comes after.
type incoming struct {
	on   *record
	bits edgeBits
}

// before gives those that a job comes after and that are still there, the oldest first.
func (e *edit) before(id ID) (list []incoming, err error) {
	for k, raw := range backBucket.Prefix(e.tx, leading(id)) {
		r, err := e.load(k.B)
		if err != nil {
			return nil, err
		}
		if r != nil {
			list = append(list, incoming{r, bitsOf(raw)})
		}
	}
	return list, nil
}

// waitingAfter gives the jobs that wait for one to end.
func (e *edit) waitingAfter(id ID) (list []ID, err error) {
	for k, raw := range edgeBucket.Prefix(e.tx, leading(id)) {
		r, err := e.load(k.B)
		if err != nil {
			return nil, err
		}
		if r != nil && r.State == StateWaitDependencies && bitsOf(raw)&waived == 0 {
			list = append(list, k.B)
		}
	}
	return list, nil
}
