package connectors

import (
	"fmt"
	"strconv"
	"time"

	"crema/store"
)

// KeepClosed is how many closed checkpoints are kept: the newest.
const KeepClosed = 1000

var (
	checkpoints = store.NewBucket[uint64, Checkpoint]("connectors.checkpoints", store.Uint64Key())
	// By number, so that the open ones are listed without reading years of closed ones.
	checkpointsOpen = store.NewBucket[uint64, struct{}]("connectors.checkpoints.open", store.Uint64Key())
	// By what they are about: this makes the open one of a subject the only one.
	checkpointSubjects = store.NewBucket[string, uint64]("connectors.checkpoints.subject", store.StringKey())
	checkpointCounts   = store.NewBucket[string, int]("connectors.checkpoints.count", store.StringKey())
)

// Checkpoints keeps the checkpoints and whoever wants to know of a review. Set it
// up before use; after that it is safe for concurrent use.
type Checkpoints struct {
	// Now gives a checkpoint its time; nil means time.Now.
	Now       func() time.Time
	listeners map[string][]func(*store.Tx, Checkpoint) error
}

// NewCheckpoints makes a Checkpoints without listeners.
func NewCheckpoints() *Checkpoints {
	return &Checkpoints{listeners: map[string][]func(*store.Tx, Checkpoint) error{}}
}

// OnReview has f called when a person reviews a checkpoint of this reason ("": of
// any), in the transaction of the review and in the order of registration. f may
// write to the transaction and enqueue jobs; its error undoes the review.
func (c *Checkpoints) OnReview(reason string, f func(*store.Tx, Checkpoint) error) {
	c.listeners[reason] = append(c.listeners[reason], f)
}

// OpenCheckpoint opens a checkpoint and returns its id. Of one backend, model,
// record and reason there is at most one open: a second one gives it its message and
// returns its id, and where the message is the same nothing is written. ID, State
// and, when zero, Created are filled in.
func (c *Checkpoints) OpenCheckpoint(tx *store.Tx, p Checkpoint) (uint64, error) {
	if err := p.check(); err != nil {
		return 0, err
	}
	id, found, err := checkpointSubjects.Get(tx, p.subject())
	if err != nil {
		return 0, err
	}
	if found {
		old, err := c.Get(tx, id)
		if err != nil || old.Message == p.Message {
			return id, err
		}
		old.Message = p.Message
		return id, checkpoints.Put(tx, id, old)
	}
	if p.ID, err = checkpoints.Next(tx); err != nil {
		return 0, err
	}
	if p.Created.IsZero() {
		p.Created = c.now()
	}
	p.State, p.Created = CheckpointOpen, p.Created.UTC()
	if err := checkpoints.Put(tx, p.ID, p); err != nil {
		return 0, err
	}
	if err := checkpointsOpen.Put(tx, p.ID, struct{}{}); err != nil {
		return 0, err
	}
	if err := checkpointSubjects.Put(tx, p.subject(), p.ID); err != nil {
		return 0, err
	}
	return p.ID, count(tx, countOpen, 1)
}

// Get returns one checkpoint; ErrNoCheckpoint when there is none.
func (c *Checkpoints) Get(tx *store.Tx, id uint64) (Checkpoint, error) {
	p, found, err := checkpoints.Get(tx, id)
	if err == nil && !found {
		err = fmt.Errorf("checkpoint %d: %w", id, ErrNoCheckpoint)
	}
	return p, err
}

// Review closes a checkpoint for a person, and tells the listeners.
// ErrNoCheckpoint; ErrReviewed when it is closed already, by whomever.
func (c *Checkpoints) Review(tx *store.Tx, id uint64) error {
	p, err := c.Get(tx, id)
	if err != nil {
		return err
	}
	if p.State != CheckpointOpen {
		return fmt.Errorf("checkpoint %d is %s: %w", id, p.State, ErrReviewed)
	}
	p.State = CheckpointReviewed
	if err := closeCheckpoint(tx, p); err != nil {
		return err
	}
	for _, reason := range []string{p.Reason, ""} {
		for _, f := range c.listeners[reason] {
			if err := f(tx, p); err != nil {
				return fmt.Errorf("review checkpoint %d: %w", id, err)
			}
		}
	}
	return nil
}

// ResolveCheckpoint closes the open checkpoint of a subject whose cause went away,
// and tells nobody. Where there is none nothing is written.
func (c *Checkpoints) ResolveCheckpoint(tx *store.Tx, backend, model, record, reason string) error {
	subject := Checkpoint{Backend: backend, Model: model, Record: record, Reason: reason}.subject()
	id, found, err := checkpointSubjects.Get(tx, subject)
	if err != nil || !found {
		return err
	}
	p, err := c.Get(tx, id)
	if err != nil {
		return err
	}
	p.State = CheckpointResolved
	return closeCheckpoint(tx, p)
}

// IsOpen reports whether a subject has an open checkpoint.
func (c *Checkpoints) IsOpen(tx *store.Tx, backend, model, record, reason string) bool {
	return checkpointSubjects.Has(tx, Checkpoint{Backend: backend, Model: model, Record: record, Reason: reason}.subject())
}

// Open returns how many checkpoints are open, without reading them.
func (c *Checkpoints) Open(tx *store.Tx) (int, error) {
	n, _, err := checkpointCounts.Get(tx, countOpen)
	return n, err
}

// List returns up to limit checkpoints, oldest first, from the one behind after on
// (0: from the first): only open ones, only closed ones, or all with a nil open.
// next is the after of the next page, 0 at the end. A page has at least one
// checkpoint where there is one.
func (c *Checkpoints) List(tx *store.Tx, open *bool, after uint64, limit int) (list []Checkpoint, next uint64, err error) {
	for p, err := range c.walk(tx, open, after) {
		if err != nil {
			return nil, 0, err
		}
		if len(list) >= max(limit, 1) {
			return list, next, nil
		}
		list, next = append(list, p), p.ID
	}
	return list, 0, nil
}

// subject is what a checkpoint is about, as one text. Quoting keeps the parts apart
// whatever is in them.
func (p Checkpoint) subject() string {
	var b []byte
	for _, s := range []string{p.Backend, p.Model, p.Record, p.Reason} {
		b = append(strconv.AppendQuote(b, s), ' ')
	}
	return string(b)
}

func (c *Checkpoints) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}
