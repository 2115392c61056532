package connectors_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/store"

	"github.com/google/go-cmp/cmp"
)

// Subscribers hear of what is opened, whose it is, once, and what they enqueue commits with it. A checkpoint is
// a fact: one that fails, or panics, undoes nothing, even where it fails over the checkpoint about its own failure.
func TestCheckpointOpened(t *testing.T) {
	b, c := newBoard(t), newCheckpoints()
	b.events = connectors.NewEvents(b.q.Queue, c, slog.New(slog.NewTextHandler(&b.log, nil)))
	c.Events = b.events
	queue.Register(b.q.Queue, sendKind, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
	mail := func(_ *store.Tx, e connectors.Event[connectors.Checkpoint], out *connectors.Outbox) error {
		if e.Data.ID == 0 || e.Data.State != connectors.CheckpointOpen || e.At != noon {
			t.Errorf("told of %+v", e)
		}
		return connectors.Enqueue(out, sendKind, e.Backend.Name+" "+e.Data.Reason, queue.Options{})
	}
	connectors.Listen(b.events, connectors.CheckpointOpened, nil, "panics", func(*store.Tx, connectors.Event[connectors.Checkpoint], *connectors.Outbox) error {
		panic("no mail server")
	})
	connectors.Listen(b.events, connectors.CheckpointOpened, nil, "mail", mail)
	connectors.Listen(b.events, connectors.CheckpointOpened, cooker, "cookers", mail)
	s := b.q.Store
	update(t, s, func(tx *store.Tx) error { return connectors.Backends{}.Put(tx, kitchen) })
	undo := errors.New("undo")
	if err := s.Update(t.Context(), func(tx *store.Tx) error {
		_, err := c.OpenCheckpoint(tx, connectors.Checkpoint{Backend: "kitchen", Record: "undone", Reason: "r"})
		return errors.Join(err, undo)
	}); !errors.Is(err, undo) {
		t.Error(err)
	}
	for _, message := range []string{"a", "a", "b"} {
		openCheckpoint(t, s, c, connectors.Checkpoint{Backend: "kitchen", Record: "0", Reason: "panel", Message: message})
	}
	openCheckpoint(t, s, c, connectors.Checkpoint{Reason: "restored", Message: "of no backend"})
	update(t, s, func(tx *store.Tx) error {
		_, err := c.Note(tx, connectors.Checkpoint{Backend: "kitchen", Record: "noted", Reason: "r"})
		return err
	})
	want := []string{" listener_failed", " restored", "kitchen listener_failed", "kitchen listener_failed", "kitchen panel", "kitchen panel"}
	got := b.jobs()
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("enqueued (-want +got):\n%s", diff)
	}
	if n := openCount(t, s, c); n != 4 { // two, and one about the listener for each of their backends
		t.Errorf("%d are open", n)
	}
	if !strings.Contains(b.log.String(), "no mail server") {
		t.Errorf("the log: %s", &b.log)
	}
}
