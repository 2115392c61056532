package connectors

import (
	"fmt"
	"slices"
	"sync/atomic"

	"crema/store"
)

// Listener is told of an event in the transaction of its publisher. tx only reads; what
// is to be done is enqueued through out, if the listener returns nil. It may run more than
// once for one event, as every function of an Update, and touches nothing but its
// arguments; what memory must learn goes in tx.OnCommit. It must not wait for a network, a
// machine or a person.
type Listener[E any] func(tx *store.Tx, e Event[E], out *Outbox) error

// ListenOption says which events of its topic a listener does not want.
type ListenOption[E any] func(*listening[E])

// SkipIf has the listener not called where cond is true. Given more than once, each
// condition is enough.
func SkipIf[E any](cond func(Event[E]) bool) ListenOption[E] {
	return func(l *listening[E]) { l.skip = append(l.skip, cond) }
}

// NoEcho has the listener not called where the event comes from the backend that it is
// about: a listener that exports to the event's backend does not send back what was just
// imported from there. It is an option of [Listen].
func NoEcho[E any](l *listening[E]) {
	l.skip = append(l.skip, func(e Event[E]) bool { return e.Origin != "" && e.Origin == e.Backend.Name })
}

// Listen has f told of what is published to a topic about backends of a kind, or a
// version of it; nil: about any. Listeners are called in the order in which they
// registered. name tells them apart, and is unique in a topic; [Events.Validate] says so.
func Listen[E any](ev *Events, topic Topic[E], kind *Kind, name string, f Listener[E], opts ...ListenOption[E]) {
	l := &listening[E]{seat: seat{topic: topic.id, kind: kind, name: name}, call: f}
	for _, opt := range opts {
		opt(l)
	}
	ev.all = append(ev.all, l)
	ev.byTopic[topic.id] = append(ev.byTopic[topic.id], l)
}

// listening is a listener with the Go type of its events.
type listening[E any] struct {
	seat
	call Listener[E]
	skip []func(Event[E]) bool
}

// seat is what all listeners have, whatever they listen to.
type seat struct {
	topic topicID
	kind  *Kind
	name  string

	called, skipped, failed atomic.Uint64
}

func (s *seat) place() *seat { return s }

func (s *seat) info() ListenerInfo {
	i := ListenerInfo{Topic: s.topic.String(), Listener: s.name, Called: s.called.Load(), Skipped: s.skipped.Load(), Failed: s.failed.Load()}
	if s.kind != nil {
		i.Kind = s.kind.String()
	}
	return i
}

// wants tells whether the listener hears of backends of this kind.
func (s *seat) wants(k *Kind) bool { return s.kind == nil || k.Is(s.kind) }

// form is the listener's Go type, for messages and to tell two types apart.
func (l *listening[E]) form() string { return fmt.Sprintf("%T", l.call) }

// whole tells whether all functions are there.
func (l *listening[E]) whole() bool {
	return l.call != nil && !slices.ContainsFunc(l.skip, func(cond func(Event[E]) bool) bool { return cond == nil })
}

// skips tells whether a condition says that the event is none of the listener's business.
func (l *listening[E]) skips(e Event[E]) bool {
	return slices.ContainsFunc(l.skip, func(cond func(Event[E]) bool) bool { return cond(e) })
}
