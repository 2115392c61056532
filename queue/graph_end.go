package queue

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// tellDependents tells those that come after an ended job, and those that end with that. It loops where it could call itself: a graph may
// be deep.
func (e *edit) tellDependents(r *record) error {
	e.ended = append(e.ended, r)
	if e.telling {
		return nil
	}
	e.telling = true
	for len(e.ended) > 0 {
		first := e.ended[0]
		e.ended = e.ended[1:]
		if err := e.tellOf(first); err != nil {
			return err
		}
	}
	e.telling = false
	return nil
}

func (e *edit) tellOf(r *record) error {
	for k, raw := range edgeBucket.Prefix(e.tx, leading(r.id)) {
		bits := bitsOf(raw)
		d, err := e.load(k.B)
		if err != nil {
			return err
		}
		if d == nil || d.State != StateWaitDependencies || bits&waived != 0 {
			continue // it ended, or was started by hand
		}
		if bits.forbids(r.State) {
			if err := e.blame(d, incoming{r, bits}); err != nil {
				return err
			}
			continue
		}
		d.Waits--
		d.dirty = true
		if d.Waits > 0 {
			continue
		}
		if err := e.letGo(d); err != nil {
			return err
		}
	}
	return nil
}

// letGo sends a job that waits for no other any more to the line, or to wait for its hour. Whoever ends the edit lets what is in line start.
func (e *edit) letGo(r *record) error {
	now, board := e.q.clock.Now(), e.q.clock.Board()
	r.State, r.Waits = StatePending, 0
	r.Since = int64(board)
	to := homeReady
	switch {
	case r.HoldWall && !(e.q.clock.Trusted() && r.Hold <= now.UnixNano()):
		to = homeWall
	case !r.HoldWall && r.Hold > int64(board):
		to = homeTimer
	}
	if err := e.leave(r); err != nil {
		return err
	}
	r.Due = r.Hold
	if to == homeReady {
		r.Due = 0
	}
	return e.enter(r, to)
}

// blame cancels a job for the end of one that it comes after.
func (e *edit) blame(r *record, by incoming) error {
	r.Blame = by.on.id
	r.Skipped = skips(by.on)
	return e.terminate(r, StateCancelled, reason(by.on))
}

// skips tells whether those that are cancelled for r's end are so since their branch was not taken.
func skips(r *record) bool { return r.State == StateDone || r.State == StateCancelled && r.Skipped }

// reason says why those that wanted another end of r are cancelled. In a row of them all name the first cause.
func reason(r *record) string {
	switch {
	case r.State == StateDone:
		return fmt.Sprintf("job %s was done, this was for its failure", r.id)
	case r.Blame != 0:
		return r.Error
	case r.State == StateFailed:
		return fmt.Sprintf("job %s failed: %s", r.id, excerpt(r.Error))
	}
	return fmt.Sprintf("job %s was cancelled: %s", r.id, excerpt(r.Error))
}

// excerpt is enough of an error to know it by; many jobs may bear it.
func excerpt(s string) string {
	const most = 200
	s, _, _ = strings.Cut(s, "\n")
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
