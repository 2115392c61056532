package connectors_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"
)

// newCheckpoints has a clock of its own, in a zone that must not be seen.
func newCheckpoints() *connectors.Checkpoints {
	c := connectors.NewCheckpoints()
	c.Now = func() time.Time { return noon.In(time.FixedZone("here", 3600)) }
	return c
}

func openCheckpoint(t testing.TB, s *store.Store, c *connectors.Checkpoints, p connectors.Checkpoint) (id uint64) {
	t.Helper()
	update(t, s, func(tx *store.Tx) (err error) {
		id, err = c.OpenCheckpoint(tx, p)
		return err
	})
	return id
}

func getCheckpoint(t testing.TB, s *store.Store, c *connectors.Checkpoints, id uint64) (p connectors.Checkpoint) {
	t.Helper()
	view(t, s, func(tx *store.Tx) (err error) {
		p, err = c.Get(tx, id)
		return err
	})
	return p
}

func openCount(t testing.TB, s *store.Store, c *connectors.Checkpoints) (n int) {
	t.Helper()
	view(t, s, func(tx *store.Tx) (err error) {
		n, err = c.Open(tx)
		return err
	})
	return n
}

func TestCheckpointOneOpen(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	p := connectors.Checkpoint{Backend: "kitchen", Model: "slot", Record: "0", Reason: "no_slot_free", Message: "no slot is free"}
	id := openCheckpoint(t, s, c, p)
	want := p
	want.ID, want.State, want.Created = id, connectors.CheckpointOpen, noon
	if got := getCheckpoint(t, s, c, id); got != want {
		t.Errorf("opened %+v, want %+v", got, want)
	}

	// A second one gives the message; age and id stay.
	p.Message, p.Created = "still no slot is free", noon.Add(time.Hour)
	if again := openCheckpoint(t, s, c, p); again != id {
		t.Errorf("a second one has the id %d, not %d", again, id)
	}
	want.Message = p.Message
	if got := getCheckpoint(t, s, c, id); got != want {
		t.Errorf("updated %+v, want %+v", got, want)
	}

	// Another backend, model, record or reason is another one; so is any other cut of the same letters.
	for _, other := range []connectors.Checkpoint{
		{Backend: "hall", Model: "slot", Record: "0", Reason: "no_slot_free"}, {Backend: "kitchen", Model: "cup", Record: "0", Reason: "no_slot_free"},
		{Backend: "kitchen", Model: "slot", Record: "1", Reason: "no_slot_free"}, {Backend: "kitchen", Model: "slot", Record: "0", Reason: "panel"},
		{Backend: "kitchens", Model: "lot", Record: "0", Reason: "no_slot_free"}, {Backend: "kitchen\" \"slot", Model: "", Record: "0", Reason: "no_slot_free"},
		{Message: "without a record", Reason: "no_slot_free"},
	} {
		if got := openCheckpoint(t, s, c, other); got == id {
			t.Errorf("%+v is the same as the first", other)
		}
	}
	if n := openCount(t, s, c); n != 8 {
		t.Errorf("%d are open, want 8", n)
	}
	for _, bad := range []connectors.Checkpoint{{Reason: "x"}, {Record: "0", Message: "m"}} {
		if err := s.Update(t.Context(), func(tx *store.Tx) error { _, err := c.OpenCheckpoint(tx, bad); return err }); err == nil {
			t.Errorf("%+v was not refused", bad)
		}
	}
}

