package coffee1900

// scanner finds the lines of replies in what comes in. What stands before a '<' is
// noise, and a '<' begins a line wherever it stands: no body has one, and the banner
// may break off a reply.
type scanner struct {
	inside bool
	n      int
	line   [maxLine]byte
}

// scan takes bytes off the front of in up to the end of a line; rest is what is left.
// line is nil where in ends before one does, and valid until the next call.
func (s *scanner) scan(in []byte) (line, rest []byte) {
	for i, c := range in {
		switch {
		case c == '<':
			s.inside = true
			s.n = 1
			s.line[0] = c
		case !s.inside:
		case s.n == maxLine, c != '\n' && s.line[s.n-1] == '\r':
			s.inside = false // too long, or a CR in its midst
		default:
			s.line[s.n] = c
			s.n++
			if c == '\n' {
				s.inside = false
				return s.line[:s.n], in[i+1:]
			}
		}
	}
	return nil, nil
}
