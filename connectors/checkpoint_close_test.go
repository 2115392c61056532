package connectors_test

import (
	"errors"
	"fmt"
	"testing"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"
)

// What a rule settled is listed among the closed ones, and said once for as long as it stays so.
func TestCheckpointNote(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	c.OnReview("", func(*store.Tx, connectors.Checkpoint) error { return errors.New("nobody reviewed anything") })
	note := func(record, message string) (id uint64) {
		update(t, s, func(tx *store.Tx) (err error) {
			id, err = c.Note(tx, connectors.Checkpoint{Backend: "kitchen", Model: "product.product", Record: record, Reason: "conflict", Message: message})
			return err
		})
		return id
	}
	for i, step := range []struct {
		record, message string
		want            uint64
	}{{"7", "Odoo's price won", 1}, {"7", "Odoo's price won", 1}, {"8", "Odoo's price won", 2}, {"7", "Odoo's name won", 3}, {"7", "Odoo's price won", 4}, {"8", "Odoo's price won", 2}} {
		if id := note(step.record, step.message); id != step.want {
			t.Errorf("step %d is checkpoint %d, want %d", i, id, step.want)
		}
	}
	want := connectors.Checkpoint{ID: 1, Backend: "kitchen", Model: "product.product", Record: "7", Reason: "conflict", Message: "Odoo's price won",
		State: connectors.CheckpointResolved, Created: noon, Closed: noon}
	if got := getCheckpoint(t, s, c, 1); got != want || openCount(t, s, c) != 0 {
		t.Errorf("noted %+v, want %+v", got, want)
	}
	// An open one of the same subject says it already; it stays open beside a note that says otherwise.
	open := openCheckpoint(t, s, c, connectors.Checkpoint{Backend: "kitchen", Model: "product.product", Record: "7", Reason: "conflict", Message: "who is right?"})
	if id := note("7", "who is right?"); id != open {
		t.Errorf("noted as %d what the open %d says", id, open)
	}
	if id := note("7", "Odoo"); id != open+1 || openCount(t, s, c) != 1 {
		t.Errorf("noted as %d, %d are open", id, openCount(t, s, c))
	}
	for _, bad := range []connectors.Checkpoint{{Record: "0"}, {Reason: "r"}} {
		if err := s.Update(t.Context(), func(tx *store.Tx) error { _, err := c.Note(tx, bad); return err }); err == nil {
			t.Errorf("%+v was not refused", bad)
		}
	}
}

// Notes are pruned as all closed ones, and one that is forgotten may be said again.
func TestNotesArePruned(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	note := func(record int) (id uint64) {
		update(t, s, func(tx *store.Tx) (err error) {
			id, err = c.Note(tx, connectors.Checkpoint{Record: fmt.Sprint(record), Reason: "r"})
			return err
		})
		return id
	}
	for i := range connectors.KeepClosed + 1 {
		note(i)
	}
	if id := note(0); id != connectors.KeepClosed+2 {
		t.Errorf("the forgotten one is %d", id)
	}
	if id := note(2); id != 3 {
		t.Errorf("one that is kept is %d", id)
	}
}

// What was stored before checkpoints knew of persons and of the order of their closing is read, listed,
// and forgotten first.
func TestCheckpointsOfAnEarlierVersion(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	type earlier struct {
		ID      uint64 `json:"id,string"`
		Backend string `json:"backend"`
		Model   string `json:"model"`
		Record  string `json:"record"`
		Reason  string `json:"reason"`
		Message string `json:"message"`
		State   string `json:"state"`
		Created string `json:"created"`
	}
	kept := store.NewBucket[uint64, earlier]("connectors.checkpoints", store.Uint64Key())
	counts := store.NewBucket[string, int]("connectors.checkpoints.count", store.StringKey())
	update(t, s, func(tx *store.Tx) error {
		for i := range connectors.KeepClosed {
			n, err := kept.Next(tx)
			if err != nil {
				return err
			}
			if err := kept.Put(tx, n, earlier{ID: n, Record: fmt.Sprint(i), Reason: "r", State: "reviewed", Created: "2025-06-01T12:00:00Z"}); err != nil {
				return err
			}
		}
		return counts.Put(tx, "closed", connectors.KeepClosed)
	})
	closed := func() (list []connectors.Checkpoint) {
		view(t, s, func(tx *store.Tx) (err error) {
			list, _, err = c.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointClosed, Limit: 5000})
			return err
		})
		return list
	}
	if list := closed(); len(list) != connectors.KeepClosed || list[0].ID != 1 || list[0].Created != noon {
		t.Errorf("%d are listed, the first %+v", len(list), list[0])
	}
	id := openCheckpoint(t, s, c, connectors.Checkpoint{Record: "new", Reason: "r"})
	update(t, s, func(tx *store.Tx) error { return c.Review(tx, id, "Ann") })
	if list := closed(); len(list) != connectors.KeepClosed || list[0].ID != 2 || list[len(list)-1].ID != id {
		t.Errorf("%d are listed, the first %+v", len(list), list[0])
	}
}
