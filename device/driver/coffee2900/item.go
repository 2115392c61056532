package coffee2900

import (
	"errors"
	"fmt"
)

// item is one CBOR data item, known to be well-formed and valid: only parse makes
// one from the line's octets. Its octets are read where they are, not copied.
type item []byte

const (
	// depthMax bounds what nests in what; a journal reply has four levels.
	depthMax = 16
	// itemMax is the most that a frame can hold; longer ones are refused unread.
	itemMax = frameMax
)

// What parse refuses.
var (
	errShort     = errors.New("the item is cut off")
	errLeftOver  = errors.New("octets are left over after the item")
	errMalformed = errors.New("malformed item")
	errDeep      = errors.New("items nest too deep")
	errLong      = errors.New("the item is longer than a frame")
	errTwice     = errors.New("a key is given twice")
	errText      = errors.New("a text is not UTF-8")
)

// parse checks that b is exactly one data item: well-formed in any form that RFC 8949
// allows, long numbers and indefinite lengths included, with valid texts and no key
// twice in a map, at any depth. It needs no memory that b doesn't pay for.
func parse(b []byte) (item, error) {
	if len(b) > itemMax {
		return nil, errLong
	}
	rest, err := check(b, 0)
	if err != nil {
		return nil, fmt.Errorf("CBOR at octet %d: %w", len(b)-len(rest), err)
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("CBOR at octet %d: %w", len(b)-len(rest), errLeftOver)
	}
	return b, nil
}

// head is the beginning of an item (RFC 8949, section 3).
type head struct {
	major      byte
	info       byte
	n          uint64 // the argument
	indefinite bool
}

// readHead reads the head of the item at b's beginning. A break is an error here.
func readHead(b []byte) (head, []byte, error) {
	if len(b) == 0 {
		return head{}, b, errShort
	}
	h := head{major: b[0] >> 5, info: b[0] & 31}
	switch {
	case h.info < 24:
		h.n = uint64(h.info)
		return h, b[1:], nil
	case h.info < 28:
		size := 1 << (h.info - 24)
		if len(b) < 1+size {
			return h, b, errShort
		}
		for _, c := range b[1 : 1+size] {
			h.n = h.n<<8 | uint64(c)
		}
		// Two octets for what one can say (RFC 8949, 3.3).
		if h.major == majorOther && size == 1 && h.n < 32 {
			return h, b, errMalformed
		}
		return h, b[1+size:], nil
	case h.info == 31 && h.major >= majorBytes && h.major <= majorMap:
		h.indefinite = true
		return h, b[1:], nil
	default:
		return h, b, errMalformed
	}
}

// appendCanonical adds it with every head in its shortest form and every length
// definite, so that equal keys are equal octets. Maps and floats stay as they are:
// no key of the machine is one.
func appendCanonical(dst []byte, it item) []byte {
	h, _, _ := readHead(it)
	switch h.major {
	case majorUint, majorNeg:
		return appendHead(dst, h.major, h.n)
	case majorBytes, majorText:
		s, _ := it.str(h.major)
		return append(appendHead(dst, h.major, uint64(len(s))), s...)
	default:
		return append(dst, it...)
	}
}

// uint is an unsigned integer's value.
func (it item) uint() (uint64, bool) {
	h, _, err := readHead(it)
	return h.n, err == nil && h.major == majorUint
}

// signed is an integer's value, where an int64 can hold it.
func (it item) signed() (int64, bool) {
	h, _, err := readHead(it)
	if err != nil || h.n > 1<<63-1 {
		return 0, false
	}
	switch h.major {
	case majorUint:
		return int64(h.n), true
	case majorNeg:
		return -1 - int64(h.n), true
	default:
		return 0, false
	}
}

func (it item) boolean() (value, ok bool) {
	return it.is(cborTrue), it.is(cborTrue) || it.is(cborFalse)
}

func (it item) null() bool { return it.is(cborNull) }

func (it item) is(octet byte) bool { return len(it) == 1 && it[0] == octet }

func (it item) text() (string, bool) {
	s, ok := it.str(majorText)
	return string(s), ok
}

func (it item) bytes() ([]byte, bool) { return it.str(majorBytes) }

// str is a string's content, put together where it came in chunks.
func (it item) str(major byte) ([]byte, bool) {
	h, rest, err := readHead(it)
	if err != nil || h.major != major {
		return nil, false
	}
	if !h.indefinite {
		return rest, true
	}
	var s []byte
	for rest[0] != cborBreak {
		var chunk head
		chunk, rest, _ = readHead(rest)
		s = append(s, rest[:chunk.n]...)
		rest = rest[chunk.n:]
	}
	return s, true
}
