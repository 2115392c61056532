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
	"crema/store"
)

// poll is the work of pollKind.
func (h *hosted) poll(_ context.Context, w *connectors.Work, job *queue.Job[string]) (queue.Done, error) {
	h.tell("poll", w.Backend.Name)
	job.SetResult("read")
	return nil, nil
}

func nameItself(name string) string { return name }

// A job that waits says what is in the way, as the last test found it.
func TestWaitingJobsNameTheCause(t *testing.T) {
	h := newHosted(t, func(c *connectors.Connector) {
		c.Test = func(context.Context, *connectors.Work) ([]connectors.Finding, error) {
			return []connectors.Finding{{Text: "It is old.", Warning: true}, {Text: "It is away.", Fix: "Bring it back."}}, nil
		}
	})
	connectors.Handle(h.host, pollKind, nameItself, h.poll)
	h.put(probeAt("a"))
	if _, err := h.host.Test(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	id := queuetest.Enqueue(t, h.queue, pollKind, "a", queue.Options{})
	h.idle()
	if i := h.queue.Info(t, id); !strings.Contains(i.Error, "it is draft: It is away. Bring it back.") {
		t.Errorf("it waits for %q", i.Error)
	}
	update(t, h.store, func(tx *store.Tx) error { return backends.SetState(tx, "a", connectors.Checked) })
	h.queue.Clock.Advance(time.Minute)
	h.idle()
	if i := h.queue.Info(t, id); !strings.Contains(i.Error, "it is checked: put it into production") {
		t.Errorf("it waits for %q", i.Error)
	}
}

// Jobs of a backend that is not in production wait, and use up nothing; in production
// they are done. Those of a deleted one end.
func TestInactiveBackendsJobsWait(t *testing.T) {
	h := newHosted(t, nil)
	connectors.Handle(h.host, pollKind, nameItself, h.poll)
	tests := queue.Kind[string]{Name: "probe.untested", Version: 1}
	connectors.Handle(h.host, tests, nameItself, h.poll, connectors.Untested())
	h.put(probeAt("a"))
	id := queuetest.Enqueue(t, h.queue, pollKind, "a", queue.Options{})
	early := queuetest.Enqueue(t, h.queue, tests, "a", queue.Options{})
	h.idle()
	if i := h.queue.Info(t, early); i.State != queue.StateDone {
		t.Errorf("a test of a draft is %s: %s", i.State, i.Error)
	}
	for _, c := range []struct {
		to    []connectors.BackendState
		words string
	}{{nil, "draft"}, {[]connectors.BackendState{connectors.Checked}, "checked"}, {[]connectors.BackendState{connectors.Off}, "switched off"}} {
		h.setState("a", c.to...)
		var waits []time.Duration
		for range 30 {
			h.queue.Clock.Advance(10 * time.Minute)
			h.idle()
			i := h.queue.Info(t, id)
			if i.State != queue.StatePending || i.Attempt != 0 || !strings.Contains(i.Error, c.words) || !strings.Contains(i.Error, `"a"`) {
				t.Fatalf("while it is %s: %s, attempt %d, %q", c.words, i.State, i.Attempt, i.Error)
			}
			waits = append(waits, i.ETA.Sub(h.queue.Clock.Now()))
		}
		if last := waits[len(waits)-1]; last < 9*time.Minute || last > 11*time.Minute {
			t.Errorf("after hours it waits %v", last)
		}
	}
	off := queuetest.Enqueue(t, h.queue, tests, "a", queue.Options{})
	h.idle()
	if i := h.queue.Info(t, off); i.State != queue.StatePending {
		t.Errorf("a test of one that is off is %s", i.State)
	}
	h.setState("a", connectors.Draft, connectors.Checked, connectors.Production)
	h.queue.Clock.Advance(11 * time.Minute)
	h.idle()
	if i := h.queue.Info(t, id); i.State != queue.StateDone || i.Result != "read" {
		t.Errorf("in production it is %s: %s", i.State, i.Error)
	}

	late := queuetest.Enqueue(t, h.queue, pollKind, "a", queue.Options{})
	h.setState("a", connectors.Off)
	h.change(func(tx *store.Tx, l connectors.Backends) error { return l.Delete(tx, "a") })
	h.idle()
	if i := h.queue.Info(t, late); i.State != queue.StateFailed || !strings.Contains(i.Error, `"a"`) {
		t.Errorf("of a deleted backend: %s, %q", i.State, i.Error)
	}
}

func (h *hosted) idle() {
	h.t.Helper()
	if err := h.queue.RunUntilIdle(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// A job's work has the client, the job's logger and Step; its error is what the table of
// Outcome makes of it; what it returns is committed after the loan has ended.
func TestHandleLendsTheClient(t *testing.T) {
	var h *hosted
	h = newHosted(t, func(c *connectors.Connector) {
		c.Open = func(_ context.Context, w *connectors.Work) (any, func() error, error) {
			h.tell("open", w.Backend.Name)
			return "line of " + w.Backend.Name, func() error { h.tell("close"); return nil }, nil
		}
	})
	var fail error
	steps := store.NewBucket[string, string]("test.steps", store.StringKey())
	connectors.Handle(h.host, pollKind, nameItself, func(ctx context.Context, w *connectors.Work, job *queue.Job[string]) (queue.Done, error) {
		line, err := connectors.ClientOf[string](w)
		h.tell("work", line, w.Backend.Text("poll"))
		w.Logger.Info("on the line")
		if fail != nil {
			return nil, fail
		}
		return func(*store.Tx) error { h.tell("commit"); return nil },
			errors.Join(err, w.Commit(ctx, func(tx *store.Tx) error { return steps.Put(tx, "a", "step") }))
	})
	h.production("a")
	one := queuetest.Enqueue(t, h.queue, pollKind, "a", queue.Options{})
	h.idle()
	if got := strings.Join(h.events, ""); got != "open a\nwork line of a 2s\nclose\ncommit\n" {
		t.Errorf("told %q", got)
	}
	view(t, h.store, func(tx *store.Tx) error {
		log, err := h.queue.Log(tx, one)
		if len(log) != 1 || !strings.Contains(log[0].Text, "on the line") || !steps.Has(tx, "a") {
			t.Errorf("log %v", log)
		}
		return err
	})
	for _, c := range []struct {
		err   error
		state queue.State
	}{
		{&connectors.RefusedError{Err: errors.New("no")}, queue.StateFailed},
		{&connectors.NetworkError{Err: errors.New("away")}, queue.StatePending},
		{fmt.Errorf("%w: up to date", connectors.ErrNothingToDo), queue.StateDone},
	} {
		fail = c.err
		id := queuetest.Enqueue(t, h.queue, pollKind, "a", queue.Options{})
		h.idle()
		i := h.queue.Info(t, id)
		if i.State != c.state || c.state == queue.StatePending && i.Attempt != 0 || c.state == queue.StateDone && i.Result != "nothing to do: up to date" {
			t.Errorf("%v: %s, attempt %d, result %q", c.err, i.State, i.Attempt, i.Result)
		}
	}
}
