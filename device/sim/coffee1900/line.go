package coffee1900

import "time"

// The limits of a line, manual section 1.
const (
	maxLine = 96                    // its end included
	maxGap  = 50 * time.Millisecond // between two of its bytes
)

// receiver finds the lines in what arrives.
type receiver struct {
	gap    time.Duration
	inside bool // after a '>', and nothing wrong so far
	line   []byte
	last   time.Time // when the last byte came
}

// receive takes the bytes that arrived at once, at now, and calls line with each whole
// line between its '>' and its CR, both exclusive. It stops early when line says so,
// and loses the rest then.
func (r *receiver) receive(chunk []byte, now time.Time, line func(body []byte) bool) {
	if r.inside && now.Sub(r.last) > r.gap {
		r.inside = false
	}
	r.last = now
	for _, b := range chunk {
		switch {
		case b == '>': // begins a line wherever it stands
			r.inside, r.line = true, r.line[:0]
		case !r.inside: // noise
		case b == '\r':
			r.inside = false
			if !line(r.line) {
				return
			}
		case len(r.line)+len(">\r\n") >= maxLine: // one more is too many
			r.inside = false
		default:
			r.line = append(r.line, b)
		}
	}
}

// forget drops a line that was begun.
func (r *receiver) forget() { r.inside = false }

const upperHex = "0123456789ABCDEF"

// checked splits a line's body from its check; ok tells whether the check is right.
func checked(line []byte) (body []byte, ok bool) {
	n := len(line) - len("*HH")
	if n < 0 || line[n] != '*' {
		return nil, false
	}
	sum := xor(line[:n])
	return line[:n], line[n+1] == upperHex[sum>>4] && line[n+2] == upperHex[sum&15]
}

// sealed is the whole line of a reply.
func sealed(body []byte) []byte {
	sum := xor(body)
	line := make([]byte, 0, len(body)+len("<*HH\r\n"))
	line = append(line, '<')
	line = append(line, body...)
	return append(line, '*', upperHex[sum>>4], upperHex[sum&15], '\r', '\n')
}

func xor(b []byte) (sum byte) {
	for _, c := range b {
		sum ^= c
	}
	return sum
}
