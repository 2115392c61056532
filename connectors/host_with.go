package connectors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/store"
)

// With does a task for a backend with its client on loan ([Connector.Open]): the loan
// ends exactly once, when the task returns, fails, panics (which goes on up) or ends with
// ctx, and never where it did not begin. Both errors are told when its end fails too.
// ErrNoBackend; ErrInactive for a backend that is off.
func (h *Host) With(ctx context.Context, backend string, task func(context.Context, *Work) error) error {
	defer h.begin(backend)()
	w, c, err := h.work(backend)
	if err != nil {
		return err
	}
	return c.lend(ctx, w, task)
}

// work is the environment of a task for a stored backend that is not off.
func (h *Host) work(backend string) (w *Work, c Connector, err error) {
	err = h.Store.View(func(tx *store.Tx) error {
		var b Backend
		if b, c, err = h.Backend(tx, backend); err != nil {
			return err
		}
		w = NewWork(h.Environment, b)
		return nil
	})
	if err == nil && w.Backend.State == Off {
		err = fmt.Errorf("backend %q: %w: it is switched off", backend, ErrInactive)
	}
	return w, c, err
}

// begin counts a task of a backend, until it is ended. Begin before you look whether the
// backend is there: then it can't be deleted in between.
func (h *Host) begin(backend string) (end func()) {
	count := func(n int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.tasks[backend] += n; h.tasks[backend] == 0 {
			delete(h.tasks, backend)
		}
	}
	count(1)
	return func() { count(-1) }
}

// lend has a task done with the backend's client.
func (c Connector) lend(ctx context.Context, w *Work, task func(context.Context, *Work) error) (err error) {
	defer func() { err = HideIn(err, w.Opened()...) }()
	if c.Open == nil {
		return task(ctx, w)
	}
	client, end, err := c.Open(ctx, w)
	if err != nil {
		return fmt.Errorf("open backend %q: %w", w.Backend.Name, err)
	}
	if end != nil {
		defer func() {
			if cerr := end(); cerr != nil {
				err = errors.Join(err, fmt.Errorf("close backend %q: %w", w.Backend.Name, cerr))
			}
		}()
	}
	return task(ctx, w.On(w.Backend, client))
}

// How long a job waits for a backend that is not active: an eighth of what it waited
// already, so that one that is off for weeks wears out no flash.
const firstWait, lastWait = 5 * time.Second, 10 * time.Minute

// grown is how long to wait after so long a wait.
func grown(waited time.Duration) time.Duration { return min(max(waited/8, firstWait), lastWait) }
