package store

import (
	"bytes"
	"slices"
	"sync"
)

// A layer is what lies over the tree: what was committed to the log (log.go) and is not
// in the tree yet. It is never changed once it is published; a transaction that writes
// makes another.
type layer struct {
	buckets map[string]*top
	page    int // of the log, that is being filled; 0: the log is empty
	fill    int // bytes of it in use
	freed   int // bytes of the tree that it has deleted
}

// weight is what a move into the tree sets free, in bytes of the log and the tree.
func (l *layer) weight() int { return l.page*pageSize + l.freed }

// top is what a layer has of one bucket.
type top struct {
	entries  []entry // in the order of their keys
	sequence uint64  // as it is stored; 0: that of the tree
}

// entry stands for what the tree has under its key, or has not.
type entry struct {
	key, stored []byte // stored with its sum; nil: deleted
}

// find gives the place of the first entry that is not below key, and whether it is key's.
func find(entries []entry, key []byte) (int, bool) {
	return slices.BinarySearchFunc(entries, key, func(e entry, key []byte) int { return bytes.Compare(e.key, key) })
}

// set has stored, or with nil a deletion, stand under key, which it keeps a copy of.
func (t *top) set(key, stored []byte) {
	i, found := find(t.entries, key)
	if found {
		t.entries[i].stored = stored
		return
	}
	t.entries = slices.Insert(t.entries, i, entry{bytes.Clone(key), stored})
}

// unset takes out what stands under key.
func (t *top) unset(key []byte) {
	if i, found := find(t.entries, key); found {
		t.entries = slices.Delete(t.entries, i, i+1)
	}
}

func (t *top) clone() *top {
	return &top{entries: slices.Clone(t.entries), sequence: t.sequence}
}

// layers are those that transactions may need, by the number of the commit that each
// belongs to. Before the log was read there is none, and an empty one for all.
type layers struct {
	mu   sync.Mutex
	of   map[int]*layer
	last *layer
	id   int // of the commit that last belongs to
}

// get gives the layer of a commit; false if there was another commit since.
func (l *layers) get(id int) (*layer, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		return &layer{}, true
	}
	of, ok := l.of[id]
	return of, ok
}

// newest gives the layer of the last commit.
func (l *layers) newest() *layer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		return &layer{}
	}
	return l.last
}

// newestID gives the number of the last commit.
func (l *layers) newestID() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.id
}

// prepare has the readers of a commit find its layer, before there are any.
func (l *layers) prepare(id int, of *layer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = make(map[int]*layer)
	}
	l.of[id] = of
}

// publish makes the layer of a commit the newest: no reader can begin any more on one
// before it.
func (l *layers) publish(id int, of *layer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of, l.last, l.id = map[int]*layer{id: of}, of, id
}
