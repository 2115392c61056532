package connectors_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// Only a good test moves a draft on; what it finds is a result, not an error (rows
// "test connection" and "backend connection states").
func TestBackendConnectionStates(t *testing.T) {
	var findings []connectors.Finding
	var fails error
	var passed []connectors.BackendState
	h := newHosted(t, func(c *connectors.Connector) {
		c.Test = func(context.Context, *connectors.Work) ([]connectors.Finding, error) { return findings, fails }
		c.Passed = func(_ *store.Tx, b connectors.Backend) error { passed = append(passed, b.State); return nil }
	})
	h.put(probeAt("page"))
	file := probeAt("file")
	if err := h.host.Sync(t.Context(), []connectors.Backend{file}); err != nil {
		t.Fatal(err)
	}
	test := func(name string, want connectors.BackendState) {
		t.Helper()
		got, err := h.host.Test(t.Context(), name)
		if !errors.Is(err, fails) || fails == nil && (err != nil || len(got) != len(findings)) {
			t.Errorf("Test = %v, %v", got, err)
		}
		if got := state(t, h.store, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	fails = errors.New("no store")
	test("page", connectors.Draft)
	fails, findings = nil, []connectors.Finding{{Code: "away", Text: "It is away.", Fix: "Bring it back."}}
	test("page", connectors.Draft)
	test("file", connectors.Draft)
	findings = []connectors.Finding{{Code: "old", Text: "It is old.", Warning: true}}
	test("page", connectors.Checked)
	test("page", connectors.Checked)
	findings = nil
	test("file", connectors.Production)
	test("file", connectors.Production)
	h.setState("page", connectors.Production)
	if want := "[checked checked production production production]"; strings.Join(strings.Fields(strings.ReplaceAll(toText(passed), "\n", " ")), " ") != want {
		t.Errorf("Passed was told %v, want %s", passed, want)
	}
	h.setState("page", connectors.Off)
	if _, err := h.host.Test(t.Context(), "page"); !errors.Is(err, connectors.ErrInactive) {
		t.Errorf("Test of one that is off = %v", err)
	}
}

func toText(states []connectors.BackendState) string {
	var words []string
	for _, s := range states {
		words = append(words, string(s))
	}
	return "[" + strings.Join(words, " ") + "]"
}

// A test of something that does not answer ends; one that panics is an error; one of a
// backend that was changed meanwhile says nothing of what it is now.
func TestTestEnds(t *testing.T) {
	in(t, func(t *testing.T) {
		var test func(ctx context.Context) error
		h := newHosted(t, func(c *connectors.Connector) {
			c.Test = func(ctx context.Context, _ *connectors.Work) ([]connectors.Finding, error) { return nil, test(ctx) }
		})
		h.put(probeAt("a"))
		test = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		began := time.Now()
		if _, err := h.host.Test(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "took longer") || time.Since(began) != time.Minute {
			t.Errorf("Test = %v after %v", err, time.Since(began))
		}
		test = func(context.Context) error { panic("out of milk") }
		if _, err := h.host.Test(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "out of milk") {
			t.Errorf("Test = %v", err)
		}
		test = func(context.Context) error {
			b := probeAt("a")
			b.Settings["poll"] = "9s"
			h.put(b)
			return nil
		}
		if _, err := h.host.Test(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "changed") {
			t.Errorf("Test = %v", err)
		}
		if got := state(t, h.store, "a"); got != connectors.Draft {
			t.Errorf("it is %s", got)
		}
		test = func(context.Context) error { h.setState("a", connectors.Off); return nil }
		if _, err := h.host.Test(t.Context(), "a"); !errors.Is(err, connectors.ErrInactive) {
			t.Errorf("Test of one that was switched off meanwhile = %v", err)
		}
	})
}

// Without a test of its own a backend is well when it can be opened.
func TestTestOpens(t *testing.T) {
	no := errors.New("no line")
	h := newHosted(t, func(c *connectors.Connector) {
		c.Open = func(context.Context, *connectors.Work) (any, func() error, error) { return nil, nil, no }
	})
	h.put(probeAt("a"))
	if got, err := h.host.Test(t.Context(), "a"); err != nil || len(got) != 1 || !strings.Contains(got[0].Text, "no line") {
		t.Errorf("Test = %v, %v", got, err)
	}
	no = nil
	if got, err := h.host.Test(t.Context(), "a"); err != nil || len(got) != 0 {
		t.Errorf("Test = %v, %v", got, err)
	}
}

// One of the file gets to production by itself, once what it needs is there.
func TestFileBackendIsTestedByItself(t *testing.T) {
	in(t, func(t *testing.T) {
		var well atomic.Bool
		h := newHosted(t, func(c *connectors.Connector) {
			c.Test = func(context.Context, *connectors.Work) ([]connectors.Finding, error) {
				if well.Load() {
					return nil, nil
				}
				return []connectors.Finding{{Code: "away", Text: "It is away.", Fix: "Bring it."}}, nil
			}
		})
		if err := h.host.Sync(t.Context(), []connectors.Backend{probeAt("a")}); err != nil {
			t.Fatal(err)
		}
		h.put(probeAt("page"))
		defer h.queue.Start(t)()
		h.run()
		time.Sleep(time.Hour)
		synctest.Wait()
		jobs := h.queue.Jobs(t, queue.Filter{Kind: connectors.TestKind.Name})
		if len(jobs) != 1 || jobs[0].Backend != "a" || jobs[0].State != queue.StatePending || jobs[0].Attempt != 0 || !strings.Contains(jobs[0].Error, "It is away. Bring it.") {
			t.Errorf("jobs %+v", jobs)
		}
		well.Store(true)
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		if a, page := state(t, h.store, "a"), state(t, h.store, "page"); a != connectors.Production || page != connectors.Draft {
			t.Errorf("of the file %s, of the page %s", a, page)
		}
	})
}

// Start says what there is (row "scheduler entry points": by button and API).
func TestStart(t *testing.T) {
	h := newHosted(t, nil)
	connectors.Handle(h.host, pollKind, nameItself, h.poll)
	h.production("a")
	id, err := h.host.Start(t.Context(), "a", "poll")
	if err != nil {
		t.Fatal(err)
	}
	queuetest.Perform(t, h.queue, id)
	if i := h.queue.Info(t, id); i.State != queue.StateDone {
		t.Errorf("the job is %s", i.State)
	}
	if started := h.started("a"); len(started) != 1 || started["poll"].Job != id || started["poll"].At.IsZero() {
		t.Errorf("started is %+v, want job %s", started, id)
	}
	for _, c := range []struct {
		backend, flow string
		want          error
		words         string
	}{{"b", "poll", connectors.ErrNoBackend, "there are a"}, {"a", "pol", connectors.ErrNoFlow, "there are poll, push"}} {
		if _, err := h.host.Start(t.Context(), c.backend, c.flow); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("Start(%s, %s) = %v", c.backend, c.flow, err)
		}
	}
	h.setState("a", connectors.Off)
	var refused *connectors.StateError
	if _, err := h.host.Start(t.Context(), "a", "poll"); !errors.As(err, &refused) {
		t.Errorf("Start of one that is off = %v", err)
	}
	h.change(func(tx *store.Tx, l connectors.Backends) error { return l.Delete(tx, "a") })
	h.put(probeAt("a"))
	if started := h.started("a"); len(started) > 0 {
		t.Errorf("of one that was deleted and made anew, started is %+v", started)
	}
}
