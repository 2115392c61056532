package coffee2900

import "iter"

// array is an array's members; ok tells whether it is one.
func (it item) array() (members iter.Seq[item], ok bool) {
	h, rest, err := readHead(it)
	if err != nil || h.major != majorArray {
		return nil, false
	}
	return func(yield func(item) bool) {
		for left, rest := h.n, rest; h.more(left, rest); left-- {
			member, after := cutItem(rest)
			if !yield(member) {
				return
			}
			rest = after
		}
	}, true
}

// fields is a map's members in their order; ok tells whether it is one.
func (it item) fields() (members iter.Seq2[item, item], ok bool) {
	h, rest, err := readHead(it)
	if err != nil || h.major != majorMap {
		return nil, false
	}
	return func(yield func(k, v item) bool) {
		for left, rest := h.n, rest; h.more(left, rest); left-- {
			key, after := cutItem(rest)
			value, after := cutItem(after)
			if !yield(key, value) {
				return
			}
			rest = after
		}
	}, true
}

// lookup is what a map has under an unsigned key; nil where it has nothing, or is none.
func (it item) lookup(key uint64) item {
	h, rest, err := readHead(it)
	if err != nil || h.major != majorMap {
		return nil
	}
	for left := h.n; h.more(left, rest); left-- {
		var k, v item
		k, rest = cutItem(rest)
		v, rest = cutItem(rest)
		if n, ok := k.uint(); ok && n == key {
			return v
		}
	}
	return nil
}

// cutItem takes the first item off octets that were checked.
func cutItem(b []byte) (first item, rest []byte) {
	rest = skip(b)
	return b[:len(b)-len(rest)], rest
}

// skip is what follows the first item of octets that were checked.
func skip(b []byte) []byte {
	h, rest, _ := readHead(b)
	switch h.major {
	case majorBytes, majorText:
		if !h.indefinite {
			return rest[h.n:]
		}
		for rest[0] != cborBreak {
			rest = skip(rest)
		}
		return rest[1:]
	case majorArray, majorMap:
		left := h.n
		if h.major == majorMap {
			left *= 2
		}
		for ; h.more(left, rest); left-- {
			rest = skip(rest)
		}
		rest, _ = h.after(rest)
		return rest
	case majorTag:
		return skip(rest)
	default:
		return rest
	}
}
