package connectors_test

import (
	"errors"
	"testing"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"
)

// TestAnswers: an answer does what it says and closes the checkpoint, or neither.
func TestAnswers(t *testing.T) {
	s, c := storetest.Open(t), connectors.NewCheckpoints()
	broken, done, reviewed := errors.New("it can't be"), []string{}, 0
	c.OnReview("gap", func(*store.Tx, connectors.Checkpoint) error { reviewed++; return nil })
	c.OnAnswer("gap", connectors.Answer{Name: "book", Label: "Book them"}, func(_ *store.Tx, p connectors.Checkpoint, _ string) error {
		done = append(done, p.Record)
		return nil
	})
	c.OnAnswer("gap", connectors.Answer{Name: "name", Label: "Name it", Value: "Name"}, func(_ *store.Tx, _ connectors.Checkpoint, value string) error {
		if value == "wrong" {
			return broken
		}
		return nil
	})
	var gap, other uint64
	update := func(f func(*store.Tx) error) error { return s.Update(t.Context(), f) }
	if err := update(func(tx *store.Tx) (err error) {
		if gap, err = c.OpenCheckpoint(tx, connectors.Checkpoint{Record: "7", Reason: "gap"}); err == nil {
			other, err = c.OpenCheckpoint(tx, connectors.Checkpoint{Record: "7", Reason: "other"})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, a := range []struct {
		id              uint64
		name, value, by string
		want            error
	}{
		{gap, "nothing", "", "", connectors.ErrAnswer},
		{gap, "book", "7", "", connectors.ErrAnswer},
		{gap, "name", "", "", connectors.ErrAnswer},
		{gap, "name", "wrong", "", broken},
		{gap, "book", "", "two\nlines", connectors.ErrPerson},
		{other, "book", "", "", connectors.ErrAnswer},
		{99, "book", "", "", connectors.ErrNoCheckpoint},
		{gap, "book", "", "Ann", nil},
		{gap, "book", "", "Ann", connectors.ErrReviewed},
	} {
		if err := update(func(tx *store.Tx) error { return c.Answer(tx, a.id, a.name, a.value, a.by) }); !errors.Is(err, a.want) {
			t.Errorf("%q with %q to %d: %v, want %v", a.name, a.value, a.id, err, a.want)
		}
	}
	if err := s.View(func(tx *store.Tx) error {
		p, err := c.Get(tx, gap)
		if p.State != connectors.CheckpointReviewed || p.ReviewedBy != "Ann" || p.Closed.IsZero() || len(c.Answers(p)) != 0 {
			t.Errorf("it is %+v", p)
		}
		if p, _ := c.Get(tx, other); p.State != connectors.CheckpointOpen || len(c.Answers(p)) != 0 {
			t.Errorf("the other is %+v", p)
		}
		if got := c.Answers(connectors.Checkpoint{Reason: "gap", State: connectors.CheckpointOpen}); len(got) != 2 || got[1].Value != "Name" {
			t.Errorf("answers %+v", got)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(done) != 1 || reviewed != 0 {
		t.Errorf("done %v, %d reviews", done, reviewed)
	}
}
