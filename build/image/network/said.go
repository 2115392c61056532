package network

import (
	"bytes"
	"regexp"
)

// A lastLine keeps the last line that a program said, without its time and place in the source.
type lastLine struct{ line []byte }

func (l *lastLine) Write(p []byte) (int, error) {
	text := bytes.TrimSpace(p) // a program of Go writes a line of its log at once
	if len(text) > 0 {
		l.line = bytes.Clone(text[bytes.LastIndexByte(text, '\n')+1:])
	}
	return len(p), nil
}

var logged = regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d (\w+\.go:\d+: )?`)

func (l *lastLine) String() string { return logged.ReplaceAllString(string(l.line), "") }

// A firstLine keeps the first line that a program said: the reason, where one of Go crashes.
type firstLine struct {
	line  []byte
	whole bool
}

func (f *firstLine) Write(p []byte) (int, error) {
	if !f.whole {
		line, _, ended := bytes.Cut(p, []byte("\n"))
		f.line, f.whole = append(f.line, line...), ended
	}
	return len(p), nil
}

func (f *firstLine) String() string { return string(f.line) }
