package coffee2900

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
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
