package queue

import (
	"fmt"
	"maps"
	"time"
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
