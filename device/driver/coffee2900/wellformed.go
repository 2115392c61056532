package coffee2900

import (
	"bytes"
	"unicode/utf8"
)

// check reads one item from b and returns what follows it; with an error, what
// follows begins at the place of the trouble.
func check(b []byte, depth int) ([]byte, error) {
	if depth > depthMax {
		return b, errDeep
	}
	h, rest, err := readHead(b)
	if err != nil {
		return rest, err
	}
	switch h.major {
	case majorBytes, majorText:
		if h.indefinite {
			return checkChunks(rest, h.major)
		}
		if h.n > uint64(len(rest)) {
			return rest, errShort
		}
		if h.major == majorText && !utf8.Valid(rest[:h.n]) {
			return rest, errText
		}
		return rest[h.n:], nil
	case majorArray:
		for left := h.n; h.more(left, rest); left-- {
			if rest, err = check(rest, depth+1); err != nil {
				return rest, err
			}
		}
		return h.after(rest)
	case majorMap:
		return checkMap(h, rest, depth)
	case majorTag:
		return check(rest, depth+1)
	default:
		return rest, nil
	}
}

// more tells whether the array or map h goes on at rest, with left more to come where
// it said how many.
func (h head) more(left uint64, rest []byte) bool {
	if h.indefinite {
		return len(rest) > 0 && rest[0] != cborBreak
	}
	return left > 0
}

// after is what follows an array or map whose members are read.
func (h head) after(rest []byte) ([]byte, error) {
	if !h.indefinite {
		return rest, nil
	}
	if len(rest) == 0 {
		return rest, errShort
	}
	return rest[1:], nil
}

func checkMap(h head, rest []byte, depth int) ([]byte, error) {
	var (
		seen uint64 // the unsigned keys under 64
		keys []item // the others
		err  error
	)
	for left := h.n; h.more(left, rest); left-- {
		key := rest
		if rest, err = check(rest, depth+1); err != nil {
			return rest, err
		}
		key = key[:len(key)-len(rest)]
		if n, ok := item(key).uint(); ok && n < 64 {
			if seen&(1<<n) != 0 {
				return rest, errTwice
			}
			seen |= 1 << n
		} else {
			canonical := appendCanonical(nil, key)
			for _, k := range keys {
				if bytes.Equal(k, canonical) {
					return rest, errTwice
				}
			}
			keys = append(keys, canonical)
		}
		if rest, err = check(rest, depth+1); err != nil {
			return rest, err
		}
	}
	return h.after(rest)
}

// checkChunks reads the chunks of a string of indefinite length; each is a string of
// the same type and of definite length, a text's valid by itself (RFC 8949, 3.2.3).
func checkChunks(rest []byte, major byte) ([]byte, error) {
	for {
		if len(rest) == 0 {
			return rest, errShort
		}
		if rest[0] == cborBreak {
			return rest[1:], nil
		}
		h, after, err := readHead(rest)
		if err != nil {
			return after, err
		}
		if h.major != major || h.indefinite {
			return rest, errMalformed
		}
		if h.n > uint64(len(after)) {
			return after, errShort
		}
		if major == majorText && !utf8.Valid(after[:h.n]) {
			return after, errText
		}
		rest = after[h.n:]
	}
}
