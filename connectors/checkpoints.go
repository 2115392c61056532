package connectors

import (
	"fmt"
	"time"

	"crema/store"
)

// KeepClosed is how many closed checkpoints are kept: those that were closed last.
const KeepClosed = 1000

var (
	checkpoints = store.NewBucket[uint64, Checkpoint]("connectors.checkpoints", store.Uint64Key())
	// By number, so that the open ones are listed without reading years of closed ones.
	checkpointsOpen = store.NewBucket[uint64, struct{}]("connectors.checkpoints.open", store.Uint64Key())
	// In the order in which they were closed, so that the first to be forgotten is found at once.
	checkpointsClosed = store.NewBucket[uint64, uint64]("connectors.checkpoints.closed", store.Uint64Key())
	// By what they are about: this makes the open one of a subject the only one.
	checkpointSubjects = store.NewBucket[string, uint64]("connectors.checkpoints.subject", store.StringKey())
	// The newest closed one of each subject, for those that are only noted.
	checkpointNewest = store.NewBucket[string, uint64]("connectors.checkpoints.newest", store.StringKey())
	checkpointCounts = store.NewBucket[string, int]("connectors.checkpoints.count", store.StringKey())
)

// Checkpoints keeps the checkpoints and whoever wants to know of them. Set it up
// before use; after that it is safe for concurrent use.
type Checkpoints struct {
	// Now gives a checkpoint its times; nil means time.Now.
	Now func() time.Time
	// Events are told of each checkpoint that is opened, see [CheckpointOpened]; nil: nobody is.
	Events *Events

	onReview map[string][]func(*store.Tx, Checkpoint) error
	answers  map[string][]answering
}

// NewCheckpoints makes a Checkpoints without listeners.
func NewCheckpoints() *Checkpoints {
	return &Checkpoints{onReview: map[string][]func(*store.Tx, Checkpoint) error{}}
}

// OpenCheckpoint opens a checkpoint and returns its id. Of one backend, model,
// record and reason there is at most one open: a second one gives it its message and
// returns its id, and where the message is the same nothing is written. ID, State
// and, when zero, Created are filled in; it is nobody's until [Checkpoints.Assign].
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
	if p, err = c.begun(tx, p); err != nil {
		return 0, err
	}
	p.State = CheckpointOpen
	if err := checkpoints.Put(tx, p.ID, p); err != nil {
		return 0, err
	}
	if err := checkpointsOpen.Put(tx, p.ID, struct{}{}); err != nil {
		return 0, err
	}
	if err := checkpointSubjects.Put(tx, p.subject(), p.ID); err != nil {
		return 0, err
	}
	if err := count(tx, countOpen, 1); err != nil {
		return 0, err
	}
	return p.ID, c.tellOpened(tx, p)
}

// begun gives a new checkpoint its number and its time.
func (c *Checkpoints) begun(tx *store.Tx, p Checkpoint) (_ Checkpoint, err error) {
	if p.ID, err = checkpoints.Next(tx); err != nil {
		return p, err
	}
	if p.Created.IsZero() {
		p.Created = c.now()
	}
	p.Created, p.Closed, p.Assignee, p.ReviewedBy = p.Created.UTC(), time.Time{}, "", ""
	return p, nil
}

// Get returns one checkpoint; ErrNoCheckpoint when there is none.
func (c *Checkpoints) Get(tx *store.Tx, id uint64) (Checkpoint, error) {
	p, found, err := checkpoints.Get(tx, id)
	if err == nil && !found {
		err = fmt.Errorf("checkpoint %d: %w", id, ErrNoCheckpoint)
	}
	return p, err
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

// Assign says who shall look at an open checkpoint, by name or mail address; "" is
// nobody. ErrNoCheckpoint; ErrReviewed when it is closed; ErrPerson.
func (c *Checkpoints) Assign(tx *store.Tx, id uint64, to string) error {
	p, err := c.stillOpen(tx, id)
	if err != nil {
		return err
	}
	if p.Assignee, err = person(to); err != nil {
		return err
	}
	return checkpoints.Put(tx, id, p)
}

// stillOpen returns a checkpoint that something is to be done to.
func (c *Checkpoints) stillOpen(tx *store.Tx, id uint64) (Checkpoint, error) {
	p, err := c.Get(tx, id)
	if err == nil && p.State != CheckpointOpen {
		err = fmt.Errorf("checkpoint %d is %s: %w", id, p.State, ErrReviewed)
	}
	return p, err
}

func (c *Checkpoints) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}
