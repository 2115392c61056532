package coffee1900

import (
	"bytes"
	"context"
	"time"
)

// hello2900 is the HELLO that the manual of the Coffee 2900 gives as its example. It
// changes nothing in one but the session, and nobody else has a session on this line; to
// a 1900 it is noise, there being no '>' in it. Only to say which machine is on the wrong
// backend: the driver speaks to none.
const hello2900 = "\x7e\x01\x00\xa3\x00\x01\x01\x65crema\x02\x81\x01\x0b\x96\x7e"

// reply2900 is how a reply to it begins, up to a map of eight; and what comes next in it
// and names the model, a text of four octets under key 1.
const (
	reply2900 = "\x7e\x02\x00\xa8"
	model2900 = "\x01\x64"
)

// foreignTime is how long a 2900 may take for its reply.
const foreignTime = 400 * time.Millisecond

// foreign asks who is there of a line on which no 1900 answers, and returns the model of
// another machine, "" where none is heard.
func (m *Machine) foreign(ctx context.Context) string {
	if m.conn.send([]byte(hello2900)) != nil {
		return ""
	}
	var heard []byte
	deadline := time.Now().Add(foreignTime)
	for ctx.Err() == nil && len(heard) < 4*maxLine {
		if m.conn.fill(deadline) != nil {
			return ""
		}
		heard = append(heard, m.conn.rest...)
		if model := modelIn(heard); model != "" {
			return model
		}
	}
	return ""
}

// modelIn finds the model that a 2900, or one of its kin, tells.
func modelIn(heard []byte) string {
	const n = 4
	_, body, found := bytes.Cut(heard, []byte(reply2900))
	body, named := bytes.CutPrefix(body, []byte(model2900))
	if !found || !named || len(body) < n {
		return ""
	}
	for _, c := range body[:n] {
		if c <= ' ' || c > '~' {
			return ""
		}
	}
	return string(body[:n])
}
