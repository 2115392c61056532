package coffee

import (
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/store"
	"crema/store/storetest"
)

// A storm of hints is one run that waits; what changes nothing at a machine is no run.
func TestHints(t *testing.T) {
	s := storetest.Open(t)
	clock := &testClock{wall: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC), board: time.Hour, trust: ledger.TimeTrusted, boot: "boot-1"}
	q, err := queue.New(s, clock, queue.Config{})
	if err != nil {
		t.Fatal(err)
	}
	m := newMachines(t, connectors.Environment{Store: s, Queue: q}, Deps{Clock: clock, Open: func(*connectors.Work) (device.Machine, error) {
		return fake1900{newFakeMachine(&world{t: t, clock: clock}, "1900")}, nil
	}}, recordOf("lobby", "1900", map[string]string{"pos": "Lobby"}))
	if id, err := m.d.Hint(t.Context(), "lobby", connectors.Hint{Model: "maintenance.request", ID: 1}); id != 0 || err != nil {
		t.Errorf("a request's hint leads to job %v, %v", id, err)
	}
	var first queue.ID
	for i := range 1000 {
		id, err := m.d.Hint(t.Context(), "lobby", connectors.Hint{Model: catalogueModels[i%len(catalogueModels)], ID: int64(i + 1)})
		if first = max(first, id); err != nil || id == 0 || id != first {
			t.Fatalf("hint %d leads to job %v, %v; the first was %v", i, id, err, first)
		}
	}
	if err := s.View(func(tx *store.Tx) error {
		jobs, _, err := q.List(tx, queue.Filter{Limit: 10})
		if len(jobs) != 1 || jobs[0].Kind != CatalogueKind.Name {
			t.Errorf("1,000 hints are %d jobs: %+v", len(jobs), jobs)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
