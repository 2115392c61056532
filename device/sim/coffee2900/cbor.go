package coffee2900

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
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

var errCBOR = errors.New("bad CBOR")

// stop is what decoding a break gives.
type stop struct{}

// decode reads one item that fills b exactly.
func decode(b []byte) (any, error) {
	d := &decoder{rest: b}
	v, err := d.item(12)
	if err != nil {
		return nil, err
	}
	if _, broke := v.(stop); broke || len(d.rest) > 0 {
		return nil, errCBOR
	}
	return v, nil
}

type decoder struct{ rest []byte }

func (d *decoder) take(n uint64) ([]byte, error) {
	if n > uint64(len(d.rest)) {
		return nil, errCBOR
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b, nil
}

// item decodes what comes next, levels deep at most; a break is a stop.
func (d *decoder) item(levels int) (any, error) {
	first, err := d.take(1)
	if err != nil || levels == 0 {
		return nil, errCBOR
	}
	major, info := first[0]/32, first[0]%32
	var arg []byte
	n := uint64(info)
	if info >= 24 && info <= 27 {
		if arg, err = d.take(1 << (info - 24)); err != nil {
			return nil, err
		}
		n = binary.BigEndian.Uint64(append(make([]byte, 8-len(arg)), arg...))
	} else if info > 27 && info < 31 {
		return nil, errCBOR
	}
	open := info == 31
	switch {
	case major == 7 && open:
		return stop{}, nil
	case open && (major < 2 || major == 6):
		return nil, errCBOR
	case major == 0:
		return n, nil
	case major == 1:
		return negative(n), nil
	case major == 2 || major == 3:
		return d.str(major, n, open, levels)
	case major == 4:
		return d.array(n, open, levels)
	case major == 5:
		return d.dict(n, open, levels)
	case major == 6:
		v, err := d.item(levels - 1)
		if _, broke := v.(stop); broke || err != nil {
			return nil, errCBOR
		}
		return tagged{n, v}, nil
	default:
		return other(first, arg)
	}
}

func other(first, arg []byte) (any, error) {
	switch {
	case first[0] == 0xF4:
		return false, nil
	case first[0] == 0xF5:
		return true, nil
	case first[0] == 0xF6:
		return nil, nil
	case len(arg) == 1 && arg[0] < 32:
		return nil, errCBOR
	case len(arg) == 8:
		return math.Float64frombits(binary.BigEndian.Uint64(arg)), nil
	default:
		return simple(slices.Concat(first, arg)), nil
	}
}

func (d *decoder) str(major byte, n uint64, open bool, levels int) (any, error) {
	var b []byte
	if !open {
		chunk, err := d.take(n)
		if err != nil {
			return nil, err
		}
		b = slices.Clone(chunk)
	}
	for open {
		// A chunk is of the same type and not open itself.
		if len(d.rest) > 0 && d.rest[0] != 0xFF && (d.rest[0]/32 != major || d.rest[0]%32 == 31) {
			return nil, errCBOR
		}
		v, err := d.item(levels - 1)
		if err != nil {
			return nil, err
		}
		switch chunk := v.(type) {
		case stop:
			open = false
		case string:
			b = append(b, chunk...)
		case []byte:
			b = append(b, chunk...)
		}
	}
	if major == 2 {
		return b, nil
	}
	if !utf8.Valid(b) {
		return nil, errCBOR
	}
	return string(b), nil
}

func (d *decoder) array(n uint64, open bool, levels int) (any, error) {
	list := []any{}
	for i := uint64(0); open || i < n; i++ {
		v, err := d.item(levels - 1)
		if err != nil {
			return nil, err
		}
		if _, broke := v.(stop); broke {
			if open {
				return list, nil
			}
			return nil, errCBOR
		}
		list = append(list, v)
	}
	return list, nil
}

func (d *decoder) dict(n uint64, open bool, levels int) (any, error) {
	m := dict{}
	seen := map[string]bool{}
	for i := uint64(0); open || i < n; i++ {
		k, err := d.item(levels - 1)
		if err != nil {
			return nil, err
		}
		if _, broke := k.(stop); broke {
			if open {
				return m, nil
			}
			return nil, errCBOR
		}
		v, err := d.item(levels - 1)
		if _, broke := v.(stop); broke || err != nil {
			return nil, errCBOR
		}
		name := fmt.Sprintf("%T %v", k, k)
		if seen[name] {
			return nil, errCBOR
		}
		seen[name] = true
		m = append(m, pair{k, v})
	}
	return m, nil
}

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
