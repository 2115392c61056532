package connectors

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"crema/queue"
	"crema/store"
)

// HandleOption changes how a kind of job is done.
type HandleOption func(*handling)

type handling struct{ untested bool }

// Untested has jobs of the kind done for a backend that is not in production as well, but
// for one that is off: a test, say, or what must come before one.
func Untested() HandleOption { return func(h *handling) { h.untested = true } }

// Handle registers a kind of job that is done for a backend, the one that backend finds in
// its arguments. work gets the backend's client on loan, as [Host.With] lends it; the
// Commit of its Work is the Step of the job, and its Logger that of the job. A job whose
// backend was deleted fails; while the backend is not in production it waits, at no cost.
// What becomes of an error is in the table of [Outcome]. Call it before the queue runs.
func Handle[A any](h *Host, k queue.Kind[A], backend func(A) string, work func(context.Context, *Work, *queue.Job[A]) (queue.Done, error), options ...HandleOption) {
	if h.Queue == nil {
		return // it only says what there is
	}
	var o handling
	for _, option := range options {
		option(&o)
	}
	queue.Register(h.Queue, k, func(ctx context.Context, job *queue.Job[A]) (done queue.Done, err error) {
		name := backend(job.Args)
		defer h.begin(name)()
		w, c, err := h.work(name)
		if err == nil && !o.untested && w.Backend.State != Production {
			err = h.inactive(w.Backend)
		}
		switch {
		case errors.Is(err, ErrNoBackend):
			return nil, queue.Permanent(err)
		case errors.Is(err, ErrInactive), errors.Is(err, ErrNoConnector):
			return nil, queue.Snooze(err, grown(h.Now().Sub(job.Created)))
		case err != nil:
			return nil, err
		}
		w.Logger, w.Commit = job.Log().With("backend", name), job.Step
		err = c.lend(ctx, w, func(ctx context.Context, w *Work) (err error) {
			done, err = work(ctx, w, job)
			return err
		})
		if errors.Is(err, ErrNothingToDo) {
			job.SetResult(err.Error())
		}
		if err != nil {
			return nil, Outcome(err)
		}
		return done, nil
	})
}

// inactive says why the jobs of a backend wait: what its last test found, where there was one.
func (h *Host) inactive(b Backend) error {
	fix := "test it first"
	if b.State == Checked {
		fix = "put it into production"
	}
	var last Tested
	if err := h.Store.View(func(tx *store.Tx) (err error) {
		last, _, err = Backends{}.Tested(tx, b.Name)
		return err
	}); err != nil {
		return err
	}
	for _, f := range last.Findings {
		if !f.Warning && b.State == Draft {
			fix = strings.TrimSpace(f.Text + " " + f.Fix)
			break
		}
	}
	return fmt.Errorf("backend %q: %w, it is %s: %s", b.Name, ErrInactive, b.State, fix)
}
