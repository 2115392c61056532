package queuetest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// spy is a testing.TB that remembers what failed instead of failing.
type spy struct {
	testing.TB
	errors []string
}

func (s *spy) Helper()                      {}
func (s *spy) Errorf(f string, args ...any) { s.errors = append(s.errors, fmt.Sprintf(f, args...)) }
func (s *spy) Error(args ...any)            { s.errors = append(s.errors, fmt.Sprint(args...)) }

type cup struct {
	Slot int    `json:"slot"`
	Name string `json:"name"`
}

var cupKind = queue.Kind[cup]{Name: "cup", Channel: "machine"}

func newQueue(t *testing.T) *queuetest.Queue {
	q := queuetest.New(t, storetest.Open(t))
	queue.Register(q.Queue, cupKind, func(_ context.Context, j *queue.Job[cup]) (queue.Done, error) {
		switch {
		case j.Args.Name == "refused":
			return nil, queue.Permanent(errors.New("no milk"))
		case j.Args.Slot == 0:
			return nil, nil
		case j.Attempt == 1:
			return nil, errors.New("once more")
		}
		return func(tx *store.Tx) error {
			_, err := queue.Enqueue(tx, q.Queue, cupKind, cup{Slot: j.Args.Slot - 1}, queue.Options{Parent: j.ID, Delay: time.Hour})
			return err
		}, nil
	})
	return q
}

func TestTrap(t *testing.T) {
	q := newQueue(t)
	first := queuetest.Enqueue(t, q, cupKind, cup{1, "Espresso"}, queue.Options{Backend: "kitchen", Related: "slot 1", IdentityKey: "k",
		Description: "brew", Delay: time.Hour})
	second := queuetest.Enqueue(t, q, cupKind, cup{1, "Espresso"}, queue.Options{Parent: first})

	if id := queuetest.AssertEnqueued(t, q, cupKind, cup{1, "Espresso"}); id != second {
		t.Errorf("AssertEnqueued() = %v, want the newest, %v", id, second)
	}
	id := queuetest.AssertEnqueued(t, q, cupKind, cup{1, "Espresso"}, queuetest.Backend("kitchen"), queuetest.Related("slot 1"),
		queuetest.IdentityKey("k"), queuetest.Description("brew"), queuetest.After(time.Hour), queuetest.Channel("root.machine"),
		queuetest.Priority(10), queuetest.MaxRetries(5), queuetest.InState(queue.StatePending))
	if id != first {
		t.Errorf("AssertEnqueued() = %v, want %v", id, first)
	}
	queuetest.AssertEnqueued(t, q, cupKind, cup{1, "Espresso"}, queuetest.Parent(first), queuetest.After(0))
	queuetest.AssertNotEnqueued(t, q, cupKind, cup{2, "Espresso"})
	queuetest.AssertNotEnqueued(t, q, cupKind, cup{1, "Espresso"}, queuetest.Backend("office"))
	queuetest.AssertJobs(t, q, 2)
	queuetest.AssertJobs(t, q, 1, queuetest.Backend("kitchen"))

	for _, c := range []struct {
		name   string
		assert func(t testing.TB)
		says   []string
	}{
		{"other arguments", func(t testing.TB) { queuetest.AssertEnqueued(t, q, cupKind, cup{2, "Latte"}) },
			[]string{`cup{"slot":2,"name":"Latte"}`, `job 1: cup{"slot":1,"name":"Espresso"}, pending in root.machine`, "2026-06-01 13:00:00", `key "k"`}},
		{"other options", func(t testing.TB) {
			queuetest.AssertEnqueued(t, q, cupKind, cup{1, "Espresso"}, queuetest.Priority(3), queuetest.After(time.Minute))
		},
			[]string{"job 1 has priority 10, not 3, an hour in 1h0m0s, not 1m0s", "job 2 has priority 10, not 3, no hour"}},
		{"there", func(t testing.TB) { queuetest.AssertNotEnqueued(t, q, cupKind, cup{1, "Espresso"}) }, []string{"[1 2]", "job 2:"}},
		{"number", func(t testing.TB) { queuetest.AssertJobs(t, q, 3) }, []string{"2 jobs", "want 3", "job 1:"}},
	} {
		s := &spy{TB: t}
		c.assert(s)
		if len(s.errors) != 1 {
			t.Errorf("%s: errors %q, want one", c.name, s.errors)
			continue
		}
		for _, text := range c.says {
			if !strings.Contains(s.errors[0], text) {
				t.Errorf("%s: %s\nwant it to say %q", c.name, s.errors[0], text)
			}
		}
	}
}

