package device

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Priority is who comes first on a line.
type Priority int

// The priorities. What makes a person wait, and what a locked panel waits for, goes
// before anything else.
const (
	PriorityPoll   Priority = iota // reading what happened
	PriorityNormal                 // a flow
	PriorityUrgent                 // brew, lock
)

// LinkOptions says how a Link treats its machine.
type LinkOptions struct {
	Poll      time.Duration
	OnConnect func(ctx context.Context, m Machine, id Identity) error
	OnPoll    func(ctx context.Context, m Machine) error
	OnEvent   func(Event)
	Logger    *slog.Logger
}

// LinkState is how a link stands.
type LinkState string

// LinkHealth is how a link stands, and since when.
type LinkHealth struct {
	State    LinkState
	Since    time.Time
	Err      error
	Identity Identity
}

// Link is the one goroutine that owns a machine's line.
type Link struct{}

// NewLink makes a link.
func NewLink(m Machine, o LinkOptions) *Link { return &Link{} }

// Run owns the machine until ctx ends.
func (l *Link) Run(ctx context.Context) error { return errors.New("not yet") }

// Do runs fn on the machine.
func (l *Link) Do(ctx context.Context, p Priority, fn func(context.Context, Machine) error) error {
	return ErrAway
}

// Wake polls at once.
func (l *Link) Wake() {}

// Health is how the link stands.
func (l *Link) Health() LinkHealth { return LinkHealth{} }
