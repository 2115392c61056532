package coffee1900

import (
	"bytes"
	"fmt"
	"strconv"
)

// number reads a decimal number without sign, leading zeros or spaces, from low to high.
func number(field []byte, low, high int) (int, bool) {
	if len(field) == 0 || len(field) > 5 || len(field) > 1 && field[0] == '0' {
		return 0, false
	}
	n := 0
	for _, c := range field {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, low <= n && n <= high
}

// mask reads four hex digits, in either case.
func mask(field []byte) (uint16, bool) {
	if len(field) != 4 || bytes.ContainsAny(field, "+-_") {
		return 0, false
	}
	n, err := strconv.ParseUint(string(field), 16, 16)
	return uint16(n), err == nil
}

// tag reads two upper-case hex digits, 01 to FF.
func tag(field []byte) (byte, bool) {
	if len(field) != 2 {
		return 0, false
	}
	high, low := bytes.IndexByte([]byte(upperHex), field[0]), bytes.IndexByte([]byte(upperHex), field[1])
	t := high<<4 | low
	return byte(t), high >= 0 && low >= 0 && t != 0
}

// clean tells whether all of a request's bytes are those that a body may have.
func clean(body []byte) bool {
	for _, c := range body {
		if !inBody(c) {
			return false
		}
	}
	return true
}

func inBody(c byte) bool {
	return (c >= 0x20 && c <= 0x7E || c >= 0xA0) && c != '*' && c != '<' && c != '>'
}

// latin1 is a name as the machine keeps it, for people: ISO 8859-1 is the first 256
// code points.
func latin1(name []byte) string {
	runes := make([]rune, len(name))
	for i, c := range name {
		runes[i] = rune(c)
	}
	return string(runes)
}

// fromLatin1 is the way back.
func fromLatin1(name string) ([]byte, error) {
	var b []byte
	for _, r := range name {
		if r > 0xFF || !inBody(byte(r)) || r == ',' {
			return nil, fmt.Errorf("name %q: the machine has no %q", name, r)
		}
		b = append(b, byte(r))
	}
	if len(b) < 1 || len(b) > 12 {
		return nil, fmt.Errorf("name %q has %d bytes, not 1 to 12", name, len(b))
	}
	return b, nil
}