func TestCheckpointReview(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	var told []string
	refuse := errors.New("not yet")
	var fail bool
	listen := func(name, reason string) {
		c.OnReview(reason, func(tx *store.Tx, p connectors.Checkpoint) error {
			told = append(told, fmt.Sprintf("%s %s %s", name, p.Reason, p.State))
			// In the same transaction: what it writes is seen, and undone with it.
			if err := connectors.NewBinder("kitchen", "m").Bind(tx, connectors.Binding{OdooID: int64(p.ID), External: p.Record}); err != nil {
				return err
			}
			if fail {
				return refuse
			}
			return nil
		})
	}
	listen("first", "panel")
	listen("second", "panel")
	listen("any", "")
	listen("other", "other")

	id := openCheckpoint(t, s, c, connectors.Checkpoint{Backend: "kitchen", Record: "0", Reason: "panel"})
	review := func() error {
		told = nil
		return s.Update(t.Context(), func(tx *store.Tx) error { return c.Review(tx, id, "Ann") })
	}
	fail = true
	if err := review(); !errors.Is(err, refuse) {
		t.Errorf("Review = %v", err)
	}
	if got := getCheckpoint(t, s, c, id); got.State != connectors.CheckpointOpen || openCount(t, s, c) != 1 {
		t.Errorf("a refused review left %+v", got)
	}
	view(t, s, func(tx *store.Tx) error {
		if _, ok, _ := connectors.NewBinder("kitchen", "m").Get(tx, int64(id)); ok {
			t.Error("what a listener wrote was not undone")
		}
		return nil
	})
	fail = false
	if err := review(); err != nil || !slices.Equal(told, []string{"first panel reviewed", "second panel reviewed", "any panel reviewed"}) {
		t.Errorf("Review = %v, told %v", err, told)
	}
	if err := review(); !errors.Is(err, connectors.ErrReviewed) || len(told) != 0 {
		t.Errorf("a second review = %v, told %v", err, told)
	}
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return c.Review(tx, 99, "Ann") }); !errors.Is(err, connectors.ErrNoCheckpoint) {
		t.Errorf("Review(99) = %v", err)
	}

	// What is wrong again is another checkpoint.
	if again := openCheckpoint(t, s, c, connectors.Checkpoint{Backend: "kitchen", Record: "0", Reason: "panel"}); again == id {
		t.Error("a reviewed checkpoint was opened again")
	}
}

func TestCheckpointResolve(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	c.OnReview("", func(*store.Tx, connectors.Checkpoint) error { return errors.New("nobody reviewed anything") })
	id := openCheckpoint(t, s, c, connectors.Checkpoint{Backend: "kitchen", Model: "machine", Record: "K1", Reason: "away"})
	is := func() (open bool) {
		view(t, s, func(tx *store.Tx) error { open = c.IsOpen(tx, "kitchen", "machine", "K1", "away"); return nil })
		return open
	}
	if !is() {
		t.Error("it is not open")
	}
	for range 2 {
		update(t, s, func(tx *store.Tx) error { return c.ResolveCheckpoint(tx, "kitchen", "machine", "K1", "away") })
		if got := getCheckpoint(t, s, c, id); got.State != connectors.CheckpointResolved || openCount(t, s, c) != 0 || is() {
			t.Errorf("resolved: %+v, %d open", got, openCount(t, s, c))
		}
	}
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return c.Review(tx, id, "Ann") }); !errors.Is(err, connectors.ErrReviewed) {
		t.Errorf("Review of a resolved one = %v", err)
	}
}

func TestCheckpointJSON(t *testing.T) {
	p := connectors.Checkpoint{ID: 3, Backend: "kitchen", Model: "slot", Record: "0", Reason: "panel", Message: "look", State: connectors.CheckpointOpen, Created: noon}
	got, err := json.Marshal(p)
	const want = `{"id":"3","backend":"kitchen","model":"slot","record":"0","reason":"panel","message":"look","state":"open","created":"2025-06-01T12:00:00Z"}`
	if err != nil || string(got) != want {
		t.Errorf("JSON %s, %v", got, err)
	}
}

