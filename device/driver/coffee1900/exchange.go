package coffee1900

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"crema/device"
)

// The manual's times (section 1, "Lines").
const (
	replyTime  = 300 * time.Millisecond // until the last byte of a reply
	writeTime  = 800 * time.Millisecond // the same of WS
	turnaround = 5 * time.Millisecond   // from the LF of a reply to the next request
	byteTime   = time.Second / 960      // of ten bits at 9600 baud
)

const (
	maxTries = 4 // a request and three repeats
	maxTags  = 3 // how often a request that does no harm is made anew with another tag
	// patience bounds the wait for a pause before a request, on a line that never rests.
	patience = time.Second
)

// request is what is asked of the machine, whatever its tag.
type request struct {
	ask    string // command and fields
	within time.Duration
	// accept reads the fields behind OK; its error makes the reply one of wrong form.
	accept func(fields []string) error
	// once is enough: nothing is believed because of this reply.
	once bool
}

// answer is what came of a request.
type answer struct {
	reply     reply
	confirmed bool // two replies agreed
	tries     int  // how often the line was sent; 0: nothing left the house
	lines     int  // how many replies came, good or bad
	wrong     error
}

// errDisagree is two good replies to the same line that are not the same.
var errDisagree = fmt.Errorf("%w: it gives different replies to the same request", device.ErrBadReply)

// exchange sends the request with this tag, and repeats the line until two replies
// agree or it was sent four times. Without a reply the error is device.ErrNoReply, or
// ErrBadReply where what came was wrong each time; one reply that was never confirmed
// is no error. A banner is device.ErrRestarted.
func (m *Machine) exchange(ctx context.Context, tag byte, r request) (answer, error) {
	var a answer
	var first []byte // the reply that waits for another like it
	line := appendRequest(nil, tag, r.ask)
	start := time.Now()
	deadline := later(m.conn.last.Add(turnaround), start.Add(time.Millisecond))
	limit := start.Add(patience) // a line that never rests does not put the next try off for ever
	pause := func() {
		if deadline = m.conn.last.Add(turnaround); deadline.After(limit) {
			deadline = limit
		}
	}
	repeat := func() {
		if a.tries < maxTries {
			pause()
		}
	}
	for {
		raw, err := m.conn.next(ctx, deadline)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if a.tries == maxTries {
				return a, a.outcome(first != nil)
			}
			m.log.Debug("request", "line", string(line), "try", a.tries+1)
			a.tries++ // even where the send fails half way
			if err := m.conn.send(line); err != nil {
				return a, err
			}
			limit = time.Now().Add(time.Duration(len(line))*byteTime + r.within)
			deadline = limit
			continue
		}
		if err != nil {
			return a, err
		}
		rep, err := decodeReply(raw)
		m.log.Debug("reply", "line", string(raw), "error", err)
		switch {
		case err == nil && rep.banner:
			m.restarted()
			return a, device.ErrRestarted
		case a.tries == 0: // a late one; leave the pause behind it too
			pause()
			continue
		case err != nil:
			a.lines++
			a.wrong = err
			repeat()
			continue
		case rep.tag == 0: // our line came to the machine garbled
			a.lines++
			a.wrong = errCheck
			repeat()
			continue
		case rep.tag != tag: // a late one
			continue
		}
		a.lines++
		if rep.code == 0 {
			if err := r.accept(rep.fields); err != nil {
				a.wrong = err
				repeat()
				continue
			}
		}
		switch {
		case first == nil:
			first, a.reply = bytes.Clone(raw), rep
			if r.once && rep.code == 0 {
				return a, nil
			}
			repeat()
		case bytes.Equal(first, raw):
			a.confirmed = true
			return a, nil
		default:
			// One of the two is noise, and nobody knows which.
			return a, errDisagree
		}
	}
}

// outcome is what a request comes to that was sent as often as it may.
func (a *answer) outcome(replied bool) error {
	switch {
	case replied:
		return nil
	case a.wrong != nil:
		return fmt.Errorf("%w: %w", device.ErrNoReply, a.wrong)
	}
	return device.ErrNoReply
}

// do asks for what may be asked again: a reading, or a change that is the same twice.
// It returns what of the machine's error codes is true, device errors by name. changes
// says that an error after the first byte leaves the outcome unknown.
func (m *Machine) do(ctx context.Context, r request, changes bool) error {
	if m.conn == nil {
		return device.ErrAway
	}
	err := error(nil)
	sent := false
	for n := range maxTags {
		var a answer
		a, err = m.exchange(ctx, m.freshTag(), r)
		sent = sent || a.tries > 0
		switch {
		case err == nil && a.reply.code != 0 && a.confirmed:
			err = refusal(a.reply.code)
			// A request that came to the machine changed by noise, its check right by
			// chance, is refused for what nobody asked. Once more, then.
			if n == 0 && (a.reply.code == codeUnknown || a.reply.code == codeField) {
				continue
			}
			return err
		case err == nil && (a.confirmed || r.once && a.reply.code == 0):
			return nil
		case err == nil:
			err = fmt.Errorf("%w: its only reply could not be confirmed", device.ErrNoReply)
			continue
		case errors.Is(err, device.ErrNoReply) && a.lines > 0, errors.Is(err, errDisagree):
			continue // it is there, the line is bad
		}
		break // lost, restarted, cancelled, or silent
	}
	return m.ended(err, changes && sent)
}

// ended closes a line that is gone, and says where an outcome is unknown.
func (m *Machine) ended(err error, unknown bool) error {
	if errors.Is(err, device.ErrLineLost) {
		_ = m.Close() // the loss is the error
	}
	if unknown {
		err = fmt.Errorf("%w: %w", device.ErrOutcomeUnknown, err)
	}
	return err
}

// freshTag is 01 to FF and round again: never the one before.
func (m *Machine) freshTag() byte {
	m.tag = m.tag%255 + 1
	return m.tag
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
