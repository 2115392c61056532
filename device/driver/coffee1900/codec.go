package coffee1900

import (
	"errors"
	"strings"
)

// maxLine is the longest line, its end included (manual, "Lines").
const maxLine = 96

// What can be wrong with a line.
var (
	errForm  = errors.New("not the form of a line")
	errCheck = errors.New("wrong check")
)

const (
	upperHex  = "0123456789ABCDEF"
	lineBegin = 1              // '<' or '>'
	lineEnd   = len("*HH\r\n") // the check and CR LF
)

// appendLine adds the line of body, which starts with '>' (a request) or '<' (a reply).
func appendLine(dst []byte, start byte, body string) []byte {
	sum := byte(0)
	for i := range len(body) {
		sum ^= body[i]
	}
	dst = append(dst, start)
	dst = append(dst, body...)
	return append(dst, '*', upperHex[sum>>4], upperHex[sum&15], '\r', '\n')
}

// decodeLine takes a whole line, CR LF included, apart; errForm or errCheck.
func decodeLine(raw []byte) (start byte, body []byte, err error) {
	n := len(raw) - lineEnd
	if n < lineBegin || len(raw) > maxLine || raw[0] != '<' && raw[0] != '>' ||
		raw[n] != '*' || raw[n+3] != '\r' || raw[n+4] != '\n' {
		return 0, nil, errForm
	}
	body = raw[lineBegin:n]
	sum := byte(0)
	for _, c := range body {
		if !inBody(c) {
			return 0, nil, errForm
		}
		sum ^= c
	}
	if raw[n+1] != upperHex[sum>>4] || raw[n+2] != upperHex[sum&15] {
		return 0, nil, errCheck
	}
	return raw[0], body, nil
}

// inBody tells whether a body may have c; fields may not have the comma besides.
func inBody(c byte) bool {
	return (c >= 0x20 && c <= 0x7E || c >= 0xA0) && c != '*' && c != '<' && c != '>'
}

// appendRequest adds the line of a request: its tag, 1 to 255, and what it asks.
func appendRequest(dst []byte, tag byte, ask string) []byte {
	return appendLine(dst, '>', string([]byte{upperHex[tag>>4], upperHex[tag&15], ','})+ask)
}

// reply is what the machine said.
type reply struct {
	tag    byte // 0: the banner, or an error whose request's tag was no good
	banner bool
	epoch  uint8    // of the banner
	code   int      // 0: OK; else the manual's nn
	fields []string // behind OK; ISO 8859-1
}

// decodeReply takes a reply's line apart; errForm or errCheck.
func decodeReply(raw []byte) (reply, error) {
	start, body, err := decodeLine(raw)
	if err != nil {
		return reply{}, err
	}
	fields := strings.Split(string(body), ",")
	if start != '<' || len(fields) < 2 {
		return reply{}, errForm
	}
	tag, ok := parseTag(fields[0])
	if !ok {
		return reply{}, errForm
	}
	switch kind, rest := fields[1], fields[2:]; {
	case kind == "OK" && tag != 0:
		return reply{tag: tag, fields: rest}, nil
	case kind == "ER" && len(rest) == 1:
		code, ok := parseCode(rest[0])
		// Without a tag only a line that the machine could not trust is refused.
		if ok && (tag != 0 || code == codeCheck || code == codeField) {
			return reply{tag: tag, code: code}, nil
		}
	case kind == "UP" && tag == 0 && len(rest) == 1:
		epoch, err := number(rest[0], 0, 255)
		if err == nil {
			return reply{banner: true, epoch: uint8(epoch)}, nil
		}
	}
	return reply{}, errForm
}

// parseTag reads two upper-case hex digits.
func parseTag(s string) (byte, bool) {
	if len(s) != 2 {
		return 0, false
	}
	high, low := strings.IndexByte(upperHex, s[0]), strings.IndexByte(upperHex, s[1])
	return byte(high<<4 | low&15), high >= 0 && low >= 0
}

// parseCode reads an error's two digits, 01 to 99.
func parseCode(s string) (int, bool) {
	if len(s) != 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' || s == "00" {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}
