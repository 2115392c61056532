package store

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Key turns keys into bytes and back. The bytes of two keys compare as the keys
// do, so that a bucket is in the keys' order; and Decode(Encode(k)) is k.
//
// Encode appends to dst and returns the longer slice. Decode refuses what Encode
// can't have made; it must not keep b. Both are safe for concurrent use.
type Key[K any] interface {
	Encode(dst []byte, k K) []byte
	Decode(b []byte) (K, error)
}

// Uint64Key writes 8 bytes, big endian. Rising numbers fill the pages of a bucket
// from left to right, which costs a third of the bytes of random keys.
func Uint64Key() Key[uint64] { return Uint64KeyOf[uint64]() }

// Uint64KeyOf is Uint64Key for a named type, such as an ID.
func Uint64KeyOf[K ~uint64]() Key[K] { return uint64Key[K]{} }

// Int64Key writes 8 bytes, big endian with the sign bit turned over, so that
// negative numbers come first.
func Int64Key() Key[int64] { return Int64KeyOf[int64]() }

// Int64KeyOf is Int64Key for a named type, such as time.Duration.
func Int64KeyOf[K ~int64]() Key[K] { return int64Key[K]{} }

// StringKey writes the string's bytes as they are; the order is that of the bytes.
// An empty string can be looked for, but not be put alone; within a tuple it can.
func StringKey() Key[string] { return StringKeyOf[string]() }

// StringKeyOf is StringKey for a named type, such as a state.
func StringKeyOf[K ~string]() Key[K] { return stringKey[K]{} }

// fixed is a Key whose encoding always has the same length; a tuple holds it as
// it is. All others are escaped there.
type fixed interface{ size() int }

var errKeyLength = errors.New("wrong length of key")

type uint64Key[K ~uint64] struct{}

func (uint64Key[K]) size() int { return 8 }

func (uint64Key[K]) Encode(dst []byte, k K) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(k))
}

func (uint64Key[K]) Decode(b []byte) (K, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("%w: %d bytes, not 8", errKeyLength, len(b))
	}
	return K(binary.BigEndian.Uint64(b)), nil
}

const signBit = 1 << 63

type int64Key[K ~int64] struct{}

func (int64Key[K]) size() int { return 8 }

func (int64Key[K]) Encode(dst []byte, k K) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(k)^signBit)
}

func (int64Key[K]) Decode(b []byte) (K, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("%w: %d bytes, not 8", errKeyLength, len(b))
	}
	return K(binary.BigEndian.Uint64(b) ^ signBit), nil
}

type stringKey[K ~string] struct{}

func (stringKey[K]) Encode(dst []byte, k K) []byte { return append(dst, k...) }

func (stringKey[K]) Decode(b []byte) (K, error) { return K(b), nil }
