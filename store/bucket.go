package store

import (
	"bytes"
	"fmt"
)

// Bucket is a typed map, ordered by the keys' encodings. It is a value without
// state, declared once as a package's variable, and safe for concurrent use with
// different transactions. It is made in the file with the first Put.
type Bucket[K, V any] struct {
	name  string
	key   Key[K]
	value codec[V]
}

// NewBucket names a bucket. Values are stored as JSON; a V of []byte as it is, one
// of struct{} as nothing, one that appends and unmarshals itself as binary as that
// says (what it unmarshals from is good until the end of the transaction only). The name is part of the file: to change it takes a
// migration. It panics on an empty name.
func NewBucket[K, V any](name string, key Key[K]) Bucket[K, V] {
	if name == "" {
		panic("store: a bucket without a name")
	}
	return Bucket[K, V]{name: name, key: key, value: codecOf[V]()}
}

// Name is the bucket's name in the file.
func (b Bucket[K, V]) Name() string { return b.name }

// Get gives k's value, and whether there is one. An error means that the value
// stored is no V, or a *DamagedError that it is not what was written.
func (b Bucket[K, V]) Get(tx *Tx, k K) (v V, ok bool, err error) {
	key := b.encode(tx, k)
	stored := b.raw(tx, key)
	if stored == nil {
		return v, false, nil
	}
	raw, err := tx.value(b.name, key, stored)
	if err != nil {
		return v, false, err
	}
	if v, err = b.value.decode(raw); err != nil {
		return v, false, b.badValue(key, err)
	}
	return v, true, nil
}

// Has says whether k has a value.
func (b Bucket[K, V]) Has(tx *Tx, k K) bool { return b.raw(tx, b.encode(tx, k)) != nil }

// Put sets k's value; where it is that already, nothing is written. It refuses an
// empty key and one of more than 32,768 bytes, and returns ErrView in a View.
func (b Bucket[K, V]) Put(tx *Tx, k K, v V) error {
	raw, err := b.value.encode(v)
	if err != nil {
		return fmt.Errorf("bucket %q: encode value: %w", b.name, err)
	}
	key := b.encode(tx, k)
	raw = addSum(key, raw)
	old := b.raw(tx, key)
	if old != nil && bytes.Equal(old, raw) && tx.Writable() {
		return nil
	}
	o, err := tx.writeBucket(b.name)
	if err != nil {
		return err
	}
	tx.grew += int64(len(key) + len(raw))
	tx.adds = tx.adds || len(raw) > len(old)
	if old != nil {
		tx.grew -= int64(len(key) + len(old))
	}
	if err := tx.shared.put(o, key, raw); err != nil {
		return fmt.Errorf("bucket %q: put key %s: %w", b.name, show(key), err)
	}
	return nil
}

// Delete takes k out; where it is absent nothing is written. It returns ErrView in
// a View.
func (b Bucket[K, V]) Delete(tx *Tx, k K) error {
	if !tx.Writable() {
		return fmt.Errorf("bucket %q: %w", b.name, ErrView)
	}
	key := b.encode(tx, k)
	old := b.raw(tx, key)
	if old == nil {
		return nil
	}
	o, err := tx.writeBucket(b.name)
	if err != nil {
		return err
	}
	tx.grew -= int64(len(key) + len(old))
	if err := tx.shared.delete(o, key); err != nil {
		return fmt.Errorf("bucket %q: delete key %s: %w", b.name, show(key), err)
	}
	return nil
}

// Next gives the next number of the bucket's own sequence, from 1 to 2^48. A number
// given in a transaction that is rolled back is given again.
func (b Bucket[K, V]) Next(tx *Tx) (uint64, error) {
	o, err := tx.writeBucket(b.name)
	if err != nil {
		return 0, err
	}
	n, ok := openSequence(b.name, o.sequence())
	if !ok {
		return 0, tx.damaged(fmt.Errorf("bucket %q: its sequence is not what was written", b.name))
	}
	if err := tx.shared.setSequence(o, sealSequence(b.name, n+1)); err != nil {
		return 0, fmt.Errorf("bucket %q: next number: %w", b.name, err)
	}
	return n + 1, nil
}

// encode encodes k into the transaction's own room: good until the next encode.
func (b Bucket[K, V]) encode(tx *Tx, k K) []byte {
	tx.key = b.key.Encode(tx.key[:0], k)
	return tx.key
}

// raw gives the bytes under key, with their sum; they are bbolt's, and nil if there
// are none.
func (b Bucket[K, V]) raw(tx *Tx, key []byte) []byte {
	o := tx.bucket(b.name)
	if o == nil {
		return nil
	}
	return o.get(key)
}

func (b Bucket[K, V]) badValue(key []byte, err error) error {
	return fmt.Errorf("bucket %q: key %s: decode value: %w", b.name, show(key), err)
}

func (b Bucket[K, V]) badKey(key []byte, err error) error {
	return fmt.Errorf("bucket %q: key %s: decode key: %w", b.name, show(key), err)
}

// show prints a key's encoding, or the beginning of a long one.
func show(key []byte) string {
	if len(key) > 64 {
		return fmt.Sprintf("%x… (%d bytes)", key[:64], len(key))
	}
	return fmt.Sprintf("%x", key)
}
