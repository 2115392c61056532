package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

func openMany(t testing.TB, s *store.Store, c *connectors.Checkpoints, n int, of func(int) connectors.Checkpoint) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error {
		for i := range n {
			if _, err := c.OpenCheckpoint(tx, of(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

func reviewAll(t testing.TB, s *store.Store, c *connectors.Checkpoints, f connectors.CheckpointFilter) int {
	t.Helper()
	n, err := c.ReviewAll(t.Context(), s, f, "Ann")
	if err != nil {
		t.Errorf("ReviewAll(%+v) = %v", f, err)
	}
	return n
}

// Need review → reviewed, by whom and when; one open for each record and reason; all of a filter at once;
// subscribers are told of each.
func TestCheckpointsRecord(t *testing.T) {
	b, c := newBoard(t), newCheckpoints()
	s := b.q.Store
	c.Events = b.events
	opened, reviewed := 0, 0
	connectors.Listen(b.events, connectors.CheckpointOpened, nil, "subscriber", func(tx *store.Tx, _ connectors.Event[connectors.Checkpoint], _ *connectors.Outbox) error {
		tx.OnCommit(func() { opened++ })
		return nil
	})
	c.OnReview("", func(tx *store.Tx, _ connectors.Checkpoint) error { tx.OnCommit(func() { reviewed++ }); return nil })
	for range 2 { // the second time they are open already
		openMany(t, s, c, 250, func(i int) connectors.Checkpoint {
			return connectors.Checkpoint{Backend: []string{"kitchen", "lobby"}[i%2], Model: "slot", Record: fmt.Sprint(i), Reason: "no_slot", Message: "no slot"}
		})
	}
	if n := openCount(t, s, c); n != 250 || opened != 250 {
		t.Errorf("%d are open, %d told", n, opened)
	}
	if n := reviewAll(t, s, c, connectors.CheckpointFilter{Backend: "kitchen"}); n != 125 || reviewed != 125 || openCount(t, s, c) != 125 {
		t.Errorf("%d were reviewed, %d told, %d are open", n, reviewed, openCount(t, s, c))
	}
	if got := getCheckpoint(t, s, c, 1); got.State != connectors.CheckpointReviewed || got.ReviewedBy != "Ann" || got.Closed != noon {
		t.Errorf("reviewed: %+v", got)
	}
	if got := getCheckpoint(t, s, c, 2); got.State != connectors.CheckpointOpen || got.ReviewedBy != "" || !got.Closed.IsZero() {
		t.Errorf("of the other backend: %+v", got)
	}
	if n := reviewAll(t, s, c, connectors.CheckpointFilter{}); n != 125 || openCount(t, s, c) != 0 || opened != 250 {
		t.Errorf("%d were reviewed at last, %d are open, %d were told open", n, openCount(t, s, c), opened)
	}
}

// A record is not needed where there is a message; one of the two is.
func TestCheckpointsMessageOnly(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	id := openCheckpoint(t, s, c, connectors.Checkpoint{Reason: "restored", Message: "the store is an older one"})
	if got := getCheckpoint(t, s, c, id); got.Record != "" || got.Message != "the store is an older one" {
		t.Errorf("%+v", got)
	}
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		_, err := c.OpenCheckpoint(tx, connectors.Checkpoint{Backend: "kitchen", Model: "slot", Reason: "restored"})
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "a record or a message") {
		t.Errorf("neither record nor message: %v", err)
	}
	_, err = c.ReviewAll(t.Context(), s, connectors.CheckpointFilter{}, strings.Repeat("n", 101))
	if !errors.Is(err, connectors.ErrPerson) || openCount(t, s, c) != 1 {
		t.Errorf("reviewed by a name that is too long: %v", err)
	}
}

// What a listener enqueues for a review commits with it, a hundred to a commit; what it refuses stays open,
// with nothing of it left, and keeps none of the others.
func TestReviewAllWithListeners(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	q := queuetest.New(t, s)
	follow := queue.Kind[string]{Name: "demo.follow"}
	queue.Register(q.Queue, follow, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
	commits := map[*store.Tx]int{}
	refuse := errors.New("the machine is away")
	c.OnReview("panel", func(tx *store.Tx, p connectors.Checkpoint) error {
		if _, err := queue.Enqueue(tx, q.Queue, follow, p.Record, queue.Options{}); err != nil {
			return err
		}
		if p.Record == "17" || p.Record == "230" {
			return refuse // behind what it wrote
		}
		tx.OnCommit(func() { commits[tx]++ })
		return nil
	})
	openMany(t, s, c, 350, func(i int) connectors.Checkpoint {
		return connectors.Checkpoint{Record: fmt.Sprint(i), Reason: "panel"}
	})
	n, err := c.ReviewAll(t.Context(), s, connectors.CheckpointFilter{}, "")
	var refused *connectors.ReviewError
	if n != 348 || !errors.As(err, &refused) || refused.Reviewed != 348 || refused.Refused != 2 || !errors.Is(err, refuse) || !strings.Contains(err.Error(), "checkpoint 18") {
		t.Errorf("ReviewAll = %d, %v", n, err)
	}
	for _, n := range commits {
		if n > 100 {
			t.Errorf("one commit reviewed %d", n)
		}
	}
	if jobs := q.Jobs(t, queue.Filter{Limit: 1000}); len(jobs) != 348 || openCount(t, s, c) != 2 {
		t.Errorf("%d jobs, want one for each that was reviewed; %d are open", len(jobs), openCount(t, s, c))
	}
}

// What a listener opens for a review is not reviewed at once, or that would have no end.
func TestReviewAllLeavesTheNewOnes(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	c.OnReview("again", func(tx *store.Tx, p connectors.Checkpoint) error {
		_, err := c.OpenCheckpoint(tx, connectors.Checkpoint{Record: p.Record, Reason: p.Reason})
		return err
	})
	openMany(t, s, c, 150, func(i int) connectors.Checkpoint {
		return connectors.Checkpoint{Record: fmt.Sprint(i), Reason: "again"}
	})
	if n := reviewAll(t, s, c, connectors.CheckpointFilter{Reason: "again"}); n != 150 || openCount(t, s, c) != 150 {
		t.Errorf("%d were reviewed, %d are open", n, openCount(t, s, c))
	}
	for _, state := range []connectors.CheckpointState{connectors.CheckpointReviewed, connectors.CheckpointClosed, "none"} {
		if n := reviewAll(t, s, c, connectors.CheckpointFilter{State: state}); n != 0 {
			t.Errorf("%d that are %s were reviewed", n, state)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if n, err := c.ReviewAll(ctx, s, connectors.CheckpointFilter{}, ""); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("with a ctx that has ended: %d, %v", n, err)
	}
}

// A review of one that has been open longer than all that are kept works: it is the newest of the closed.
func TestReviewOfAnOldOne(t *testing.T) {
	s, c := storetest.Open(t), newCheckpoints()
	old := openCheckpoint(t, s, c, connectors.Checkpoint{Record: "old", Reason: "r"})
	openMany(t, s, c, connectors.KeepClosed, func(i int) connectors.Checkpoint {
		return connectors.Checkpoint{Record: fmt.Sprint(i), Reason: "other"}
	})
	reviewAll(t, s, c, connectors.CheckpointFilter{Reason: "other"})
	update(t, s, func(tx *store.Tx) error { return c.Review(tx, old, "Ann") })
	if got := getCheckpoint(t, s, c, old); got.State != connectors.CheckpointReviewed {
		t.Errorf("%+v", got)
	}
	view(t, s, func(tx *store.Tx) error {
		if _, err := c.Get(tx, old+1); !errors.Is(err, connectors.ErrNoCheckpoint) {
			t.Errorf("that which was closed first is kept: %v", err)
		}
		list, _, err := c.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointClosed, Limit: 2 * connectors.KeepClosed})
		sorted := slices.IsSortedFunc(list, func(a, b connectors.Checkpoint) int { return int(a.ID) - int(b.ID) })
		if len(list) != connectors.KeepClosed || list[0].ID != old || !sorted {
			t.Errorf("%d are kept", len(list))
		}
		return err
	})
}
