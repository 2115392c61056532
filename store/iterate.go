package store

import (
	"bytes"
	"iter"
)

// All gives all entries, the lowest key first.
//
// This and the other iterators bear every change to the bucket while they run:
// what was deleted ahead does not come, what was put ahead does. A key or value
// that can't be decoded ends the sequence, and its error is returned by the View
// or Update that it runs in.
func (b Bucket[K, V]) All(tx *Tx) iter.Seq2[K, V] {
	return b.up(tx, func() []byte { return nil }, nil)
}

// From gives the entries from k on, k included, upward.
func (b Bucket[K, V]) From(tx *Tx, k K) iter.Seq2[K, V] {
	return b.up(tx, func() []byte { return b.key.Encode(nil, k) }, nil)
}

// Prefix gives the entries whose encoded keys begin with prefix, the lowest first.
// Leading makes the prefix of all tuples with a given first part.
func (b Bucket[K, V]) Prefix(tx *Tx, prefix []byte) iter.Seq2[K, V] {
	return b.up(tx, func() []byte { return prefix }, prefix)
}

// Backward gives all entries, the highest key first.
func (b Bucket[K, V]) Backward(tx *Tx) iter.Seq2[K, V] {
	return b.down(tx, func() []byte { return nil })
}

// Before gives the entries below k, k excluded, downward.
func (b Bucket[K, V]) Before(tx *Tx, k K) iter.Seq2[K, V] {
	// An empty key has nothing below it; to bbolt it would be no bound at all.
	return b.down(tx, func() []byte { return append([]byte{}, b.key.Encode(nil, k)...) })
}

// First gives the entry with the lowest key, and whether there is one.
func (b Bucket[K, V]) First(tx *Tx) (K, V, bool) { return one(b.All(tx)) }

// Last gives the entry with the highest key, and whether there is one.
func (b Bucket[K, V]) Last(tx *Tx) (K, V, bool) { return one(b.Backward(tx)) }

// Empty says whether the bucket has no entry.
func (b Bucket[K, V]) Empty(tx *Tx) bool {
	o := tx.bucket(b.name)
	if o == nil {
		return true
	}
	k, _ := o.cursor().seek(nil)
	return k == nil
}

func one[K, V any](seq iter.Seq2[K, V]) (k K, v V, ok bool) {
	for k, v := range seq {
		return k, v, true
	}
	return k, v, false
}

// up walks upward from the key that start gives, as long as keys begin with prefix.
func (b Bucket[K, V]) up(tx *Tx, start func() []byte, prefix []byte) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		o := tx.bucket(b.name)
		if o == nil {
			return
		}
		c := o.cursor()
		var last []byte
		for key, raw := c.seek(start()); key != nil && bytes.HasPrefix(key, prefix); {
			last = append(last[:0], key...)
			version := o.version
			if !b.yield(tx, key, raw, yield) {
				return
			}
			if o.version == version {
				key, raw = c.next()
				continue
			}
			// The bucket was written: the cursor may have slipped. Seek gives last
			// itself if it is still there, else what now follows it.
			if key, raw = c.seek(last); bytes.Equal(key, last) {
				key, raw = c.next()
			}
		}
	}
}

// down walks downward from below the key that end gives; from the last where it is nil.
func (b Bucket[K, V]) down(tx *Tx, end func() []byte) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		o := tx.bucket(b.name)
		if o == nil {
			return
		}
		c := o.cursor()
		key, raw := c.below(end())
		var last []byte
		for key != nil {
			last = append(last[:0], key...)
			version := o.version
			if !b.yield(tx, key, raw, yield) {
				return
			}
			if o.version == version {
				key, raw = c.previous()
			} else {
				key, raw = c.below(last)
			}
		}
	}
}

// yield decodes one entry and hands it on; false ends the sequence.
func (b Bucket[K, V]) yield(tx *Tx, key, stored []byte, yield func(K, V) bool) bool {
	raw, err := tx.value(b.name, key, stored)
	if err != nil {
		tx.fail(err)
		return false
	}
	k, err := b.key.Decode(key)
	if err != nil {
		tx.fail(b.badKey(key, err))
		return false
	}
	v, err := b.value.decode(raw)
	if err != nil {
		tx.fail(b.badValue(key, err))
		return false
	}
	return yield(k, v)
}
