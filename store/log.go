package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
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
	// maxRecord is how many bytes a commit may change for the log: what needs more than
	// a page there needs not many more in the tree.
	maxRecord = pageSize - 512
	// logPages is how many pages are worth a move into the tree. A move writes some 40
	// pages, and all of the log is held in memory.
	logPages = 40
)

// logFor gives the most bytes for a file that may have limit bytes.
func logFor(limit int64) int {
	return int(min(max(limit/64/pageSize, 2), logPages)) * pageSize
}

// logPage is a page of the log, of those from 1 on. Its records are under the numbers
// of their commits.
func logPage(n int) Bucket[uint64, []byte] {
	return NewBucket[uint64, []byte](fmt.Sprintf("store.log.%03d", n), Uint64Key())
}

// finish puts what was written into the log, and gives the layer that lies over the tree
// from then on.
func (sh *shared) finish() (*layer, error) {
	if sh.direct {
		return &layer{}, nil
	}
	var record []byte
	next := &layer{buckets: maps.Clone(sh.layer.buckets), page: sh.layer.page, fill: sh.layer.fill, freed: sh.layer.freed + sh.freed}
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
	size := elementSize + 8 + len(record) + sumSize
	if next.page == 0 || next.fill+size > pageSize {
		next.page++
		next.fill = pageHeaderSize
	}
	next.fill += size
	return next, logPage(next.page).Put(&Tx{shared: sh}, uint64(sh.bolt.ID()), record)
}

// spill moves all that lies over the tree into it, and lets what follows go there.
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
	for n := 1; n <= sh.layer.page; n++ {
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

// appendTo appends what the transaction changed of the bucket: its name and sequence, the
// number of changes, and of each the key, and one more than the length of what is stored
// and that, or 0.
func (o *opened) appendTo(record []byte) []byte {
	record = appendBytes(record, []byte(o.name))
	record = binary.AppendUvarint(record, o.top.sequence)
	record = binary.AppendUvarint(record, uint64(len(o.changed)))
	for _, key := range slices.Sorted(maps.Keys(o.changed)) {
		record = appendBytes(record, []byte(key))
		i, found := find(o.top.entries, []byte(key))
		if !found || o.top.entries[i].stored == nil {
			record = append(record, 0)
			continue
		}
		stored := o.top.entries[i].stored
		record = append(binary.AppendUvarint(record, uint64(len(stored))+1), stored...)
	}
	return record
}

func appendBytes(record, b []byte) []byte {
	return append(binary.AppendUvarint(record, uint64(len(b))), b...)
}

var errShortRecord = errors.New("a record of the log ends too early")

// replay does again in memory what a record says.
func (sh *shared) replay(record []byte) error {
	r := &recordReader{rest: record}
	for len(r.rest) > 0 {
		name := string(r.bytes(r.number()))
		sequence, changes := r.number(), r.number()
		switch {
		case r.short:
			return errShortRecord
		case strings.HasPrefix(name, "store."):
			return fmt.Errorf("a record of the log is of bucket %q, which has none", name)
		}
		o, err := sh.openToWrite(name)
		if err != nil {
			return err
		}
		o.top.sequence = sequence
		for range changes {
			key, n := r.bytes(r.number()), r.number()
			var stored []byte
			if n > 0 {
				stored = r.bytes(n - 1)
			}
			switch {
			case r.short:
				return errShortRecord
			case n > 0:
				o.top.set(key, stored)
			default:
				sh.deleteAbove(o, key)
			}
		}
	}
	return nil
}

// recordReader reads a record's parts. When that ends too early it is short, and gives
// nothing any more.
type recordReader struct {
	rest  []byte
	short bool
}

func (r *recordReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.rest, r.short = nil, true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *recordReader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.rest, r.short = nil, true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// readLog makes the layer of a file that was opened from its log.
func (s *Store) readLog() error {
	return s.view(func(tx *Tx) error {
		sh := tx.shared
		read := &layer{}
		for n := 1; sh.open(logPage(n).name) != nil; n++ {
			read.page, read.fill = n, pageHeaderSize
			for _, record := range logPage(n).All(tx) {
				read.fill += elementSize + 8 + len(record) + sumSize
				if err := sh.replay(record); err != nil {
					return s.fail(&DamagedError{Path: s.path, Err: err})
				}
			}
		}
		read.freed = sh.freed
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

// moveLongLog moves the log into the tree when it has become long. Where that fails, for
// want of room or of a sound page, it is tried again when the log has grown by as much;
// nothing is lost meanwhile.
func (c *committer) moveLongLog() {
	s := c.store
	weight := s.layers.newest().weight()
	if weight < c.moveAt {
		return
	}
	c.moveAt = logFor(s.limit)
	if err := c.moveLog(); err != nil {
		c.moveAt += weight
		s.log.Warn("could not move the log into the tree; it will be tried again", "bytes", weight, "err", err)
	}
}

// moveLog moves the log into the tree, in a commit of its own.
func (c *committer) moveLog() error {
	s := c.store
	began := time.Now()
	b, err := c.begin()
	if err != nil {
		return err
	}
	defer func() { _ = b.Rollback() }() // does nothing after a commit
	sh := s.newShared(b, s.layers.newest())
	if err := c.call(&Tx{shared: sh}, func(*Tx) error { return sh.spill() }); err != nil {
		return err
	}
	if err := c.seal(b, sh); err != nil {
		return err
	}
	c.counts.committed(0, time.Since(began))
	return nil
}
