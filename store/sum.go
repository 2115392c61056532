package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// bbolt's pages bear no checksum: a card that turns a bit gives back another price,
// and nobody knows. So each value is stored with one of its own, over key and value,
// and each bucket's sequence with one over its name and the sequence.

// sumSize is what a value's checksum takes, behind it.
const sumSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sumOf(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// addSum appends to value its checksum.
func addSum(key, value []byte) []byte {
	return binary.LittleEndian.AppendUint32(value, sumOf(key, value))
}

// cutSum gives the value of what is stored under key, and whether it is what was
// written there.
func cutSum(key, stored []byte) (value []byte, ok bool) {
	n := len(stored) - sumSize
	if n < 0 {
		return nil, false
	}
	return stored[:n], binary.LittleEndian.Uint32(stored[n:]) == sumOf(key, stored[:n])
}

// sequenceBits are those of a stored sequence that count; the others are a sum of
// them and the bucket's name.
const sequenceBits = 48

// sealSequence gives what is stored for a bucket's sequence that has come to n.
func sealSequence(bucket string, n uint64) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	return n | uint64(sumOf([]byte(bucket), b[:]))<<sequenceBits
}

// openSequence gives the n of a stored sequence, and whether that is what was written.
func openSequence(bucket string, stored uint64) (n uint64, ok bool) {
	n = stored & (1<<sequenceBits - 1)
	return n, stored == sealSequence(bucket, n)
}

// value gives the value of what is stored under key in a bucket. A wrong sum is a
// damage of the file, after which nothing is written.
func (tx *Tx) value(bucket string, key, stored []byte) ([]byte, error) {
	v, ok := cutSum(key, stored)
	if !ok {
		return nil, tx.damaged(fmt.Errorf("bucket %q: the value of key %s is not what was written", bucket, show(key)))
	}
	return v, nil
}

// damaged stops all writing, since the file is not what was written.
func (tx *Tx) damaged(err error) error {
	s := tx.shared.store
	return s.fail(&DamagedError{Path: s.path, Err: err})
}
