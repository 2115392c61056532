package connectors

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// CheckpointState is whether a checkpoint still waits for somebody.
type CheckpointState string

// The states of a checkpoint. There is no way back to open: what is wrong again
// opens another one.
const (
	CheckpointOpen     CheckpointState = "open"     // a person must look at it
	CheckpointReviewed CheckpointState = "reviewed" // a person did
	CheckpointResolved CheckpointState = "resolved" // its cause went away by itself, or a rule settled it
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
	// Assignee is who shall look at it, a name or a mail address; empty for nobody.
	Assignee string `json:"assignee,omitempty"`
	// Created is when it was opened, by the wall clock as far as it was known.
	Created time.Time `json:"created"`
	// Closed is when it was reviewed or resolved, by the same clock; zero while it is
	// open, and where a version of crema closed it that did not keep it.
	Closed time.Time `json:"closed,omitzero"`
	// ReviewedBy is who reviewed it, a name or where it was done; empty if nobody did.
	ReviewedBy string `json:"reviewed_by,omitempty"`
}

// What is refused about a checkpoint.
var (
	// ErrNoCheckpoint means that there is none of that id, or no longer.
	ErrNoCheckpoint = errors.New("there is no such checkpoint")
	// ErrReviewed means that it is closed already.
	ErrReviewed = errors.New("the checkpoint is closed already")
	// ErrPerson means that a text can't be whom a checkpoint is assigned to, or was reviewed by.
	ErrPerson = errors.New("a person is named in one line of at most 100 characters")
)

func (p Checkpoint) check() error {
	switch {
	case p.Reason == "":
		return errors.New("a checkpoint needs a reason")
	case p.Record == "" && p.Message == "":
		return fmt.Errorf("checkpoint %q needs a record or a message", p.Reason)
	}
	return nil
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

// person is a name without the space around it.
func person(name string) (string, error) {
	name = strings.TrimSpace(name)
	unprintable := strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
	if unprintable || !utf8.ValidString(name) || utf8.RuneCountInString(name) > 100 {
		return "", fmt.Errorf("%.100q: %w", name, ErrPerson)
	}
	return name, nil
}
