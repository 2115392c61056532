package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/store"
	"crema/store/storetest"

	"github.com/google/go-cmp/cmp"
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
