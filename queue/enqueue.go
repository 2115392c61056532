package queue

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"crema/store"
)

// Options vary one job. The zero value is the kind's own defaults.
type Options struct {
	Priority    *int          // 0 (the most urgent) to 1000; nil is the kind's
	Delay       time.Duration // not before so much board time from now
	At          time.Time     // not before this hour of the wall clock, which must be trusted for that; not together with Delay
	Timeout     time.Duration // bounds a run, within the channel's time; 0 is the kind's
	MaxAge      time.Duration // see Kind.MaxAge; 0 is the kind's
	MaxRetries  *int          // runs before an error fails the job; 0 or less is without end, nil the kind's
	Channel     string        // "" is the kind's
	Description string        // "" is the kind's
	IdentityKey string        // at most one job with it waits to start; at most 512 bytes
	// SkipRunning gives, where a job with the IdentityKey runs and none waits to start, that one, instead of adding one follower.
	SkipRunning bool
	Backend     string // name of the backend it is about
	Related     string // what it is about, for the page
	// Parent is done only when this job is terminal. One that is terminal already is not waited for and not linked.
	Parent ID
	// Follows is a job that goes on in this one: whoever waits for that one waits for this one too, and that one itself does if it was
	// enqueued without a parent. Unlike Parent with Job.Root, it is right also for a job that several parents found by its key.
	Follows ID
	// After are jobs that must be done before this one starts; if one fails or is cancelled, this one is cancelled. It is the simple form of
	// a graph: see EnqueueGraph. One that has ended counts at once; one that is gone is an error, ErrNotFound. For a job found by its
	// IdentityKey they do nothing: it keeps its place.
	After []ID
	Batch BatchID // that it counts in, if it is new; 0 is none
	// Env goes with the job to its handler (Job.Env): the language, the time zone, who asked. At most 1 KiB.
	Env map[string]string
	// PullForward brings a job that IdentityKey found, and that waits for its hour, its retry or its parking to end, to now.
	PullForward bool
}

const (
	maxIdentity = 512
	maxEnv      = 1 << 10
	maxPriority = 1000
	longest     = 10 * 365 * 24 * time.Hour // of a wait
)

// Enqueue adds a job in a transaction: it exists if and only if the transaction commits. If a place is free it starts with that commit.
//
// When a job with o.IdentityKey waits to start, its ID is returned and nothing is added; of several the newest. While one runs, what comes gets
// one follower, or with o.SkipRunning the one that runs. It errs with ErrInvalid
// for options out of their range, with ErrFull when the store is nearly full, and with the store's errors.
func Enqueue[A any](tx *store.Tx, q *Queue, k Kind[A], args A, o Options) (ID, error) {
	s, err := prepare(k, args, o)
	if err != nil {
		return 0, err
	}
	id, err := q.enqueue(tx, s, o)
	if err != nil {
		return 0, fmt.Errorf("enqueue %s: %w", k.Name, err)
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

// vary lays the options over the kind's defaults.
func (s *stored) vary(o Options) error {
	if s.Kind == "" {
		return fmt.Errorf("the kind has no name")
	}
	if o.Channel != "" {
		s.Channel = o.Channel
	}
	if s.Channel == "" {
		s.Channel = rootChannel
	}
	var err error
	if s.Channel, err = channelName(s.Channel); err != nil {
		return err
	}
	if o.Priority != nil {
		s.Priority = *o.Priority
	}
	if s.Priority < 0 || s.Priority > maxPriority {
		return fmt.Errorf("priority %d: want 0 to %d", s.Priority, maxPriority)
	}
	if o.MaxRetries != nil {
		s.Max = *o.MaxRetries
	}
	s.Max = max(s.Max, 0)
	if o.Timeout < 0 || o.MaxAge < 0 || s.Timeout < 0 || s.MaxAge < 0 {
		return fmt.Errorf("a time below zero: 0 is the kind's")
	}
	if o.Timeout > 0 {
		s.Timeout = int64(o.Timeout)
	}
	if o.MaxAge > 0 {
		s.MaxAge = int64(o.MaxAge)
	}
	if s.MaxAge == 0 {
		s.MaxAge = int64(defaultMaxAge)
	}
	if o.Delay < 0 || o.Delay > longest {
		return fmt.Errorf("delay %v: want none to %v", o.Delay, longest)
	}
	if !o.At.IsZero() && (o.At.Year() < 1970 || o.At.Year() > 2200) {
		return fmt.Errorf("hour %v: want one of the years 1970 to 2200", o.At)
	}
	if o.Parent != 0 && o.Follows != 0 {
		return fmt.Errorf("a parent and a job to follow together: choose one")
	}
	if o.Delay > 0 && !o.At.IsZero() {
		return fmt.Errorf("a delay and an hour together: choose one")
	}
	if len(o.IdentityKey) > maxIdentity {
		return fmt.Errorf("identity key of %d bytes: want at most %d", len(o.IdentityKey), maxIdentity)
	}
	if o.Description != "" {
		s.Description = shorten(o.Description)
	}
	size := 0
	for k, v := range o.Env {
		size += len(k) + len(v)
	}
	if size > maxEnv {
		return fmt.Errorf("an Env of %d bytes: want at most %d", size, maxEnv)
	}
	s.Env = maps.Clone(o.Env)
	s.Identity, s.Backend, s.Related, s.Batch = o.IdentityKey, o.Backend, o.Related, o.Batch
	return nil
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

// create makes a job that is nowhere yet.
func (e *edit) create(s stored, o Options) (*record, error) {
	if e.q.full.Load() {
		return nil, ErrFull
	}
	if s.Batch != 0 {
		if err := e.joinable(s.Batch); err != nil {
			return nil, err
		}
	}
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
	if !r.waitsToStart() {
		return nil // it runs: SkipRunning found it
	}
	if r.Home == homeAfter && r.Hold != 0 {
		r.Hold, r.HoldWall, r.dirty = 0, false, true
	}
	waits := r.Home == homeTimer || r.Home == homeWall
	if !waits && !r.parked() {
		return nil
	}
	if err := e.leave(r); err != nil {
		return err
	}
	r.Row, r.Alone, r.State = 0, false, StatePending
	return e.admit(r)
}
