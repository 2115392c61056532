package connectors_test

import (
	"errors"
	"strings"
	"testing"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"
)

func TestCheckpointAssign(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	p := connectors.Checkpoint{Record: "0", Reason: "panel", Assignee: "not at the opening"}
	id := openCheckpoint(t, s, c, p)
	assign := func(to string) error {
		return s.Update(t.Context(), func(tx *store.Tx) error { return c.Assign(tx, id, to) })
	}
	for _, to := range []string{"", "Ann", " ann@example.com ", strings.Repeat("é", 100), "Ann Example", ""} {
		if err := assign(to); err != nil || getCheckpoint(t, s, c, id).Assignee != strings.TrimSpace(to) {
			t.Errorf("Assign(%q) = %v, it is %+v", to, err, getCheckpoint(t, s, c, id))
		}
	}
	if err := assign("Ann"); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"Ann\nBob", "A\x00", "\xff", strings.Repeat("é", 101), strings.Repeat("n", 1<<20)} {
		if err := assign(to); !errors.Is(err, connectors.ErrPerson) || len(err.Error()) > 1000 {
			t.Errorf("Assign(%.20q) = %.200v", to, err)
		}
	}
	p.Message = "another message"
	openCheckpoint(t, s, c, p)
	update(t, s, func(tx *store.Tx) error { return c.Review(tx, id, " Bob ") })
	if got := getCheckpoint(t, s, c, id); got.Assignee != "Ann" || got.Message != p.Message || got.ReviewedBy != "Bob" {
		t.Errorf("reviewed: %+v", got)
	}
	if err := assign("Bob"); !errors.Is(err, connectors.ErrReviewed) {
		t.Errorf("Assign of a closed one = %v", err)
	}
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return c.Assign(tx, 99, "Ann") }); !errors.Is(err, connectors.ErrNoCheckpoint) {
		t.Errorf("Assign(99) = %v", err)
	}
}
