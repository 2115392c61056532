package connectors

import (
	"fmt"

	"crema/store"
)

// Topic tells its listeners that something happened, E, in the transaction in which
// it did. It is set up before use, and then safe for concurrent use.
type Topic[E any] struct {
	name      string
	listeners []listener[E]
}

type listener[E any] struct {
	name string
	f    func(*store.Tx, E) error
}

// NewTopic makes a topic; its name is for errors: "cup read".
func NewTopic[E any](name string) *Topic[E] { return &Topic[E]{name: name} }

// Listen has f called for every event, in the order of registration. f may write to
// the transaction and enqueue jobs, and may run more than once for one event, since
// transactions may; it reaches no machine and no network. name is for errors.
func (t *Topic[E]) Listen(name string, f func(*store.Tx, E) error) {
	t.listeners = append(t.listeners, listener[E]{name: name, f: f})
}

// Ask publishes a change that somebody asked for: the first listener that fails
// ends it, and its error, returned, undoes the change.
func (t *Topic[E]) Ask(tx *store.Tx, e E) error {
	for _, l := range t.listeners {
		if err := l.f(tx, e); err != nil {
			return fmt.Errorf("%s: %s: %w", t.name, l.name, err)
		}
	}
	return nil
}

// Tell publishes a fact, something that has happened already, at a machine: every
// listener is called, and the errors of those that failed are returned for the caller
// to report. They must not undo the transaction that keeps the fact, so that a
// listener should fail before it writes.
func (t *Topic[E]) Tell(tx *store.Tx, e E) []error {
	var errs []error
	for _, l := range t.listeners {
		if err := l.f(tx, e); err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", t.name, l.name, err))
		}
	}
	return errs
}
