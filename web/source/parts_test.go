package source

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"crema/connectors/coffee"
	"crema/queue"
	"crema/web"
)

// What a person caused is told with its status, and what to do about it once.
func TestAsProblem(t *testing.T) {
	fault := errors.New("the disk is gone")
	for _, c := range []struct {
		err    error
		status int
		text   string
	}{
		{&queue.StateError{ID: 1, State: queue.StateDone, Op: "requeue", Why: "enqueue a new one"}, http.StatusConflict,
			"can't requeue job 1: it is done: enqueue a new one"},
		{fmt.Errorf("job 7: %w", queue.ErrNotFound), http.StatusNotFound, "job 7: no such job"},
		{fmt.Errorf("attic: %w", coffee.ErrNoMachine), http.StatusNotFound, "attic: " + coffee.ErrNoMachine.Error()},
		{fault, 0, fault.Error()},
	} {
		err := asProblem(c.err)
		p, ok := errors.AsType[*web.Problem](err)
		if err.Error() != c.text || ok != (c.status != 0) || ok && p.Status != c.status {
			t.Errorf("asProblem(%v) = %#v, want %d %q", c.err, err, c.status, c.text)
		}
	}
	if asProblem(nil) != nil {
		t.Error("no error became one")
	}
}
