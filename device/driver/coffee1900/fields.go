package coffee1900

import (
	"fmt"
	"strconv"

	"crema/device"
)

// number reads a decimal number without sign, leading zeros or spaces (manual,
// "Lines"), from low to high.
func number(s string, low, high int) (int, error) {
	if len(s) == 0 || len(s) > 5 || len(s) > 1 && s[0] == '0' {
		return 0, fmt.Errorf("%q is no number", s)
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, fmt.Errorf("%q is no number", s)
		}
		n = n*10 + int(s[i]-'0')
	}
	if n < low || n > high {
		return 0, fmt.Errorf("%d is not %d to %d", n, low, high)
	}
	return n, nil
}

// numbers reads several of the same range.
func numbers(fields []string, low, high int) ([]int, error) {
	n := make([]int, len(fields))
	for i, f := range fields {
		var err error
		if n[i], err = number(f, low, high); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// hexMask reads four hex digits; the machine sends upper case.
func hexMask(s string) (uint16, error) {
	mask := uint16(0)
	if len(s) != 4 {
		return 0, fmt.Errorf("%q is no mask", s)
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			mask = mask<<4 | uint16(c-'0')
		case c >= 'A' && c <= 'F':
			mask = mask<<4 | uint16(c-'A'+10)
		default:
			return 0, fmt.Errorf("%q is no mask", s)
		}
	}
	return mask, nil
}

// wantFields refuses any other number of fields.
func wantFields(fields []string, n int) error {
	if len(fields) != n {
		return fmt.Errorf("%d fields, not %d", len(fields), n)
	}
	return nil
}

// nameBytes is the longest name of a slot; the shortest is one byte.
const nameBytes = 12

// encodeName makes ISO 8859-1 of a name; the error, which is device.ErrBadArgument,
// says what the machine can't hold.
func encodeName(name string) (string, error) {
	b := make([]byte, 0, nameBytes)
	for _, r := range name {
		// The first 256 code points are ISO 8859-1.
		if r > 0xFF || !inBody(byte(r)) || r == ',' {
			return "", fmt.Errorf("%w: name %q: the machine has no %s", device.ErrBadArgument, name, strconv.QuoteRune(r))
		}
		b = append(b, byte(r))
	}
	if len(b) < 1 || len(b) > nameBytes {
		return "", fmt.Errorf("%w: name %q has %d characters, the machine takes 1 to %d", device.ErrBadArgument, name, len(b), nameBytes)
	}
	return string(b), nil
}

// decodeName is the way back; the bytes are those of a field.
func decodeName(field string) (string, error) {
	if len(field) < 1 || len(field) > nameBytes {
		return "", fmt.Errorf("a name of %d bytes", len(field))
	}
	runes := make([]rune, len(field))
	for i := range len(field) {
		runes[i] = rune(field[i])
	}
	return string(runes), nil
}
