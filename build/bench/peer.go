package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Peer is a durable queue under measure. Its methods are safe for concurrent use.
type Peer interface {
	// Enqueue adds a job and returns when it is on the disk.
	Enqueue(ctx context.Context, p Payload) error
	// EnqueueAll adds many, as fast as the peer can, and returns when all are on the disk.
	EnqueueAll(ctx context.Context, ps []Payload) error
	// Work handles jobs until ctx ends, and returns when no handler goes on. It can be
	// called once. ErrNoWork means that there is nothing to work with.
	Work(ctx context.Context, h Handler) error
	// Stats gives the figures that only the peer knows.
	Stats() Stats
	Close() error
}

// ErrNoWork: the peer only keeps, it is no queue.
var ErrNoWork = errors.New("bare storage: it runs no jobs")

// A Handler is told of the jobs. Both functions are called from many goroutines.
type Handler struct {
	Begin func(Payload) // it is the job
	Done  func(n int)   // so many more will never come again: that is on the disk
}

// Stats are a peer's own figures.
type Stats struct {
	Commits uint64 // since it was opened; 0 where unknown
}

// An entrant is a peer that can be opened.
type entrant struct {
	name string
	// open opens what is in dir, made if need be, to work with so many places.
	open func(dir string, places int) (Peer, error)
	// bare is storage alone: it can enqueue.
	bare bool
	// own is crema's: not the best of the others.
	own bool
}

var entrants = []entrant{
	{name: "bolt-defaults", open: openBoltDefaults, bare: true},
	{name: "bolt", open: openBoltAsCrema, bare: true},
	{name: "crema", open: openCrema, own: true},
	{name: "crema-key", open: openCremaKey, own: true},
	{name: "jetstream", open: openJetStream},
	{name: "river", open: openRiver},
	{name: "goqite", open: openGoqite},
}

// choose finds entrants by name, all for "".
func choose(names string) ([]entrant, error) {
	if names == "" {
		return entrants, nil
	}
	var chosen []entrant
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(entrants, func(e entrant) bool { return e.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no peer is called %q: see go doc crema/build/bench", name)
		}
		chosen = append(chosen, entrants[i])
	}
	return chosen, nil
}
