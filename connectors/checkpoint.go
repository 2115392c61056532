package connectors

import (
	"errors"
	"fmt"
	"time"
)

// CheckpointState is whether a checkpoint still waits for somebody.
type CheckpointState string

// The states of a checkpoint. There is no way back to open: what is wrong again
// opens another one.
const (
	CheckpointOpen     CheckpointState = "open"     // a person must look at it
	CheckpointReviewed CheckpointState = "reviewed" // a person did
	CheckpointResolved CheckpointState = "resolved" // its cause went away by itself
)

// Checkpoint is something a person must review: a record, or only a message.
type Checkpoint struct {
	ID uint64 `json:"id,string"`
	// Backend, Model and Record say what it is about; each may be empty.
	Backend string `json:"backend"`
	Model   string `json:"model"`
	Record  string `json:"record"`
	// Reason is a short, fixed word for what is wrong, "no_slot_free"; listeners and
	// the rule of one open checkpoint go by it.
	Reason string `json:"reason"`
	// Message says to people what is wrong and what to do.
	Message string          `json:"message"`
	State   CheckpointState `json:"state"`
	// Created is when it was opened, by the wall clock as far as it was known.
	Created time.Time `json:"created"`
}

// What is refused about a checkpoint.
var (
	// ErrNoCheckpoint means that there is none of that id, or no longer.
	ErrNoCheckpoint = errors.New("there is no such checkpoint")
	// ErrReviewed means that it is closed already.
	ErrReviewed = errors.New("the checkpoint is closed already")
)

func (c Checkpoint) check() error {
	switch {
	case c.Reason == "":
		return errors.New("a checkpoint needs a reason")
	case c.Record == "" && c.Message == "":
		return fmt.Errorf("checkpoint %q needs a record or a message", c.Reason)
	}
	return nil
}
