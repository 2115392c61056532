package source

import (
	"context"
	"testing"

	"crema/connectors"
	"crema/queue"
)

type goneAlready struct{}

func (goneAlready) Delete(context.Context, string) error { return connectors.ErrNotInBackend }

// TestRecordMetrics: what was synchronised is counted by backend, model and outcome.
func TestRecordMetrics(t *testing.T) {
	p, h := newParts(t, queue.Config{})
	p.Host = nil
	if got := scrape(t, h)["crema_records_total"]; sum(got) != 0 {
		t.Errorf("without a host: %v", got)
	}
	p.Host = connectors.NewHost(&connectors.Environment{Store: p.Store})
	w := connectors.NewWork(p.Host.Environment, connectors.Backend{Name: "kitchen"})
	for range 3 {
		if _, err := (connectors.RecordDeleter{Work: w, Model: "slot", Remote: goneAlready{}}).Delete(t.Context(), "7"); err != nil {
			t.Fatal(err)
		}
	}
	if n := sum(scrape(t, h)["crema_records_total"], "backend", "kitchen", "model", "slot", "outcome", "deleted"); n != 3 {
		t.Errorf("deleted = %g, want 3", n)
	}
}