// Closed ones are forgotten, oldest first; open ones never are.
func TestCheckpointsArePruned(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	old := openCheckpoint(t, s, c, connectors.Checkpoint{Record: "old", Reason: "r"})
	const more = 5
	update(t, s, func(tx *store.Tx) error {
		for i := range connectors.KeepClosed + more {
			record := strconv.Itoa(i)
			if _, err := c.OpenCheckpoint(tx, connectors.Checkpoint{Record: record, Reason: "r"}); err != nil {
				return err
			}
			if err := c.ResolveCheckpoint(tx, "", "", record, "r"); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(tx *store.Tx) error {
		list, _, err := c.List(tx, connectors.CheckpointFilter{Limit: 10 * connectors.KeepClosed})
		if len(list) != connectors.KeepClosed+1 || list[0].ID != old || list[1].Record != strconv.Itoa(more) {
			t.Errorf("%d are kept, first %+v, then %+v", len(list), list[0], list[1])
		}
		return err
	})
}

// Random operations against a plain list.
func TestCheckpointsModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	s, c := storetest.Open(t), newCheckpoints()
	var model []connectors.Checkpoint // by id
	undo := errors.New("undo")
	for step := range 300 {
		record, fail := strconv.Itoa(rnd.IntN(6)), rnd.IntN(6) == 0
		next := slices.Clone(model)
		at := slices.IndexFunc(next, func(p connectors.Checkpoint) bool {
			return p.Record == record && p.State == connectors.CheckpointOpen
		})
		op, message, pick := rnd.IntN(6), strconv.Itoa(rnd.IntN(3)), uint64(rnd.IntN(len(model)+2))
		var opErr error
		err := s.Update(t.Context(), func(tx *store.Tx) error {
			switch op {
			case 0, 1:
				_, opErr = c.OpenCheckpoint(tx, connectors.Checkpoint{Backend: "k", Record: record, Reason: "r", Message: message})
			case 2:
				opErr = c.ResolveCheckpoint(tx, "k", "", record, "r")
			case 3:
				opErr = c.Review(tx, pick, "Ann")
			case 4:
				_, opErr = c.Note(tx, connectors.Checkpoint{Backend: "k", Record: record, Reason: "r", Message: message})
			case 5:
				opErr = c.Assign(tx, pick, message)
			}
			if opErr == nil && fail {
				return undo
			}
			return opErr
		})
		var want error
		switch {
		case op < 2 && at >= 0:
			next[at].Message = message
		case op < 2:
			next = append(next, connectors.Checkpoint{ID: uint64(len(next) + 1), Backend: "k", Record: record, Reason: "r", Message: message, State: connectors.CheckpointOpen, Created: noon})
		case op == 2 && at >= 0:
			next[at].State, next[at].Closed = connectors.CheckpointResolved, noon
		case op == 2:
		case op == 4:
			newest := connectors.Checkpoint{}
			for _, p := range next {
				if p.Record == record {
					newest = p
				}
			}
			if newest.ID == 0 || newest.Message != message {
				next = append(next, connectors.Checkpoint{ID: uint64(len(next) + 1), Backend: "k", Record: record, Reason: "r", Message: message, State: connectors.CheckpointResolved, Created: noon, Closed: noon})
			}
		case pick == 0 || pick > uint64(len(next)):
			want = connectors.ErrNoCheckpoint
		case next[pick-1].State != connectors.CheckpointOpen:
			want = connectors.ErrReviewed
		case op == 5:
			next[pick-1].Assignee = message
		default:
			next[pick-1].State, next[pick-1].Closed, next[pick-1].ReviewedBy = connectors.CheckpointReviewed, noon, "Ann"
		}
		if !errors.Is(opErr, want) || (err == nil) != (want == nil && !fail) {
			t.Fatalf("step %d: op %d: %v, %v; want %v", step, op, opErr, err, want)
		}
		if err == nil {
			model = next
		}
		checkModel(t, s, c, model, rnd.IntN(5))
	}
}

// checkModel reads everything, in pages, with every filter by state.
func checkModel(t *testing.T, s *store.Store, c *connectors.Checkpoints, model []connectors.Checkpoint, limit int) {
	t.Helper()
	for _, state := range []connectors.CheckpointState{"", connectors.CheckpointOpen, connectors.CheckpointClosed, connectors.CheckpointReviewed, connectors.CheckpointResolved} {
		var want, got []connectors.Checkpoint
		for _, p := range model {
			if state == "" || p.State == state || state == connectors.CheckpointClosed && p.State != connectors.CheckpointOpen {
				want = append(want, p)
			}
		}
		view(t, s, func(tx *store.Tx) error {
			for f := (connectors.CheckpointFilter{State: state, Limit: limit}); ; {
				list, next, err := c.List(tx, f)
				if err != nil {
					return err
				}
				got = append(got, list...)
				if f.After = next; next == 0 {
					break
				}
			}
			n, err := c.Open(tx)
			if state == connectors.CheckpointOpen && n != len(want) {
				t.Fatalf("%d are counted, %d are open", n, len(want))
			}
			return err
		})
		if !slices.Equal(got, want) {
			t.Fatalf("%q in pages of %d:\n got %v\nwant %v", state, limit, got, want)
		}
		view(t, s, func(tx *store.Tx) error {
			if list, next, err := c.List(tx, connectors.CheckpointFilter{State: state, After: math.MaxUint64}); len(list) != 0 || next != 0 || err != nil {
				t.Fatalf("behind the last: %v, %d, %v", list, next, err)
			}
			return nil
		})
	}
}
