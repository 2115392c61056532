package queue

import (
	"slices"
	"time"

	"crema/store"
)

// ageing is what a point of priority is worth: 30 s of waiting.
const ageing = 30 * time.Second

// admit sends a job that waits for nothing any more to its place: at once if one is free, else into the line.
func (e *edit) admit(r *record) error {
	if !e.q.taking.Load() {
		return e.move(r, homeReady)
	}
	p, err := e.q.places(e.tx)
	if err != nil {
		return err
	}
	if err := e.list(r); err != nil {
		return err
	}
	if e.chosen(r) && !r.Alone && p.free(r.Channel) && !p.busy[r.Identity] && readyBucket.Empty(e.tx) {
		mine, err := e.inTurn(r, p.channels)
		if err != nil {
			return err
		}
		switch {
		case mine && e.heldBack(r) != "":
			return e.putAside(r)
		case mine:
			return e.start(r, p)
		}
	}
	if err := e.move(r, homeReady); err != nil {
		return err
	}
	if !p.free(r.Channel) && !r.Alone {
		return nil // it has to wait, and nobody else waited for it
	}
	return e.claimInto(p)
}

// claim starts what can start.
func (e *edit) claim() error {
	if !e.q.taking.Load() || readyBucket.Empty(e.tx) {
		return nil
	}
	p, err := e.q.places(e.tx)
	if err != nil {
		return err
	}
	return e.claimInto(p)
}

// claimLast has claim run before the commit, once for all runs that freed places in it.
func (q *Queue) claimLast(tx *store.Tx, r *run) error {
	m, err := q.memory(tx)
	if err != nil {
		return err
	}
	if r.worker.ahead && !slices.Contains(m.ahead, r.stored.Channel) {
		m.ahead = append(m.ahead, r.stored.Channel)
	}
	tx.BeforeCommit(q, func(tx *store.Tx) error {
		e := q.edit(tx)
		if err := e.claim(); err != nil {
			return err
		}
		for _, channel := range m.ahead {
			if err := e.lookAhead(channel); err != nil {
				return err
			}
		}
		return e.end()
	})
	return nil
}

func (e *edit) claimInto(p *places) error {
	for {
		r, wanted, err := e.nextAlone(p)
		switch {
		case err != nil:
			return err
		case r == nil && wanted:
			return nil
		case r == nil:
			return e.fill(p)
		}
		if err := e.start(r, p); err != nil {
			return err
		}
	}
}

// fill starts what can start beside others.
func (e *edit) fill(p *places) error {
	heads, err := e.heads(p)
	for len(heads) > 0 && err == nil {
		best := 0
		for i, h := range heads {
			if earlier(h, heads[best]) {
				best = i
			}
		}
		h := heads[best]
		if !p.free(h.A) { // what started since has taken its place
			heads = slices.Delete(heads, best, best+1)
			continue
		}
		following, more := e.after(h)
		r, err := e.candidate(h, p)
		if err != nil {
			return err
		}
		if r != nil {
			if err := e.start(r, p); err != nil {
				return err
			}
		}
		if more && p.channels.sequence(h.A) == "" {
			heads[best] = following
		} else {
			heads = slices.Delete(heads, best, best+1)
		}
	}
	return err
}

// started makes the record that of a run that begins now.
func (s *stored) started(c Clock) {
	s.State = StateStarted
	s.Lease++
	s.Attempt++
	s.Started, s.Began = c.Now().UnixNano(), int64(c.Board())
	s.Boot = c.BootID()
}

// start gives r a place. The handler begins after the commit.
func (e *edit) start(r *record, p *places) error {
	r.started(e.q.clock)
	if err := e.move(r, homeRun); err != nil {
		return err
	}
	p.take(occupant{alone: r.Alone, channel: r.Channel, identity: r.Identity})
	if err := e.throttle(r, p); err != nil {
		return err
	}
	e.begun = append(e.begun, r)
	return nil
}
