package main

import (
	"bytes"
	"regexp"
)

// A tail keeps the end of what is written to it, and of a program of Go that crashes the reason as well: all that its goroutines are
// in stands behind that.
type tail struct {
	limit   int // in bytes
	text    []byte
	reason  []byte
	reasons int // how many bytes of the reason are kept
}

// crash is where a program of Go says why it does.
var crash = regexp.MustCompile(`(?m)^(panic|fatal error): `)

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if t.reason != nil {
		t.reason = append(t.reason, p...)
	} else if at := crash.FindIndex(t.text); at != nil {
		t.reason = bytes.Clone(t.text[at[0]:])
	}
	t.reason = t.reason[:min(len(t.reason), t.reasons)]
	t.text = t.text[max(0, len(t.text)-t.limit):]
	return len(p), nil
}

func (t *tail) String() string {
	if bytes.Contains(t.text, t.reason) {
		return string(t.text)
	}
	return string(t.reason) + "\n…\n" + string(t.text)
}
