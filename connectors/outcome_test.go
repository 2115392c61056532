package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store/storetest"
)

// TestExceptionClasses runs a job for each class of error in a real queue, each as the
// last of a chain, and looks where it ends, and with how many attempts.
func TestExceptionClasses(t *testing.T) {
	plain := errors.New("it burns")
	for _, c := range []struct {
		name     string
		err      error
		state    queue.State
		attempt  int           // after the first run
		after    time.Duration // the wait, at least; 0: none
		atMost   time.Duration
		finished queue.State // after two days in which it always fails so
	}{
		{"nil", nil, queue.StateDone, 1, 0, 0, queue.StateDone},
		{"any other", plain, queue.StatePending, 1, 8 * time.Second, 12 * time.Second, queue.StateFailed},
		{"ErrNothingToDo", connectors.ErrNothingToDo, queue.StateDone, 1, 0, 0, queue.StateDone},
		{"ErrNoComponent", connectors.ErrNoComponent, queue.StateFailed, 1, 0, 0, queue.StateFailed},
		{"ErrNotInBackend", connectors.ErrNotInBackend, queue.StateFailed, 1, 0, 0, queue.StateFailed},
		{"ErrManyInBackend", connectors.ErrManyInBackend, queue.StateFailed, 1, 0, 0, queue.StateFailed},
		{"InvalidDataError", &connectors.InvalidDataError{Text: "give it a price"}, queue.StateFailed, 1, 0, 0, queue.StateFailed},
		{"FieldError", &connectors.FieldError{Model: "product", Field: "price", Err: plain}, queue.StateFailed, 1, 0, 0, queue.StateFailed},
		{"FieldError of a relation", errors.Join(&connectors.FieldError{Field: "partner", Err: fmt.Errorf("partner 3: %w", connectors.ErrNotBound)}),
			queue.StatePending, 1, 8 * time.Second, 12 * time.Second, queue.StateFailed},
		{"FieldError of the network", &connectors.FieldError{Field: "tax", Err: &connectors.NetworkError{Err: plain}}, queue.StatePending, 0, 24 * time.Second, 36 * time.Second, queue.StatePending},
		{"ErrNotBound", connectors.ErrNotBound, queue.StatePending, 1, 8 * time.Second, 12 * time.Second, queue.StateFailed},
		{"BoundError", &connectors.BoundError{}, queue.StateFailed, 1, 0, 0, queue.StateFailed},
		{"CycleError", &connectors.CycleError{Chain: []string{"a", "b", "a"}}, queue.StateFailed, 1, 0, 0, queue.StateFailed},
		{"RefusedError", &connectors.RefusedError{Err: plain}, queue.StateFailed, 1, 0, 0, queue.StateFailed},
		{"LockedError", &connectors.LockedError{Name: "a"}, queue.StatePending, 0, time.Second, time.Second, queue.StatePending},
		{"LockedError that says when", &connectors.LockedError{Name: "a", After: time.Minute}, queue.StatePending, 0, time.Minute, time.Minute, queue.StatePending},
		{"ErrInactive", connectors.ErrInactive, queue.StatePending, 0, time.Minute, time.Minute, queue.StatePending},
		{"NetworkError", &connectors.NetworkError{Err: plain}, queue.StatePending, 0, 24 * time.Second, 36 * time.Second, queue.StatePending},
		{"NetworkError that says when", &connectors.NetworkError{Err: plain, After: time.Hour}, queue.StatePending, 0, time.Hour, time.Hour, queue.StatePending},
		{"NetworkError of a timeout", &connectors.NetworkError{Err: context.DeadlineExceeded}, queue.StatePending, 0, 24 * time.Second, 36 * time.Second, queue.StatePending},
		{"a context of its own", context.DeadlineExceeded, queue.StatePending, 1, 8 * time.Second, 12 * time.Second, queue.StateFailed},
		{"JobError", &scalded{connectors.RefusedError{Err: plain}}, queue.StatePending, 0, 7 * time.Minute, 7 * time.Minute, queue.StatePending},
		{"Permanent", queue.Permanent(&connectors.LockedError{}), queue.StateFailed, 1, 0, 0, queue.StateFailed},
		{"Snooze", queue.Snooze(connectors.ErrManyInBackend, time.Minute), queue.StatePending, 0, time.Minute, time.Minute, queue.StatePending},
		{"RetryLater", queue.RetryLater(&connectors.RefusedError{Err: plain}, time.Minute), queue.StatePending, 1, time.Minute, time.Minute, queue.StateFailed},
		{"Cancel", queue.Cancel(connectors.ErrInactive), queue.StateCancelled, 1, 0, 0, queue.StateCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := queuetest.New(t, storetest.Open(t))
			kind := queue.Kind[struct{}]{Name: "class", MaxRetries: 3}
			queue.Register(q.Queue, kind, func(context.Context, *queue.Job[struct{}]) (queue.Done, error) {
				if c.err == nil {
					return nil, connectors.Outcome(nil)
				}
				return nil, connectors.Outcome(fmt.Errorf("export product 7: %w", c.err))
			})
			id := queuetest.Enqueue(t, q, kind, struct{}{}, queue.Options{})
			if err := q.RunUntilIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			i := q.Info(t, id)
			if i.State != c.state || i.Attempt != c.attempt {
				t.Errorf("%s, attempt %d, %q; want %s, attempt %d", i.State, i.Attempt, i.Error, c.state, c.attempt)
			}
			if c.state != queue.StateDone && !strings.Contains(i.Error, "export product 7: "+c.err.Error()) {
				t.Errorf("its error is %q, want it to say %q", i.Error, c.err)
			}
			if wait := i.ETA.Sub(q.Clock.Now()); c.state == queue.StatePending && (wait < c.after-time.Second/2 || wait > c.atMost) {
				t.Errorf("it waits %v, want %v to %v", wait, c.after, c.atMost)
			}
			for range 48 {
				q.Clock.Advance(time.Hour)
				if err := q.RunUntilIdle(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			i = q.Info(t, id)
			if i.State != c.finished || i.State == queue.StatePending && i.Attempt != 0 || i.State == queue.StateFailed && c.state == queue.StatePending && i.Attempt != 3 {
				t.Errorf("in the end: %s, attempt %d, %q; want %s", i.State, i.Attempt, i.Error, c.finished)
			}
		})
	}
}

// scalded is an error that knows what becomes of a job, whatever it wraps.
type scalded struct{ connectors.RefusedError }

func (*scalded) JobOutcome(err error) error { return queue.Snooze(err, 7*time.Minute) }
