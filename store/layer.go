package store

import (
	"bytes"
	"maps"
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
}

// weight is what a move into the tree sets free, in bytes of the log and the tree.
func (l *layer) weight() int {
	n := l.page * pageSize
	for _, t := range l.buckets {
		n += t.frees
	}
	return n
}

// owes is what a move into the tree may make that longer by, in bytes.
func (l *layer) owes() (n int64) {
	for _, t := range l.buckets {
		n += t.takes
	}
	return n
}

// len is the number of its entries.
func (l *layer) len() (n int) {
	for _, t := range l.buckets {
		n += len(t.entries)
	}
	return n
}

// split gives a layer of up to most entries, and one of the rest. While there are entries
// that take no room in the tree it gives those, as they make room for the others.
func (l *layer) split(most int) (part, rest *layer) {
	for _, takes := range []bool{false, true} {
		part = &layer{buckets: make(map[string]*top)}
		rest = &layer{buckets: make(map[string]*top), page: l.page, fill: l.fill}
		for _, name := range slices.Sorted(maps.Keys(l.buckets)) {
			p, r := &top{}, &top{sequence: l.buckets[name].sequence}
			for _, e := range l.buckets[name].entries {
				to := r
				if most > 0 && (e.takes() > 0) == takes {
					to = p
					most--
				}
				to.entries = append(to.entries, e)
				to.count(e, 1)
			}
			part.buckets[name], rest.buckets[name] = p, r
		}
		if part.len() > 0 {
			break
		}
	}
	return part, rest
}

// top is what a layer has of one bucket.
type top struct {
	entries  []entry // in the order of their keys
	sequence uint64  // as it is stored; 0: that of the tree
	frees    int     // the sums of the entries'
	takes    int64
}

// entry stands for what the tree has under its key, or has not.
type entry struct {
	key, stored []byte // stored with its sum; nil: deleted
	under       int    // the length of what the tree has stored; 0: it has nothing
}

// frees is how many bytes of the tree's a move of the entry leaves without use.
func (e entry) frees() int {
	switch {
	case e.under == 0:
		return 0
	case e.stored == nil:
		return len(e.key) + e.under
	default:
		return max(0, e.under-len(e.stored))
	}
}

// takes is by how many bytes a move of the entry may make the tree longer: what grows may
// not fit into its page any more.
func (e entry) takes() int64 {
	if len(e.stored) <= e.under {
		return 0
	}
	return int64(pageSize + len(e.key) + len(e.stored))
}

// find gives the place of the first entry that is not below key, and whether it is key's.
func find(entries []entry, key []byte) (int, bool) {
	return slices.BinarySearchFunc(entries, key, func(e entry, key []byte) int { return bytes.Compare(e.key, key) })
}

// set has stored, or with nil a deletion, stand under key, which it keeps a copy of. inTree
// gives what the tree has there.
func (t *top) set(key, stored []byte, inTree func([]byte) []byte) {
	i, found := find(t.entries, key)
	if !found {
		t.entries = slices.Insert(t.entries, i, entry{key: bytes.Clone(key), under: len(inTree(key))})
	}
	e := &t.entries[i]
	if found {
		t.count(*e, -1)
	}
	if e.stored = stored; stored == nil && e.under == 0 {
		t.entries = slices.Delete(t.entries, i, i+1)
		return
	}
	t.count(*e, 1)
}

// count counts an entry that came, or with -1 that goes.
func (t *top) count(e entry, sign int) {
	t.frees += sign * e.frees()
	t.takes += int64(sign) * e.takes()
}

func (t *top) clone() *top {
	c := *t
	c.entries = slices.Clone(t.entries)
	return &c
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
