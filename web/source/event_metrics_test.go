package source

import (
	"errors"
	"log/slog"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// TestEventMetrics: each listener has what it was called for, what it skipped, and where
// it failed.
func TestEventMetrics(t *testing.T) {
	p, h := newParts(t, queue.Config{})
	if got := scrape(t, h)["crema_events_total"]; sum(got) != 0 {
		t.Errorf("without listeners: %v", got)
	}
	p.Listeners = connectors.NewEvents(p.Queue, p.Checkpoints, slog.New(slog.DiscardHandler))
	made := connectors.NewTopic[int]("cup", "made")
	connectors.Listen(p.Listeners, made, nil, "odd", func(_ *store.Tx, e connectors.Event[int], _ *connectors.Outbox) error {
		if e.Data == 5 {
			return errors.New("five")
		}
		return nil
	}, connectors.SkipIf(func(e connectors.Event[int]) bool { return e.Data%2 == 0 }))
	for n := range 6 {
		if err := p.Store.Update(t.Context(), func(tx *store.Tx) error {
			return connectors.PublishFact(tx, p.Listeners, made, connectors.Event[int]{Backend: connectors.Backend{Name: "kitchen"}, Data: n})
		}); err != nil {
			t.Fatal(err)
		}
	}
	got := scrape(t, h)["crema_events_total"]
	for result, want := range map[string]float64{"called": 2, "skipped": 3, "failed": 1} {
		if n := sum(got, "topic", "cup made", "listener", "odd", "result", result); n != want {
			t.Errorf("%s = %g, want %g", result, n, want)
		}
	}
}
