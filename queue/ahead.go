package queue

import (
	"context"
	"slices"

	"crema/store"
)

// A kind with Ahead has its jobs begun as soon as a handler of their channel returns, while the commit that ends that one, and that gives
// them its place, is still on its way to the disk. On a card, where a commit takes 10 ms, so many quick jobs more fit into each.
//
// For this the queue remembers, from the commit before, which jobs are next in the channels in which some of them ran (Queue.ahead). What
// happened to one of them since is seen in the commit: if it still waits there it has the place, else its handler, which may have begun,
// is cancelled, and can commit nothing.
//
// It is only done where no job can mind the one before: in channels in which several run at a time anyway, at each level, and which
// neither are sequential nor throttled.

// aheadMost bounds what is remembered of one channel.
const aheadMost = 64

// mayBeAhead gives how many jobs of a channel are worth remembering, 0 for none.
func (p *places) mayBeAhead(channel string) int {
	if p.channels.sequence(channel) != "" || p.alone {
		return 0
	}
	most := aheadMost
	for _, name := range ancestors(channel) {
		n := p.channels.limit(name)
		if n != unlimited && n < 2 || p.channels.throttle(name) > 0 || p.paused[name] {
			return 0
		}
		if n != unlimited {
			most = min(most, 2*n)
		}
	}
	return most
}

// lookAhead remembers the next jobs of a channel.
func (e *edit) lookAhead(channel string) error {
	p, err := e.q.places(e.tx)
	if err != nil {
		return err
	}
	var next []*record
	if most := p.mayBeAhead(channel); most > 0 && e.q.taking.Load() && !e.aloneWaits() {
		rival, err := e.rival(p, channel)
		if err != nil {
			return err
		}
		for k := range readyBucket.Prefix(e.tx, store.Leading(store.StringKey(), channel)) {
			if rival != nil && earlier(*rival, k) {
				break
			}
			s, ok, err := jobsBucket.Get(e.tx, k.C)
			if err != nil {
				return err
			}
			r := &record{stored: s, id: k.C, was: s.State}
			w, known := e.q.kinds.get(s.Kind)
			if !ok || !known || !w.ahead || !e.chosen(r) || e.heldBack(r) != "" || s.Identity != "" {
				break // those behind it don't overtake it; and of one identity key only a commit can tell that none runs
			}
			if next = append(next, r); len(next) == most {
				break
			}
		}
	}
	e.tx.OnCommit(func() { e.q.remember(channel, next) })
	return nil
}

// rival gives the first job of the other channels that would get a place of this one, if it came free; nil for none. No job of this one that
// comes after it is begun ahead, or a line that never ends would keep the other channels from starting.
func (e *edit) rival(p *places, channel string) (first *readyKey, err error) {
	for k := range e.lines() {
		if k.A == channel || !p.rivals(k.A, channel) {
			continue
		}
		if sequence := p.channels.sequence(k.A); sequence != "" {
			r, err := e.turn(sequence)
			if err != nil {
				return nil, err
			}
			if r == nil || r.Home != homeReady {
				continue
			}
			k = r.readyKey()
		}
		if first == nil || earlier(k, *first) {
			first = &k
		}
	}
	return first, nil
}

// rivals tells whether a job of a channel waits for nothing but a place that one of the other channel has.
func (p *places) rivals(channel, other string) bool {
	full := false
	for _, name := range ancestors(channel) {
		n := p.channels.limit(name)
		taken := n != unlimited && p.used[name] >= n
		if p.stopped(name) || taken && !within(other, name) {
			return false
		}
		full = full || taken
	}
	return full && p.throttledUntil(channel) == 0
}

// aloneWaits tells whether a job is to be tried alone.
func (e *edit) aloneWaits() bool {
	for range readyBucket.Prefix(e.tx, store.Leading(store.StringKey(), "")) {
		return true
	}
	return false
}

func (q *Queue) remember(channel string, next []*record) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(next) == 0 {
		delete(q.ahead, channel)
		return
	}
	q.ahead[channel] = next
}

// forgetAhead takes out what a commit has changed.
func (q *Queue) forgetAhead(changed []*record) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.ahead) == 0 {
		return
	}
	for _, c := range changed {
		if next := q.ahead[c.Channel]; next != nil {
			q.ahead[c.Channel] = slices.DeleteFunc(next, func(r *record) bool { return r.id == c.id })
		}
	}
}

// forgetAllAhead is for commits that change what may start: nothing begins any more that was next before.
func (q *Queue) forgetAllAhead() {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.ahead)
}

// takeAhead gives the hand of a run whose handler has returned the run that takes its place, or nil.
func (r *run) takeAhead() *run {
	if r.leaseLost() {
		return nil // whether it has a place to hand on only its commit knows
	}
	q := r.q
	q.mu.Lock()
	defer q.mu.Unlock()
	next := q.ahead[r.stored.Channel]
	for len(next) > 0 && q.live[next[0].id] != nil {
		next = next[1:]
	}
	if len(next) == 0 || !q.active || q.current != r.session {
		return nil
	}
	rec := next[0]
	q.ahead[r.stored.Channel] = next[1:]
	w, ok := q.kinds.get(rec.Kind)
	if !ok {
		return nil
	}
	rec.started(q.clock)
	rec.Home = homeRun
	b := q.newRunLocked(rec, w)
	b.early = true
	b.session.wg.Add(1)
	return b
}

// placeEarly gives this run its place if it was begun ahead and the commit that was to do that came to nothing.
func (r *run) placeEarly(tx *store.Tx) error {
	if !r.early || r.leaseLost() {
		return nil
	}
	e := r.q.edit(tx)
	if err := e.placeAhead(r); err != nil {
		return err
	}
	return e.end()
}

// placeAhead gives places to what was begun ahead: to this run, where the commit before it came to nothing, and to the one after it.
func (r *run) placeAhead(tx *store.Tx) error {
	if !r.early && r.next == nil {
		return nil
	}
	e := r.q.edit(tx)
	for _, b := range []*run{r, r.next} {
		if b == nil || !b.early {
			continue
		}
		if err := e.placeAhead(b); err != nil {
			return err
		}
	}
	return e.end()
}

func (e *edit) placeAhead(b *run) error {
	r, err := e.load(b.id)
	if err != nil || r == nil || r.Lease >= b.stored.Lease {
		return err // it has its place, or had it: another commit was first
	}
	p, err := e.q.places(e.tx)
	if err != nil {
		return err
	}
	if r.Home == homeReady && !r.Alone {
		return e.start(r, p)
	}
	e.tx.OnCommit(func() { b.lose(ErrLeaseLost) })
	if !r.State.Terminal() || runBucket.Has(e.tx, r.id) {
		return nil
	}
	// Ended by hand. Its handler goes on for now, so the place is taken until that returns, as with every job that is ended so.
	o := occupant{epoch: e.q.epoch.Load(), channel: r.Channel, identity: r.Identity}
	p.take(o)
	return runBucket.Put(e.tx, r.id, o.encode())
}

// newRunLocked makes a run of a job that has a place, or is to get one; q.mu is held and the session active.
func (q *Queue) newRunLocked(rec *record, w *worker) *run {
	s := q.current
	ctx, cancel := context.WithCancelCause(s.ctx)
	r := &run{q: q, session: s, id: rec.id, info: rec.info(rec.id, q.clock), stored: rec.stored, worker: w, ctx: ctx, cancel: cancel,
		inRow: rec.Row > 0 || rec.Alone}
	q.live[rec.id] = r
	return r
}
