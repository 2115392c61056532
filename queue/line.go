package queue

import (
	"fmt"
	"iter"
	"math"
	"slices"

	"crema/store"
)

// nextAlone finds a parked job whose hour has come. Nothing else starts while it waits for the others to end: wanted.
func (e *edit) nextAlone(p *places) (r *record, wanted bool, err error) {
	for k := range readyBucket.Prefix(e.tx, store.Leading(store.StringKey(), "")) {
		r, err := e.candidate(k, nil)
		if err != nil {
			return nil, false, err
		}
		if r == nil || !p.open(r.Channel) {
			continue
		}
		if mine, err := e.inTurn(r, p.channels); err != nil {
			return nil, false, err
		} else if !mine {
			continue
		}
		if p.total > p.stuck {
			return nil, true, nil
		}
		return r, true, nil
	}
	return nil, false, nil
}

// heads gives the first of each channel that has a place, and of each sequential one the job whose turn it is.
func (e *edit) heads(p *places) (heads []readyKey, err error) {
	var sequences []string
	for k := range e.lines() {
		if !p.free(k.A) {
			continue
		}
		sequence := p.channels.sequence(k.A)
		if sequence == "" {
			heads = append(heads, k)
		} else if !slices.Contains(sequences, sequence) {
			sequences = append(sequences, sequence)
			if heads, err = e.addTurn(heads, sequence, p); err != nil {
				return nil, err
			}
		}
	}
	return heads, nil
}

// lines gives the first of each channel's line, channel by channel; those that are to be tried alone stand in none.
func (e *edit) lines() iter.Seq[readyKey] {
	return func(yield func(readyKey) bool) {
		from := readyKey{B: math.MinInt64}
		for more := true; more; {
			more = false
			for k := range readyBucket.From(e.tx, from) {
				if k.A != "" && !yield(k) {
					return
				}
				// Names have no zero byte, so this is before every channel that comes after k's.
				from, more = readyKey{A: k.A + "\x00", B: math.MinInt64}, true
				break
			}
		}
	}
}

// earlier tells whether a is to start before b, of whatever channels they are.
func earlier(a, b readyKey) bool { return a.B < b.B || a.B == b.B && a.C < b.C }

// addTurn adds the job whose turn it is in a sequential channel, if it can start.
func (e *edit) addTurn(heads []readyKey, sequence string, p *places) ([]readyKey, error) {
	r, err := e.turn(sequence)
	if err != nil || r == nil || r.Home != homeReady || r.Alone || !p.free(r.Channel) {
		return heads, err
	}
	return append(heads, r.readyKey()), nil
}

// after gives the one that stands behind k in its channel.
func (e *edit) after(k readyKey) (readyKey, bool) {
	for following := range readyBucket.From(e.tx, readyKey{A: k.A, B: k.B, C: k.C + 1}) {
		return following, following.A == k.A
	}
	return readyKey{}, false
}

// candidate loads the job that stands at k if it may start, apart from places: followers wait, unknown kinds are put aside.
func (e *edit) candidate(k readyKey, p *places) (*record, error) {
	r, err := e.load(k.C)
	if err != nil {
		return nil, err
	}
	if r == nil || r.Home != homeReady {
		e.q.log.Warn("line held a job that does not wait", "job", k.C)
		return nil, readyBucket.Delete(e.tx, k)
	}
	if !e.chosen(r) {
		return nil, nil
	}
	if e.heldBack(r) != "" {
		return nil, e.putAside(r)
	}
	if p != nil && r.Identity != "" && p.busy[r.Identity] {
		return nil, nil
	}
	return r, nil
}

// chosen tells whether Perform, if that is what runs the queue, runs r.
func (e *edit) chosen(r *record) bool { return e.q.chosen.Load().takes(r.id, &r.stored) }

// heldBack says why no worker of this program can run r; empty when one can.
func (e *edit) heldBack(r *record) string {
	k, ok := e.q.kinds.get(r.Kind)
	switch {
	case !ok:
		return "unknown kind"
	case r.Version > k.version:
		return fmt.Sprintf("arguments of version %d, this program knows %s up to %d", r.Version, r.Kind, k.version)
	}
	return ""
}

func (e *edit) putAside(r *record) error {
	r.Error = e.heldBack(r)
	r.Class = classOf(r.Error)
	r.State = StatePending
	r.notice = NoticeHeld
	e.q.log.Warn("job held back", "job", r.id, "kind", r.Kind, "why", r.Error)
	return e.move(r, homeHeld)
}
