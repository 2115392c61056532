package coffee2900

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Decoded items are: uint64, negative, []byte, string, []any, dict, tagged, bool, nil,
// simple, float64 (float16 and float32 as their bits in simple, since nothing reads
// them).
type (
	// negative is −1−n.
	negative uint64
	// dict is a map in the order of the line.
	dict []pair
	pair struct{ key, value any }
	// tagged is an item with a tag.
	tagged struct {
		tag  uint64
		item any
	}
	// simple is a simple value or a float that nothing here uses, by its octets.
	simple string
)

// get is the value under an unsigned key.
func (m dict) get(key uint64) (any, bool) {
	for _, p := range m {
		if k, ok := p.key.(uint64); ok && k == key {
			return p.value, true
		}
	}
	return nil, false
}

// encode writes v: what decode gives, and int. Maps keep their order.
func encode(v any) []byte {
	switch v := v.(type) {
	case uint64:
		return start(0, v)
	case int:
		if v < 0 {
			return start(1, uint64(-1-v))
		}
		return start(0, uint64(v))
	case negative:
		return start(1, uint64(v))
	case []byte:
		return append(start(2, uint64(len(v))), v...)
	case string:
		return append(start(3, uint64(len(v))), v...)
	case []any:
		b := start(4, uint64(len(v)))
		for _, member := range v {
			b = append(b, encode(member)...)
		}
		return b
	case dict:
		b := start(5, uint64(len(v)))
		for _, p := range v {
			b = append(append(b, encode(p.key)...), encode(p.value)...)
		}
		return b
	case tagged:
		return append(start(6, v.tag), encode(v.item)...)
	case bool:
		if v {
			return []byte{0xF5}
		}
		return []byte{0xF4}
	case nil:
		return []byte{0xF6}
	case simple:
		return []byte(v)
	case float64:
		return binary.BigEndian.AppendUint64([]byte{0xFB}, math.Float64bits(v))
	default:
		panic(fmt.Sprintf("BUG: no CBOR for %T", v))
	}
}

// start is an item's first octets, as few as do.
func start(major byte, n uint64) []byte {
	b := []byte{major * 32}
	switch {
	case n <= 23:
		b[0] += byte(n)
	case n <= math.MaxUint8:
		b[0] += 24
		b = append(b, byte(n))
	case n <= math.MaxUint16:
		b[0] += 25
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	case n <= math.MaxUint32:
		b[0] += 26
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	default:
		b[0] += 27
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}
