package connectors

import "time"

// Topic is what listeners listen to: something that happens to records of a model, with
// the Go type E of what is told of it. It is a value, declared once as a package variable
// and shared by those who publish and those who listen.
type Topic[E any] struct{ id topicID }

// topicID is a topic with its type erased.
type topicID struct{ model, name string }

func (id topicID) String() string { return id.model + " " + id.name }

// NewTopic makes a topic: "cup" "made". It panics when model or name is empty.
func NewTopic[E any](model, name string) Topic[E] {
	if model == "" || name == "" {
		panic("connectors: a topic needs a model and a name")
	}
	return Topic[E]{topicID{model, name}}
}

// String returns "cup made".
func (t Topic[E]) String() string { return t.id.String() }

// Event is one thing that happened.
type Event[E any] struct {
	// Backend is the one that it happened to, or for.
	Backend Backend
	// Origin is the name of the backend whose import caused it, "" for none: what came from
	// there need not be sent there (see [NoEcho]).
	Origin string
	// At is when it happened, by the wall clock as far as that was known.
	At time.Time
	// Trust is how far At can be believed: "trusted", "estimated" or "untrusted", as the
	// board's clock says it; "" where nobody knows.
	Trust string
	Data  E
}

// RecordEvent is what the record topics tell: [Created], [Written], [Deleted].
type RecordEvent[R any] struct {
	// ID is the record's in its own model: an odoo id, or an external one.
	ID string
	// Fields are those that a write changed; nil: all may have.
	Fields []string
	// Record is the record as it is now; a deleted one as it was last.
	Record R
}

// Created is the topic of records of a model that are new.
func Created[R any](model string) Topic[RecordEvent[R]] {
	return NewTopic[RecordEvent[R]](model, "created")
}

// Written is the topic of records of a model that were changed.
func Written[R any](model string) Topic[RecordEvent[R]] {
	return NewTopic[RecordEvent[R]](model, "written")
}

// Deleted is the topic of records of a model that are gone, or archived.
func Deleted[R any](model string) Topic[RecordEvent[R]] {
	return NewTopic[RecordEvent[R]](model, "deleted")
}
