package store

import (
	"fmt"
	"maps"
	"slices"
)

// A commit that bbolt makes writes each page on the way to each thing that it changes:
// a dozen for what is a kilobyte. So a small commit writes what it changes as one record
// into a page of the log, a bucket of bbolt like any other, and leaves the tree alone:
// that makes three pages, with the file's first and its header. What is in the log
// lies over the tree, in memory: a transaction sees both as one. When the log has as many
// pages as is worth it, a commit of its own moves all into the tree.
//
// A commit that changes much goes into the tree, and takes the log along.

const (
	// maxRecord is the longest record, which has a page to itself: what needs more than
	// that there needs not many more in the tree.
	maxRecord = pageSize - pageHeaderSize - recordOver
	// recordOver is what a record takes in its page beside itself.
	recordOver = elementSize + 8 + sumSize
	// logPages is how many pages are worth a move into the tree. A move writes some 40
	// pages, and all of the log is held in memory.
	logPages = 40
)

// logFor gives the pages that are worth a move for a file that may have limit bytes. The
// log may have twice as many where it can't be moved at once; what is held back of the
// file has room for more (see reserve).
func logFor(limit int64) int {
	return int(min(max(limit/128/pageSize, 2), logPages))
}

// logPage is a page of the log, of those from 1 on. Its records are under the numbers
// of their commits.
func logPage(n int) Bucket[uint64, []byte] {
	return NewBucket[uint64, []byte](fmt.Sprintf("store.log.%03d", n), Uint64Key())
}

// finish puts what was written into the log, and gives the layer that lies over the tree
// from then on.
func (sh *shared) finish() (*layer, error) {
	switch {
	case sh.rest != nil:
		return sh.rest, nil
	case sh.direct:
		return &layer{}, nil
	}
	var record []byte
	next := &layer{buckets: maps.Clone(sh.layer.buckets), page: sh.layer.page, fill: sh.layer.fill}
	for _, name := range slices.Sorted(maps.Keys(sh.buckets)) {
		o := sh.buckets[name]
		if o.changed == nil {
			continue
		}
		if next.buckets == nil {
			next.buckets = make(map[string]*top)
		}
		next.buckets[name] = o.top
		record = o.appendTo(record)
	}
	if record == nil {
		return sh.layer, nil
	}
	size := recordOver + len(record)
	if next.page == 0 || next.fill+size >= pageSize {
		next.page++
		next.fill = pageHeaderSize
	}
	next.fill += size
	return next, logPage(next.page).Put(&Tx{shared: sh}, uint64(sh.bolt.ID()), record)
}

// spill moves all that lies over the tree into it, and lets what follows go there. Where
// there is a rest the log stays: to do again what is in the tree already changes nothing.
func (sh *shared) spill() error {
	if sh.direct {
		return nil
	}
	sh.direct = true
	for name := range sh.layer.buckets {
		sh.open(name)
	}
	for _, name := range slices.Sorted(maps.Keys(sh.buckets)) {
		o := sh.buckets[name]
		t := o.top
		if t == nil {
			continue
		}
		o.top = nil
		o.version++
		if err := sh.intoTree(o); err != nil {
			return fmt.Errorf("bucket %q: %w", name, err)
		}
		if err := o.moveIn(t); err != nil {
			return fmt.Errorf("bucket %q: %w", name, err)
		}
	}
	for n := 1; n <= sh.layer.page && sh.rest == nil; n++ {
		if err := sh.bolt.DeleteBucket([]byte(logPage(n).name)); err != nil {
			return fmt.Errorf("page %d of the log: %w", n, err)
		}
	}
	return nil
}

// moveIn brings what a layer has of the bucket into the tree.
func (o *opened) moveIn(t *top) error {
	for _, e := range t.entries {
		var err error
		if e.stored != nil {
			err = o.bolt.Put(e.key, e.stored)
		} else {
			err = o.bolt.Delete(e.key)
		}
		if err != nil {
			return err
		}
	}
	if t.sequence != 0 {
		return o.bolt.SetSequence(t.sequence)
	}
	return nil
}

// readLog makes the layer of a file that was opened from its log.
func (s *Store) readLog() error {
	return s.view(func(tx *Tx) error {
		sh := tx.shared
		read := &layer{}
		for n := 1; sh.open(logPage(n).name) != nil; n++ {
			read.page, read.fill = n, pageHeaderSize
			for _, record := range logPage(n).All(tx) {
				read.fill += recordOver + len(record)
				if err := sh.replay(record); err != nil {
					return s.fail(&DamagedError{Path: s.path, Err: err})
				}
			}
		}
		read.buckets = make(map[string]*top)
		for name, o := range sh.buckets {
			if o.top != nil {
				read.buckets[name] = o.top
			}
		}
		s.layers.publish(sh.bolt.ID(), read)
		return nil
	})
}
