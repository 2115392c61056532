package connectors_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"
)

func TestCheckpointFilters(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	openMany(t, s, c, 6, func(i int) connectors.Checkpoint {
		return connectors.Checkpoint{Backend: []string{"kitchen", "lobby"}[i%2], Model: []string{"slot", "cup", "job"}[i%3], Record: fmt.Sprint(i / 2),
			Reason: []string{"price", "panel"}[i/3], Message: fmt.Sprintf("Slot %d is called “CAFÉ”.", i)}
	})
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(c.Assign(tx, 2, " Ann Example "), c.Assign(tx, 3, "ann@example.com"), c.Assign(tx, 4, "Ann Example"), c.Review(tx, 4, "api"),
			c.ResolveCheckpoint(tx, "kitchen", "cup", "2", "panel"))
	})
	for _, test := range []struct {
		f    connectors.CheckpointFilter
		want []uint64
	}{
		{connectors.CheckpointFilter{}, []uint64{1, 2, 3, 4, 5, 6}},
		{connectors.CheckpointFilter{Backend: "lobby"}, []uint64{2, 4, 6}},
		{connectors.CheckpointFilter{Backend: "lob"}, nil},
		{connectors.CheckpointFilter{Model: "cup"}, []uint64{2, 5}},
		{connectors.CheckpointFilter{Record: "0"}, []uint64{1, 2}},
		{connectors.CheckpointFilter{Reason: "price"}, []uint64{1, 2, 3}},
		{connectors.CheckpointFilter{Assignee: "Ann Example"}, []uint64{2, 4}},
		{connectors.CheckpointFilter{Assignee: "Ann Example", State: connectors.CheckpointOpen}, []uint64{2}},
		{connectors.CheckpointFilter{State: connectors.CheckpointOpen}, []uint64{1, 2, 3, 6}},
		{connectors.CheckpointFilter{State: connectors.CheckpointReviewed}, []uint64{4}},
		{connectors.CheckpointFilter{State: connectors.CheckpointResolved}, []uint64{5}},
		{connectors.CheckpointFilter{State: connectors.CheckpointClosed, Model: "cup"}, []uint64{5}},
		{connectors.CheckpointFilter{Text: "slot 3"}, []uint64{4}},
		{connectors.CheckpointFilter{Text: "café", Backend: "kitchen"}, []uint64{1, 3, 5}},
		{connectors.CheckpointFilter{Text: "tea"}, nil},
		{connectors.CheckpointFilter{After: 4}, []uint64{5, 6}},
	} {
		for limit := range 4 {
			var got []uint64
			view(t, s, func(tx *store.Tx) error {
				for f := test.f; ; {
					f.Limit = limit
					list, next, err := c.List(tx, f)
					if err != nil {
						return err
					}
					for _, p := range list {
						got = append(got, p.ID)
					}
					if f.After = next; next == 0 {
						return nil
					}
				}
			})
			if !slices.Equal(got, test.want) {
				t.Errorf("%+v in pages of %d: %v, want %v", test.f, limit, got, test.want)
			}
		}
	}
}

// A page of a filter that chooses hardly any reads so many, and says where to go on.
func TestCheckpointFilterIsBounded(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	const all = 5001
	openMany(t, s, c, all, func(i int) connectors.Checkpoint {
		return connectors.Checkpoint{Record: fmt.Sprint(i + 1), Reason: "r"}
	})
	view(t, s, func(tx *store.Tx) error {
		list, next, err := c.List(tx, connectors.CheckpointFilter{Record: fmt.Sprint(all)})
		if len(list) != 0 || next != all-1 || err != nil {
			t.Errorf("the first page: %v, %d, %v", list, next, err)
		}
		list, next, err = c.List(tx, connectors.CheckpointFilter{Record: fmt.Sprint(all), After: next})
		if len(list) != 1 || next != 0 || err != nil {
			t.Errorf("the last page: %v, %d, %v", list, next, err)
		}
		return nil
	})
}
