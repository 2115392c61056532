package connectors

import (
	"errors"
	"fmt"

	"crema/queue"
	"crema/store"
)

// ReasonListenerFailed is the reason of the checkpoint about a listener that failed over a
// fact; its record is the listener's name.
const ReasonListenerFailed = "listener_failed"

// Heard tells whether anybody listens to a topic. It costs a look into a map, and saves
// the making of an event that nobody wants.
func Heard[E any](ev *Events, topic Topic[E]) bool { return ev != nil && len(ev.byTopic[topic.id]) > 0 }

// Publish tells the listeners of something that somebody asked for, in its transaction. The
// first that fails ends it, and its error undoes what was asked for: the function
// given to Update has to return it.
func Publish[E any](tx *store.Tx, ev *Events, topic Topic[E], e Event[E]) error {
	if !Heard(ev, topic) {
		return nil
	}
	for _, h := range ev.byTopic[topic.id] {
		if _, err := tell(tx, ev, h, e); err != nil {
			// Not in OnCommit: this transaction commits no more, nor is its function run again.
			h.place().failed.Add(1)
			return err
		}
	}
	return nil
}

// PublishFact tells the listeners of something that is so, whatever they say: a cup that a
// machine has made. One that fails, or panics, loses what it had put into its [Outbox]; a
// checkpoint and the log tell of it, and the others are called all the same. An error is
// the store's.
func PublishFact[E any](tx *store.Tx, ev *Events, topic Topic[E], e Event[E]) error {
	if !Heard(ev, topic) {
		return nil
	}
	for _, h := range ev.byTopic[topic.id] {
		broken, err := tell(tx, ev, h, e)
		if err != nil && !broken {
			err = ev.tellFailed(tx, h.place(), e.Backend.Name, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tell calls one listener, unless the event is none of its business, and enqueues what it
// wanted. broken says that the transaction can't be committed any more.
func tell[E any](tx *store.Tx, ev *Events, h hearer, e Event[E]) (broken bool, err error) {
	at := h.place()
	l, ok := h.(*listening[E])
	if !ok {
		return false, fmt.Errorf("one topic, two types: the listener %q of %q is a %s, what is published is a %T", at.name, at.topic, h.form(), e)
	}
	if !at.wants(e.Backend.Kind) {
		return false, nil
	}
	out, count := new(Outbox), &at.called
	err = tx.View(func(tx *store.Tx) error {
		if l.skips(e) {
			count = &at.skipped
			return nil
		}
		return l.call(tx, e, out)
	})
	if err == nil {
		// A full queue leaves the transaction as it was; nothing else can be wrong with jobs
		// that were prepared, but for the store.
		err = out.deliver(tx, ev.queue)
		broken = err != nil && !errors.Is(err, queue.ErrFull)
	}
	var damaged *store.DamagedError
	switch {
	case err == nil:
		tx.OnCommit(func() { count.Add(1) })
		return false, nil
	case errors.Is(err, store.ErrView):
		err = fmt.Errorf("%w: a listener writes nothing, it enqueues through its Outbox", err)
	case errors.Is(err, store.ErrFailed), errors.As(err, &damaged):
		broken = true
	}
	return broken, fmt.Errorf("listener %q of %q: %w", at.name, at.topic, err)
}
