package queue

import (
	"encoding/json"
	"fmt"
	"time"

	"crema/store"
)

// Enqueue adds a job in a transaction: it exists if and only if the transaction commits. If a place is free it starts with that commit.
//
// When a job with o.IdentityKey waits to start, its ID is returned and nothing is added; of several the newest. While one runs, what comes gets
// one follower, or with o.SkipRunning the one that runs. It errs with ErrInvalid
// for options out of their range, with ErrNotFound for a job of o.After that is gone, with ErrFull when the store is nearly full, all of which
// leave the transaction as it was; with ErrCycle, and with the store's errors, after which it must not be committed.
func Enqueue[A any](tx *store.Tx, q *Queue, k Kind[A], args A, o Options) (ID, error) {
	p, err := Prepare(k, args, o)
	if err != nil {
		return 0, err
	}
	return q.Add(tx, p)
}

// Prepared is a job whose arguments and options were found good, and that is not in the store. It may be added any number of times.
type Prepared struct {
	s stored
	o Options
}

// Prepare is the first half of Enqueue, for who collects jobs before a transaction takes them: it errs with ErrInvalid as Enqueue does.
func Prepare[A any](k Kind[A], args A, o Options) (Prepared, error) {
	s, err := prepare(k, args, o)
	return Prepared{s, o}, err
}

// Add is the second half of Enqueue. It errs as Enqueue does; with ErrInvalid for nothing but a batch that takes no jobs.
func (q *Queue) Add(tx *store.Tx, p Prepared) (ID, error) {
	id, err := q.enqueue(tx, p.s, p.o)
	if err != nil {
		return 0, fmt.Errorf("enqueue %s: %w", p.s.Kind, err)
	}
	return id, nil
}

// prepare makes the record of a job that is not in the store.
func prepare[A any](k Kind[A], args A, o Options) (stored, error) {
	raw, err := json.Marshal(args)
	if err != nil {
		return stored{Kind: k.Name}, fmt.Errorf("enqueue %s: %w: arguments: %w", k.Name, ErrInvalid, err)
	}
	s := stored{Kind: k.Name, Version: k.Version, Args: raw, Channel: k.Channel, Priority: k.Priority, Max: k.MaxRetries,
		Timeout: int64(k.Timeout), MaxAge: int64(k.MaxAge)}
	if k.Describe != nil && o.Description == "" {
		s.Description = shorten(k.Describe(args))
	}
	if s.Priority == 0 {
		s.Priority = defaultPriority
	}
	if s.Max == 0 {
		s.Max = defaultMaxRetries
	}
	if err := s.vary(o); err != nil {
		return s, fmt.Errorf("enqueue %s: %w: %w", k.Name, ErrInvalid, err)
	}
	return s, nil
}

func (q *Queue) enqueue(tx *store.Tx, s stored, o Options) (ID, error) {
	e := q.edit(tx)
	r, err := e.identical(s.Identity, o.SkipRunning)
	if err != nil {
		return 0, err
	}
	if r == nil {
		if r, err = e.add(s, o); err != nil {
			return 0, err
		}
	} else if o.PullForward {
		if err := e.pullForward(r); err != nil {
			return 0, err
		}
	}
	if err := e.relate(r, o); err != nil {
		return 0, err
	}
	if len(o.After) > 0 {
		if err := e.claim(); err != nil {
			return 0, err
		}
	}
	if o.Parent != 0 || o.Follows != 0 {
		if err := e.claimKin(); err != nil {
			return 0, err
		}
	}
	return r.id, e.end()
}

// relate links a job to those that wait for it.
func (e *edit) relate(r *record, o Options) error {
	if o.Parent != 0 {
		if err := e.link(o.Parent, r); err != nil {
			return err
		}
	}
	if o.Follows != 0 {
		return e.follow(o.Follows, r)
	}
	return nil
}

// identical finds the newest job with the key that waits to start, or else, if running will do, that is open.
func (e *edit) identical(key string, running bool) (found *record, err error) {
	if key == "" {
		return nil, nil
	}
	for k := range identBucket.Prefix(e.tx, store.Leading(store.StringKey(), key)) {
		r, err := e.load(k.B)
		if err != nil {
			return nil, err
		}
		if r == nil {
			continue
		}
		if r.waitsToStart() || running && (found == nil || !found.waitsToStart()) {
			found = r
		}
	}
	return found, nil
}

func (e *edit) add(s stored, o Options) (*record, error) {
	if err := e.acceptable(s); err != nil {
		return nil, err
	}
	for _, id := range o.After { // before anything is written
		if _, err := e.existing(id); err != nil {
			return nil, err
		}
	}
	r, err := e.create(s, o)
	if err != nil {
		return nil, err
	}
	if len(o.After) > 0 {
		return r, e.placeAfter(r, o)
	}
	now, board := e.q.clock.Now(), e.q.clock.Board()
	switch {
	case o.Delay > 0:
		r.Due = int64(board + o.Delay)
		return r, e.move(r, homeTimer)
	case !o.At.IsZero() && !(e.q.clock.Trusted() && !o.At.After(now)):
		r.Due = o.At.UnixNano()
		return r, e.move(r, homeWall)
	}
	return r, e.admit(r)
}

// acceptable says why no such job can be added now; nothing is written by then.
func (e *edit) acceptable(s stored) error {
	if e.q.full.Load() {
		return ErrFull
	}
	if s.Batch != 0 {
		return e.joinable(s.Batch)
	}
	return nil
}

// create makes a job that is nowhere yet.
func (e *edit) create(s stored, o Options) (*record, error) {
	s.Kid = o.Parent != 0 || o.Follows != 0
	n, err := jobsBucket.Next(e.tx)
	if err != nil {
		return nil, err
	}
	now, board := e.q.clock.Now(), e.q.clock.Board()
	s.State = StatePending
	s.Created, s.Born, s.Since = now.UnixNano(), int64(board), int64(board)
	s.Order = int64(board + time.Duration(s.Priority)*ageing)
	if len(s.Args) > inlineArgs {
		if err := argsBucket.Put(e.tx, ID(n), s.Args); err != nil {
			return nil, err
		}
		s.Args, s.Apart, s.ArgsSize = nil, true, len(s.Args)
	}
	r := &record{stored: s, id: ID(n), dirty: true}
	e.hold(r)
	return r, nil
}

// pullForward brings a job that waits for an hour to now, and ends its parking. One that waits for others waits for them alone.
func (e *edit) pullForward(r *record) error {
	parked := r.parked()
	waited, err := e.wakeUp(r)
	if err != nil || !waited {
		return err
	}
	if err := e.admit(r); err != nil || !parked {
		return err
	}
	return e.claim() // others waited for it to be tried alone
}

// wakeUp takes a job out of its wait; false says that it was in none.
func (e *edit) wakeUp(r *record) (bool, error) {
	if !r.waitsToStart() {
		return false, nil // it runs: SkipRunning found it
	}
	if r.Home == homeAfter && r.Hold != 0 {
		r.Hold, r.HoldWall, r.dirty = 0, false, true
	}
	waits := r.Home == homeTimer || r.Home == homeWall
	if !waits && !r.parked() {
		return false, nil
	}
	if err := e.leave(r); err != nil {
		return false, err
	}
	r.Row, r.Alone, r.State = 0, false, StatePending
	return true, nil
}
