package source

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/store"
	"crema/web"
)

// What the API says of checkpoints is what the framework keeps, and what it is told gets there.
func TestCheckpoints(t *testing.T) {
	p, h := newParts(t, queue.Config{})
	p.Checkpoints.Events = connectors.NewEvents(p.Queue, p.Checkpoints, nil)
	CheckpointHints(p.Checkpoints.Events, p.Events)
	away := errors.New("the machine is away")
	p.Checkpoints.OnReview("panel", func(_ *store.Tx, c connectors.Checkpoint) error {
		if c.Record == "7" {
			return away
		}
		return nil
	})
	hints, stop := p.Events.Watch()
	defer stop()
	open := func(c connectors.Checkpoint) {
		t.Helper()
		if err := p.Store.Update(t.Context(), func(tx *store.Tx) error { _, err := p.Checkpoints.OpenCheckpoint(tx, c); return err }); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 120 {
		open(connectors.Checkpoint{Backend: "attic", Model: "slot", Record: fmt.Sprint(i), Reason: "panel", Message: fmt.Sprintf("Slot %d is off", i)})
		if e := <-hints; e.Type != "checkpoint" || e.ID != web.ID(fmt.Sprint(i+1)) || e.Backend != "attic" || e.State != web.CheckpointOpen {
			t.Errorf("hint %+v", e)
		}
	}
	open(connectors.Checkpoint{Reason: "restored", Message: "The store is an older one"})

	if c := answer[web.Checkpoint](t, h, "POST", "/api/v1/checkpoints/3/assign", map[string]string{"to": "ann@example.com"}, http.StatusOK); c.Assignee != "ann@example.com" || c.State != web.CheckpointOpen {
		t.Errorf("assigned: %+v", c)
	}
	if c := answer[web.Checkpoint](t, h, "POST", "/api/v1/checkpoints/3/review", nil, http.StatusOK); c.State != web.CheckpointReviewed || c.ReviewedBy != "api" || c.Closed.IsZero() || c.Assignee != "ann@example.com" {
		t.Errorf("reviewed: %+v", c)
	}
	if c := get[web.Checkpoint](t, h, "/api/v1/checkpoints/3"); c.ReviewedBy != "api" || c.Record != "2" {
		t.Errorf("read: %+v", c)
	}
	if page := get[web.Page[web.Checkpoint]](t, h, "/api/v1/checkpoints?text=slot+11&open=true&limit=5"); len(page.Items) != 5 || page.Items[0].Record != "11" || page.Items[1].Record != "110" || page.Next != "114" {
		t.Errorf("searched: %+v", page)
	}
	for path, status := range map[string]int{"/3/review": http.StatusConflict, "/999/review": http.StatusNotFound, "/x/review": http.StatusBadRequest} {
		answer[web.Problem](t, h, "POST", "/api/v1/checkpoints"+path, nil, status)
	}
	answer[web.Problem](t, h, "GET", "/api/v1/checkpoints/999", nil, http.StatusNotFound)
	if said := answer[web.Problem](t, h, "POST", "/api/v1/checkpoints/4/assign", map[string]string{"to": strings.Repeat("x", 101)}, http.StatusBadRequest); !strings.Contains(said.Detail, "100 characters") {
		t.Errorf("a name that is too long: %+v", said)
	}

	// All of a filter; the one that its listener keeps is told of, and stays.
	said := answer[web.Problem](t, h, "POST", "/api/v1/checkpoints/review?reason=panel", map[string]string{"by": "Bob"}, http.StatusConflict)
	if !strings.Contains(said.Detail, "118 checkpoints were reviewed, 1 could not be") || !strings.Contains(said.Detail, "the machine is away") {
		t.Errorf("reviewed all: %+v", said)
	}
	if page := get[web.Page[web.Checkpoint]](t, h, "/api/v1/checkpoints?open=true"); len(page.Items) != 2 || page.Items[0].Record != "7" {
		t.Errorf("left open: %+v", page)
	}
	if n := answer[struct{ Treated int }](t, h, "POST", "/api/v1/checkpoints/review?reason=restored", nil, http.StatusOK); n.Treated != 1 {
		t.Errorf("%d treated, want 1", n.Treated)
	}
	if page := get[web.Page[web.Checkpoint]](t, h, "/api/v1/checkpoints?state=reviewed&limit=1000"); len(page.Items) != 120 || page.Items[0].ReviewedBy != "Bob" {
		t.Errorf("reviewed: %d", len(page.Items))
	}
}
