package store

import (
	"strings"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// treeBucket holds all buckets but the store's own, so that the file's first page stays
// one, whatever a program keeps: each commit writes it.
const treeBucket = "store.tree"

// opened is a bucket of a transaction. Its version rises with each write, which tells an
// iterator that its cursor may stand wrong.
type opened struct {
	name    string
	bolt    *bbolt.Bucket // nil: the tree has none yet
	top     *top          // nil: the layer has nothing of it
	changed map[string]bool
	version uint64
}

// direct says that it is the store's own: it is in the tree, always.
func (o *opened) direct() bool { return strings.HasPrefix(o.name, "store.") }

// newShared begins what the steps of b share. The store must know the layer that b sees.
func (s *Store) newShared(b *bbolt.Tx, of *layer) *shared {
	return &shared{store: s, bolt: b, layer: of, buckets: make(map[string]*opened)}
}

// open gives the bucket, or nil if nothing was ever put into it.
func (sh *shared) open(name string) *opened {
	if o, ok := sh.buckets[name]; ok {
		return o
	}
	o := &opened{name: name}
	if o.direct() {
		o.bolt = sh.bolt.Bucket([]byte(name))
	} else {
		if tree := sh.bolt.Bucket([]byte(treeBucket)); tree != nil {
			o.bolt = tree.Bucket([]byte(name))
		}
		o.top = sh.layer.buckets[name]
	}
	if o.bolt == nil && o.top == nil {
		return nil
	}
	sh.buckets[name] = o
	return o
}

// openToWrite gives the bucket, and makes it if need be.
func (sh *shared) openToWrite(name string) (*opened, error) {
	o := sh.open(name)
	if o == nil {
		o = &opened{name: name}
		sh.buckets[name] = o
	}
	if sh.direct || o.direct() {
		return o, sh.intoTree(o)
	}
	if o.changed == nil {
		o.changed = make(map[string]bool)
		sh.written += headSize(name)
		if o.top == nil {
			o.top = &top{}
		} else {
			o.top = o.top.clone()
		}
	}
	return o, nil
}

// intoTree makes the bucket in the tree, if it is not there.
func (sh *shared) intoTree(o *opened) (err error) {
	if o.bolt != nil {
		return nil
	}
	if o.direct() {
		o.bolt, err = sh.bolt.CreateBucket([]byte(o.name))
	} else {
		tree := sh.bolt.Bucket([]byte(treeBucket))
		if tree == nil {
			if tree, err = sh.bolt.CreateBucket([]byte(treeBucket)); err != nil {
				return err
			}
			if err = tree.SetSequence(sealSequence(treeBucket, 0)); err != nil {
				return err
			}
		}
		o.bolt, err = tree.CreateBucket([]byte(o.name))
	}
	if err != nil {
		return err
	}
	return o.bolt.SetSequence(sealSequence(o.name, 0))
}

// get gives the bytes under key; nil if there are none.
func (o *opened) get(key []byte) []byte {
	if o.top != nil {
		if i, found := find(o.top.entries, key); found {
			return o.top.entries[i].stored
		}
	}
	return o.inTree(key)
}

func (o *opened) inTree(key []byte) []byte {
	if o.bolt == nil {
		return nil
	}
	return o.bolt.Get(key)
}

// sequence gives what is stored of the bucket's.
func (o *opened) sequence() uint64 {
	switch {
	case o.top != nil && o.top.sequence != 0:
		return o.top.sequence
	case o.bolt != nil:
		return o.bolt.Sequence()
	default:
		return sealSequence(o.name, 0)
	}
}

// put, delete and setSequence change a bucket that openToWrite gave; put keeps stored.
func (sh *shared) put(o *opened, key, stored []byte) error {
	switch {
	case sh.direct || o.direct():
		return o.bolt.Put(key, stored)
	case len(key) == 0:
		return bolterrors.ErrKeyRequired
	case len(key) > bbolt.MaxKeySize:
		return bolterrors.ErrKeyTooLarge
	}
	return sh.change(o, key, stored)
}

func (sh *shared) delete(o *opened, key []byte) error {
	if sh.direct || o.direct() {
		return o.bolt.Delete(key)
	}
	return sh.change(o, key, nil)
}

func (sh *shared) setSequence(o *opened, sequence uint64) error {
	if sh.direct || o.direct() {
		return o.bolt.SetSequence(sequence)
	}
	o.top.sequence = sequence
	return sh.fit()
}

// change sets what stands under key in the layer, and counts what that is in the log.
func (sh *shared) change(o *opened, key, stored []byte) error {
	if o.changed[string(key)] {
		sh.written -= changeSize(key, o.above(key))
	}
	o.top.set(key, stored, o.inTree)
	o.changed[string(key)] = true
	sh.written += changeSize(key, stored)
	return sh.fit()
}

// above gives what the layer has under key; nil if that is a deletion, or nothing.
func (o *opened) above(key []byte) []byte {
	if i, found := find(o.top.entries, key); found {
		return o.top.entries[i].stored
	}
	return nil
}

// fit has all go into the tree if it is too much for the log.
func (sh *shared) fit() error {
	if sh.written <= maxRecord {
		return nil
	}
	return sh.spill()
}

// owes is what a later move into the tree may make that longer by, in bytes.
func (sh *shared) owes() (n int64) {
	if sh.direct {
		return 0
	}
	n = sh.layer.owes()
	for name, o := range sh.buckets {
		if o.changed == nil {
			continue
		}
		if before := sh.layer.buckets[name]; before != nil {
			n -= before.takes
		}
		n += o.top.takes
	}
	return n
}
