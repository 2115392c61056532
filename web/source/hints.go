package source

import (
	"context"

	"crema/connectors"
	"crema/store"
	"crema/web"
)

// Hints turns what the queue tells into hints for the page until ctx ends.
func (p *Parts) Hints(ctx context.Context) error {
	jobs, stopJobs := p.Queue.Watch()
	defer stopJobs()
	notices, stopNotices := p.Queue.WatchNotices()
	defer stopNotices()
	batches, stopBatches := p.Queue.WatchBatches()
	defer stopBatches()
	for {
		select {
		case <-ctx.Done():
			return nil
		case i := <-jobs:
			p.Events.Publish(web.Event{Type: "job", ID: id(uint64(i.ID)), Backend: i.Backend, State: string(i.State)})
		case n := <-notices:
			p.Events.Publish(web.Event{Type: "notice", ID: id(uint64(n.ID)), Backend: n.Backend})
		case b := <-batches:
			p.Events.Publish(web.Event{Type: "batch", ID: id(uint64(b.ID)), State: string(b.State)})
		}
	}
}

// CheckpointHints has the opening of checkpoints told as hints for the page.
func CheckpointHints(listeners *connectors.Events, events *web.Hub) {
	connectors.Listen(listeners, connectors.CheckpointOpened, nil, "page", func(tx *store.Tx, e connectors.Event[connectors.Checkpoint], _ *connectors.Outbox) error {
		tx.OnCommit(func() { events.Publish(checkpointHint(e.Data)) })
		return nil
	})
}

// MachineHints turns what the machines' connector tells of changes into hints for the page. Its words are its own; all but
// cups are a machine's to whoever looks at it.
func MachineHints(events *web.Hub) func(what, backend string) {
	return func(what, backend string) {
		e := web.Event{Type: "machine", Backend: backend}
		if what == "cups" {
			e.Type = "cup"
		}
		events.Publish(e)
	}
}
