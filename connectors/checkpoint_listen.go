package connectors

import (
	"errors"
	"fmt"

	"crema/store"
)

// CheckpointOpened is the topic of checkpoints that were opened; that the message of an
// open one changed is not told. A checkpoint is a fact, whatever it was opened by: a
// listener that fails undoes neither it nor what belongs to it (see [PublishFact]).
var CheckpointOpened = NewTopic[Checkpoint]("checkpoint", "opened")

// OnReview has f called when a person reviews a checkpoint of this reason ("": of
// any), in the transaction of the review and in the order of registration. f may
// write to the transaction and enqueue jobs; its error undoes the review, which
// somebody asked for.
func (c *Checkpoints) OnReview(reason string, f func(*store.Tx, Checkpoint) error) {
	c.onReview[reason] = append(c.onReview[reason], f)
}

func (c *Checkpoints) tellOpened(tx *store.Tx, p Checkpoint) error {
	if !Heard(c.Events, CheckpointOpened) {
		return nil
	}
	b := Backend{Name: p.Backend}
	if found, err := (Backends{}).Get(tx, p.Backend); err == nil {
		b = found
	} else if !errors.Is(err, ErrNoBackend) {
		return err
	}
	return PublishFact(tx, c.Events, CheckpointOpened, Event[Checkpoint]{Backend: b, At: p.Created, Data: p})
}

func (c *Checkpoints) tellReviewed(tx *store.Tx, p Checkpoint) error {
	for _, reason := range []string{p.Reason, ""} {
		for _, f := range c.onReview[reason] {
			if err := f(tx, p); err != nil {
				return &refusal{id: p.ID, err: err}
			}
		}
	}
	return nil
}

// refusal is a review that a listener undid.
type refusal struct {
	id  uint64
	err error
}

func (r *refusal) Error() string { return fmt.Sprintf("review checkpoint %d: %v", r.id, r.err) }

func (r *refusal) Unwrap() error { return r.err }
