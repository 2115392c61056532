package connectors

import (
	"errors"
	"fmt"

	"crema/store"
)

// Answer is something that a person can have done about a checkpoint, which closes it; to
// review it does nothing of that.
type Answer struct {
	Name  string // a fixed word, "book"
	Label string // what it does, on a button: "Book them"
	Value string // what must be said with it, "Internal reference of the drink"; "": nothing
}

// ErrAnswer means that an answer does not fit the checkpoint, or its value the answer.
var ErrAnswer = errors.New("that is no answer to this checkpoint")

type answering struct {
	Answer
	do func(tx *store.Tx, p Checkpoint, value string) error
}

// OnAnswer lets a person answer checkpoints of a reason. do does it in the transaction that
// closes the checkpoint; its error undoes that. It is called before use.
func (c *Checkpoints) OnAnswer(reason string, a Answer, do func(tx *store.Tx, p Checkpoint, value string) error) {
	if c.answers == nil {
		c.answers = map[string][]answering{}
	}
	c.answers[reason] = append(c.answers[reason], answering{a, do})
}

// Answers are what a person can answer to an open checkpoint, in the order of registration.
func (c *Checkpoints) Answers(p Checkpoint) []Answer {
	if p.State != CheckpointOpen {
		return nil
	}
	var all []Answer
	for _, a := range c.answers[p.Reason] {
		all = append(all, a.Answer)
	}
	return all
}

// Answer does what a person has answered, by is who that is, if it is known, and closes the
// checkpoint as reviewed. What listens to reviews is not told. ErrNoCheckpoint; ErrReviewed
// when it is closed; ErrAnswer; ErrPerson; else what keeps it from being done.
func (c *Checkpoints) Answer(tx *store.Tx, id uint64, name, value, by string) error {
	by, err := person(by)
	if err != nil {
		return err
	}
	p, err := c.stillOpen(tx, id)
	if err != nil {
		return err
	}
	for _, a := range c.answers[p.Reason] {
		if a.Name != name {
			continue
		}
		if (a.Value == "") != (value == "") {
			return fmt.Errorf("%q to checkpoint %d with the value %.100q: %w", name, id, value, ErrAnswer)
		}
		if err := a.do(tx, p, value); err != nil {
			return fmt.Errorf("answer %q to checkpoint %d: %w", name, id, err)
		}
		p.State, p.Closed, p.ReviewedBy = CheckpointReviewed, c.now().UTC(), by
		return end(tx, p)
	}
	return fmt.Errorf("%q to checkpoint %d: %w", name, id, ErrAnswer)
}
