package connectors

import (
	"errors"
	"fmt"
	"log/slog"

	"crema/queue"
	"crema/store"
)

// Events is who listens to what. It is filled by [Listen] at start-up, checked once by
// [Events.Validate], and only read from then on; then it is safe for concurrent use. To
// publish to a nil *Events is to publish to nobody.
type Events struct {
	queue       *queue.Queue
	checkpoints *Checkpoints
	log         *slog.Logger
	byTopic     map[topicID][]hearer
	all         []hearer // in the order of their registration
}

// hearer is a listener with its type erased.
type hearer interface {
	place() *seat
	form() string
	whole() bool
}

// ListenerInfo says who listens to what, and how often since the program started.
type ListenerInfo struct {
	Topic    string // "cup made"
	Listener string
	Kind     string // of the backends that it hears of; "" for all
	// Of what it heard: Called went well, Skipped was none of its business, Failed ended in
	// an error or a panic.
	Called, Skipped, Failed uint64
}

// NewEvents makes an Events without listeners, whose jobs go to q. What goes wrong with a
// fact is told by c and log; log may be nil.
func NewEvents(q *queue.Queue, c *Checkpoints, log *slog.Logger) *Events {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Events{queue: q, checkpoints: c, log: log, byTopic: map[topicID][]hearer{}}
}

// Validate reports everything that is wrong with the listeners, all of it joined: a name
// that is empty or given twice for one topic, a topic of two types, a missing function.
// Call it once, after the last [Listen].
func (ev *Events) Validate() error {
	if ev == nil {
		return nil
	}
	var errs []error
	for i, l := range ev.all {
		at := l.place()
		if at.name == "" {
			errs = append(errs, fmt.Errorf("a listener of %q has no name", at.topic))
		}
		if !l.whole() {
			errs = append(errs, fmt.Errorf("the listener %q of %q has no function, or a condition without one", at.name, at.topic))
		}
		for _, other := range ev.all[:i] {
			if other.place().topic != at.topic {
				continue
			}
			if other.place().name == at.name {
				errs = append(errs, fmt.Errorf("two listeners of %q have one name, %q: rename one", at.topic, at.name))
			}
			if other.form() != l.form() {
				errs = append(errs, fmt.Errorf("one topic, two types: the listener %q of %q is a %s, the listener %q a %s",
					other.place().name, at.topic, other.form(), at.name, l.form()))
			}
		}
	}
	return errors.Join(errs...)
}

// List says who listens to what, in the order of registration.
func (ev *Events) List() []ListenerInfo {
	if ev == nil {
		return nil
	}
	list := make([]ListenerInfo, len(ev.all))
	for i, l := range ev.all {
		list[i] = l.place().info()
	}
	return list
}

// tellFailed says that a listener failed over a fact, in the fact's commit.
func (ev *Events) tellFailed(tx *store.Tx, of *seat, backend string, why error) error {
	_, err := ev.checkpoints.OpenCheckpoint(tx, Checkpoint{Backend: backend, Model: of.topic.model, Record: of.name, Reason: ReasonListenerFailed,
		Message: fmt.Sprintf("%q was told of %q and failed: %s. What it would have started then is not done, and is not tried again. Have it mended, do by hand what is missing, and review this.",
			of.name, of.topic, said(why))})
	tx.OnCommit(func() {
		of.failed.Add(1)
		ev.log.Error("a listener failed", "listener", of.name, "topic", of.topic.String(), "backend", backend, "error", why)
	})
	return err
}
