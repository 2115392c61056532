package store

import (
	"bytes"
	"errors"
	"fmt"
)

// Pair is a key of two parts, ordered by A, then by B.
type Pair[A, B any] struct {
	A A
	B B
}

// Triple is a key of three parts, ordered by A, then by B, then by C.
type Triple[A, B, C any] struct {
	A A
	B B
	C C
}

// PairKey is the Key of pairs. Numbers are held in 8 bytes; a string, or any other
// key of no fixed length, is escaped (0x00 becomes 00 FF) and ends with 00 00, so
// that "a" comes before "ab" whatever follows, and no two pairs share an encoding.
func PairKey[A, B any](a Key[A], b Key[B]) Key[Pair[A, B]] { return pairKey[A, B]{a, b} }

// TripleKey is the Key of triples, built as PairKey's is.
func TripleKey[A, B, C any](a Key[A], b Key[B], c Key[C]) Key[Triple[A, B, C]] {
	return tripleKey[A, B, C]{a, b, c}
}

// Leading encodes k as a tuple's encoding begins with it: the prefix, for
// Bucket.Prefix, of all tuples whose first part is k. For the first two parts of a
// triple append the Leading of the second. The key's own Encode will not do: it
// doesn't end a string, so that "ab" would find the tuples of "abc" too.
func Leading[K any](key Key[K], k K) []byte { return appendPart(nil, key, k) }

type pairKey[A, B any] struct {
	a Key[A]
	b Key[B]
}

func (p pairKey[A, B]) Encode(dst []byte, k Pair[A, B]) []byte {
	return appendPart(appendPart(dst, p.a, k.A), p.b, k.B)
}

func (p pairKey[A, B]) Decode(b []byte) (k Pair[A, B], err error) {
	if k.A, b, err = cutPart(b, p.a); err != nil {
		return Pair[A, B]{}, fmt.Errorf("part 1: %w", err)
	}
	if k.B, b, err = cutPart(b, p.b); err != nil {
		return Pair[A, B]{}, fmt.Errorf("part 2: %w", err)
	}
	if len(b) != 0 {
		return Pair[A, B]{}, errTrailing
	}
	return k, nil
}

type tripleKey[A, B, C any] struct {
	a Key[A]
	b Key[B]
	c Key[C]
}

func (t tripleKey[A, B, C]) Encode(dst []byte, k Triple[A, B, C]) []byte {
	return appendPart(appendPart(appendPart(dst, t.a, k.A), t.b, k.B), t.c, k.C)
}

func (t tripleKey[A, B, C]) Decode(b []byte) (k Triple[A, B, C], err error) {
	if k.A, b, err = cutPart(b, t.a); err != nil {
		return Triple[A, B, C]{}, fmt.Errorf("part 1: %w", err)
	}
	if k.B, b, err = cutPart(b, t.b); err != nil {
		return Triple[A, B, C]{}, fmt.Errorf("part 2: %w", err)
	}
	if k.C, b, err = cutPart(b, t.c); err != nil {
		return Triple[A, B, C]{}, fmt.Errorf("part 3: %w", err)
	}
	if len(b) != 0 {
		return Triple[A, B, C]{}, errTrailing
	}
	return k, nil
}

// A part of no fixed length: each 00 in it is written as 00 FF, and 00 00 ends it.
// 00 00 is less than 00 FF and than any byte but 00, which makes the end less than
// any going on: that is what keeps the order.
const (
	escape    = 0x00
	escaped   = 0xFF
	endOfPart = 0x00
)

var (
	errTrailing = errors.New("bytes behind the last part of the key")
	errCut      = errors.New("the key is cut")
	errEscape   = errors.New("a bad escape in the key")
)

func appendPart[K any](dst []byte, key Key[K], k K) []byte {
	if _, ok := key.(fixed); ok {
		return key.Encode(dst, k)
	}
	start := len(dst)
	dst = key.Encode(dst, k)
	if n := bytes.Count(dst[start:], []byte{escape}); n > 0 {
		raw := bytes.Clone(dst[start:])
		dst = dst[:start]
		for _, c := range raw {
			dst = append(dst, c)
			if c == escape {
				dst = append(dst, escaped)
			}
		}
	}
	return append(dst, escape, endOfPart)
}

func cutPart[K any](b []byte, key Key[K]) (k K, rest []byte, err error) {
	if f, ok := key.(fixed); ok {
		if len(b) < f.size() {
			return k, nil, errCut
		}
		k, err = key.Decode(b[:f.size()])
		return k, b[f.size():], err
	}
	raw, rest, err := unescape(b)
	if err != nil {
		return k, nil, err
	}
	k, err = key.Decode(raw)
	return k, rest, err
}

// unescape takes one escaped part off b. Where it holds no escape, which is nearly
// always, the part is a piece of b and nothing is copied.
func unescape(b []byte) (raw, rest []byte, err error) {
	copied := false
	for from := 0; ; {
		i := bytes.IndexByte(b[from:], escape)
		if i < 0 || from+i+1 >= len(b) {
			return nil, nil, errCut
		}
		i += from
		switch b[i+1] {
		case endOfPart:
			if !copied {
				return b[:i], b[i+2:], nil
			}
			return append(raw, b[from:i]...), b[i+2:], nil
		case escaped:
			raw = append(raw, b[from:i+1]...)
			copied = true
			from = i + 2
		default:
			return nil, nil, errEscape
		}
	}
}