// TestNoDelay has the same jobs end in the same way whether they are performed at once or run as time goes by.
func TestNoDelay(t *testing.T) {
	for _, args := range []cup{{3, "Latte"}, {0, "x"}, {5, "refused"}} {
		now := newQueue(t)
		got := queuetest.EnqueueNow(t, now, cupKind, args, queue.Options{})

		later := newQueue(t)
		id := queuetest.Enqueue(t, later, cupKind, args, queue.Options{})
		for range 100 {
			if err := later.RunUntilIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			later.Clock.Advance(time.Hour)
		}
		want := later.Info(t, id)
		if got.State != want.State || got.Attempt != want.Attempt || got.Error != want.Error || !got.State.Terminal() {
			t.Errorf("%+v at once: %s, attempt %d, %q; later: %s, attempt %d, %q", args, got.State, got.Attempt, got.Error,
				want.State, want.Attempt, want.Error)
		}
		a, b := now.Jobs(t, queue.Filter{}), later.Jobs(t, queue.Filter{})
		if len(a) != len(b) || len(a) != map[string]int{"Latte": 4, "x": 1, "refused": 1}[args.Name] {
			t.Errorf("%+v: %d jobs at once, %d later", args, len(a), len(b))
		}
		for n := range min(len(a), len(b)) {
			if a[n].State != b[n].State || a[n].Attempt != b[n].Attempt {
				t.Errorf("%+v: job %v is %s at once, %s later", args, a[n].ID, a[n].State, b[n].State)
			}
		}
	}
}

func TestPerformSaysWhatDoesNotEnd(t *testing.T) {
	q := newQueue(t)
	id := queuetest.Enqueue(t, q, queue.Kind[string]{Name: "nobody knows it"}, "", queue.Options{})
	s := &spy{TB: t}
	queuetest.Perform(s, q, id)
	if len(s.errors) != 1 || !strings.Contains(s.errors[0], "unknown kind") {
		t.Errorf("errors %q, want one that says unknown kind", s.errors)
	}
}

// TestNoDelayOverAGraph is the same for a graph: a chain of two, then a group of which one fails, a branch for its failure, a join that is
// cancelled.
func TestNoDelayOverAGraph(t *testing.T) {
	build := func(q *queuetest.Queue) queue.ID {
		node := func(slot int, name string) *queue.Node {
			return queue.NewNode(cupKind, cup{slot, name}, queue.Options{})
		}
		first := node(0, "first")
		bad := node(0, "refused").OnFailed(node(1, "clean up"))
		graph := queue.Chain(first, node(2, "second"), queue.Group(node(0, "good"), bad), node(0, "join"))
		q.Update(t, func(tx *store.Tx) error {
			_, err := queue.EnqueueGraph(tx, q.Queue, graph)
			return err
		})
		return first.ID()
	}
	outcome := func(q *queuetest.Queue) (list []string) {
		for _, i := range q.Jobs(t, queue.Filter{}) {
			list = append(list, fmt.Sprint(i.ID, " ", i.State, " ", i.Attempt, " ", i.Error))
		}
		return list
	}
	now, later := newQueue(t), newQueue(t)
	other := queuetest.Enqueue(t, now, cupKind, cup{}, queue.Options{Delay: 1000 * time.Hour})
	queuetest.Enqueue(t, later, cupKind, cup{}, queue.Options{Delay: 1000 * time.Hour})
	queuetest.Perform(t, now, build(now))
	build(later)
	for range 100 {
		if err := later.RunUntilIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		later.Clock.Advance(time.Hour)
	}
	if got, want := outcome(now), outcome(later); !slices.Equal(got, want) || len(got) != 10 {
		t.Errorf("at once:\n%s\nlater:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	queuetest.AssertJobs(t, now, 1, queuetest.InState(queue.StateFailed))
	queuetest.AssertEnqueued(t, now, cupKind, cup{0, "join"}, queuetest.InState(queue.StateCancelled))
	queuetest.AssertEnqueued(t, now, cupKind, cup{1, "clean up"}, queuetest.InState(queue.StateDone))
	if i := now.Info(t, other); i.State != queue.StatePending {
		t.Errorf("a job that has nothing to do with it is %s", i.State)
	}
}
