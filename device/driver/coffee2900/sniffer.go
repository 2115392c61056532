package coffee2900

import (
	"bytes"
	"encoding/hex"
)

// sniffer looks for a line of a Coffee 1900: "<", text, "*", two upper-case hex
// digits that are the XOR of the text, CR LF. Only to say which machine is on the
// wrong backend; the driver speaks to none.
type sniffer struct {
	line []byte // since the last "<"; nil without one
}

// sniffMax is the longest line of a 1900.
const sniffMax = 96

// feed takes octets of the stream and tells whether a line ended in them.
func (s *sniffer) feed(p []byte) (found bool) {
	for _, c := range p {
		switch {
		case c == '<':
			s.line = append(s.line[:0], c)
		case len(s.line) == 0:
		case len(s.line) == sniffMax:
			s.line = s.line[:0]
		default:
			s.line = append(s.line, c)
			if c == '\n' {
				found = found || is1900(s.line)
				s.line = s.line[:0]
			}
		}
	}
	return found
}

// is1900 tells whether line, from "<" on, is a reply or the banner of a 1900.
func is1900(line []byte) bool {
	body, ok := bytes.CutSuffix(line[1:], []byte("\r\n"))
	star := len(body) - 3
	// The shortest body is a tag, a comma and one more character.
	if !ok || star < 4 || body[star] != '*' || body[2] != ',' {
		return false
	}
	var sum byte
	for _, c := range body[:star] {
		sum ^= c
	}
	return bytes.Equal(body[star+1:], bytes.ToUpper([]byte(hex.EncodeToString([]byte{sum}))))
}
