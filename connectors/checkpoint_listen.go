package connectors

import (
	"fmt"

	"crema/store"
)

// OnOpen has f called when a checkpoint is opened, in that transaction and in the
// order of registration; not when the message of an open one changes. f may only
// enqueue jobs or hang on the commit.
//
// A checkpoint is a fact, whatever it was opened by: f's error does not undo it, nor
// what belongs to it. The error is logged when the checkpoint is on disk, and the
// other subscribers are told all the same. A f that writes more than one thing would
// leave those before its error behind.
func (c *Checkpoints) OnOpen(f func(*store.Tx, Checkpoint) error) {
	c.onOpen = append(c.onOpen, f)
}

// OnReview has f called when a person reviews a checkpoint of this reason ("": of
// any), in the transaction of the review and in the order of registration. f may
// write to the transaction and enqueue jobs; its error undoes the review, which
// somebody asked for.
func (c *Checkpoints) OnReview(reason string, f func(*store.Tx, Checkpoint) error) {
	c.onReview[reason] = append(c.onReview[reason], f)
}

func (c *Checkpoints) tellOpened(tx *store.Tx, p Checkpoint) {
	for _, f := range c.onOpen {
		if err := f(tx, p); err != nil && c.Logger != nil {
			tx.OnCommit(func() {
				c.Logger.Error("a subscriber of checkpoints failed", "checkpoint", p.ID, "backend", p.Backend, "reason", p.Reason, "err", err)
			})
		}
	}
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
