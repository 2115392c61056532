package connectors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/queue"
	"crema/store"
)

// testTimeout bounds a test of a backend.
const testTimeout = time.Minute

// How long the job that tests a backend waits after a test that was not good, first and
// at most.
const firstTest, lastTest = 30 * time.Second, 10 * time.Minute

// TestKind is the job that tests a backend until it is well: that is how one of the
// file gets to production by itself.
var TestKind = queue.Kind[TestArgs]{Name: "backend.test", Version: 1, Channel: "root.catalogue", MaxRetries: -1,
	Describe: func(a TestArgs) string { return "test " + a.Backend }}

// TestArgs names the backend to test.
type TestArgs struct {
	Backend string `json:"backend"`
}

// Test tries a backend, for a minute at most, and returns what is wrong with it; findings
// that are warnings alone, or none, are a good test. In one commit a draft gets checked
// by it, one of the file goes to production, and its connector takes part
// ([Connector.Passed]). An error says that it could not be tried: ErrNoBackend;
// ErrInactive for one that is off; that it was changed meanwhile.
func (h *Host) Test(ctx context.Context, backend string) ([]Finding, error) {
	defer h.begin(backend)()
	w, c, err := h.work(backend)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	var findings []Finding
	if err := guard(func() error {
		findings, err = c.test(limited, w)
		for i, f := range findings {
			findings[i].Text, findings[i].Fix = Hide(f.Text, w.Opened()...), Hide(f.Fix, w.Opened()...)
		}
		return HideIn(err, w.Opened()...)
	}); err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("test backend %q: it took longer than %v: %w", backend, testTimeout, err)
	} else if err != nil {
		return nil, fmt.Errorf("test backend %q: %w", backend, err)
	}
	tested := Tested{At: h.Now().UTC(), Findings: findings}
	return findings, h.Store.Update(ctx, func(tx *store.Tx) error {
		if err := h.passed(tx, w.Backend, tested.Good()); err != nil {
			return err
		}
		return testedBucket.Put(tx, backend, tested)
	})
}

// test has the connector try the backend; without a test of its own it is opened.
func (c Connector) test(ctx context.Context, w *Work) ([]Finding, error) {
	if c.Test != nil {
		return c.Test(ctx, w)
	}
	err := c.lend(ctx, w, func(context.Context, *Work) error { return nil })
	if err != nil && ctx.Err() == nil {
		return []Finding{{Code: "open", Text: err.Error(), Fix: "Correct the settings, and look whether it is there."}}, nil
	}
	return nil, err
}

// passed is the commit of a test.
func (h *Host) passed(tx *store.Tx, tested Backend, good bool) error {
	now, _, err := h.Backend(tx, tested.Name)
	if err != nil {
		return err
	}
	if now.State == Off {
		return fmt.Errorf("backend %q: %w: it was switched off while it was tested", now.Name, ErrInactive)
	}
	if !sameTenancy(now, tested) {
		return fmt.Errorf("backend %q was changed while it was tested: test it again", tested.Name)
	}
	if !good {
		return nil
	}
	to := Checked
	if now.FromFile {
		to = Production
	}
	if now.State == Draft || now.State == Checked && to == Production {
		if err := h.Backends().SetState(tx, now.Name, to); err != nil {
			return err
		}
		if to == Production {
			return nil // SetState has told the connector
		}
		now.State = to
	}
	return h.Backends().passed(tx, now)
}

// EnqueueTest has a backend tested by a job, at once: one that waits is pulled forward.
func (h *Host) EnqueueTest(tx *store.Tx, backend string) (queue.ID, error) {
	return queue.Enqueue(tx, h.Queue, TestKind, TestArgs{backend}, queue.Options{IdentityKey: "test/" + backend, Backend: backend, PullForward: true})
}

// askForTest has a draft of the file tested, so that it gets to production by itself.
func (h *Host) askForTest(ctx context.Context, b Backend) {
	if !b.FromFile || b.State != Draft || ctx.Err() != nil {
		return
	}
	if err := h.Store.Update(ctx, func(tx *store.Tx) error {
		_, err := h.EnqueueTest(tx, b.Name)
		return err
	}); err != nil && ctx.Err() == nil {
		h.Logger.Error("a backend of the file can't be tested by itself: test it by hand", "backend", b.Name, "error", err)
	}
}

// testJob tests a backend until it is well.
func (h *Host) testJob(ctx context.Context, job *queue.Job[TestArgs]) (queue.Done, error) {
	findings, err := h.Test(ctx, job.Args.Backend)
	wait := min(max(h.Now().Sub(job.Created)/2, firstTest), lastTest)
	switch {
	case errors.Is(err, ErrNoBackend):
		return nil, queue.Permanent(err)
	case errors.Is(err, ErrInactive), errors.Is(err, ErrNoConnector):
		return nil, queue.Snooze(err, wait)
	case err != nil:
		return nil, err
	}
	for _, f := range findings {
		if !f.Warning {
			return nil, queue.Snooze(fmt.Errorf("%s %s", f.Text, f.Fix), wait)
		}
	}
	job.SetResult("all is well")
	return nil, nil
}
