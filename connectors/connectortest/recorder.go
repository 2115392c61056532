package connectortest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"crema/connectors"
	"crema/store"
)

// Recorder keeps the events of one topic. It is safe for concurrent use.
type Recorder[E any] struct {
	mu  sync.Mutex
	got []connectors.Event[E]
}

// Record listens to a topic, about all backends. Call it as [connectors.Listen], before
// anything is published.
func Record[E any](t testing.TB, ev *connectors.Events, topic connectors.Topic[E]) *Recorder[E] {
	r := new(Recorder[E])
	name := fmt.Sprintf("recorder %d of %s", len(ev.List()), t.Name())
	connectors.Listen(ev, topic, nil, name, func(tx *store.Tx, e connectors.Event[E], _ *connectors.Outbox) error {
		tx.OnCommit(func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.got = append(r.got, e)
		})
		return nil
	})
	return r
}

// Got returns the events whose transactions were committed, each once, in their order.
func (r *Recorder[E]) Got() []connectors.Event[E] {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}
