package webhook

import (
	"context"
	"fmt"
	"sync"

	"crema/connectors"
	"crema/connectors/remote"
	"crema/queue"
	"crema/store"
)

// Kind is that of backends that are told by HTTP what happens.
var Kind = connectors.NewKind("webhook")

// keep is how many events wait at most, for all receivers together, which share it evenly:
// 300 MB in the store, and what a machine with 500 cups a day makes in 100 days.
const keep = 100_000

// mostCancelled bounds what the commit that deletes a backend has to do.
const mostCancelled = 1000

// sink is the connector's own side of a host.
type sink struct {
	host *connectors.Host
	keep int

	mu       sync.Mutex
	failures map[string]int // in a row, by backend; a restart forgets them
	waiting  map[string]int // by backend: so many events wait, or less
}

// New makes the connector on a host, and registers there its kinds of job, what it listens
// to, and what happens at a review. Call it before the queue runs.
func New(h *connectors.Host) connectors.Connector { return newSink(h, keep).connector() }

func newSink(h *connectors.Host, keep int) *sink {
	s := &sink{host: h, keep: keep, failures: map[string]int{}, waiting: map[string]int{}}
	connectors.Handle(h, deliverKind, func(d delivery) string { return d.Backend }, s.deliver)
	connectors.Handle(h, missedKind, func(m missed) string { return m.Backend }, s.noteMissed, connectors.Untested())
	if h.Events != nil {
		s.listen()
	}
	if h.Checkpoints != nil {
		h.Checkpoints.OnReview(reasonRefused, func(tx *store.Tx, p connectors.Checkpoint) error { return s.pullForward(tx, p.Backend) })
		h.Checkpoints.OnReview(reasonUndelivered, func(tx *store.Tx, p connectors.Checkpoint) error { return s.pullForward(tx, p.Backend) })
		h.Checkpoints.OnReview(reasonMissed, func(tx *store.Tx, p connectors.Checkpoint) error { return gaps.Delete(tx, p.Backend) })
	}
	return s
}

func (s *sink) connector() connectors.Connector {
	return connectors.Connector{
		Kind: Kind, Text: "Webhook", Settings: settings(), Check: remote.CheckTLS,
		Channel: channelOf, InOrder: true,
		Open: open, Test: test, Passed: s.passed, Deleted: s.deleted,
	}
}

// channelOf is where a backend's events stand in line.
func channelOf(backend string) string { return "root.webhook." + backend }

// passed has what waited go on at once.
func (s *sink) passed(tx *store.Tx, b connectors.Backend) error {
	if b.State != connectors.Production {
		return nil
	}
	if err := s.host.Checkpoints.ResolveCheckpoint(tx, b.Name, connectors.ModelBackend, b.Name, reasonGone); err != nil {
		return err
	}
	return s.pullForward(tx, b.Name)
}

// pullForward has the event that is first in a backend's line tried now, if it waits for
// its next try.
func (s *sink) pullForward(tx *store.Tx, backend string) error {
	list, err := s.host.Queue.Channels(tx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Name == channelOf(backend) && c.BlockedBy != 0 {
			return s.host.Queue.PullForward(tx, c.BlockedBy)
		}
	}
	return nil
}

// deleted takes what waits for a backend out of the line, unless that would hold up the
// only writer for long.
func (s *sink) deleted(tx *store.Tx, b connectors.Backend) error {
	if n := s.look(b.Name); n > mostCancelled {
		return fmt.Errorf("%d events wait for it: cancel them first, by the page or with `crema job cancel --backend %s`", n, b.Name)
	}
	if err := gaps.Delete(tx, b.Name); err != nil {
		return err
	}
	_, err := s.host.Queue.CancelOpen(tx, queue.Filter{Backend: b.Name, Channel: channelOf(b.Name)}, "its backend was deleted")
	return err
}

// test posts an event that says that nothing happened.
func test(ctx context.Context, w *connectors.Work) ([]connectors.Finding, error) {
	findings := warnings(w.Backend)
	unknown, err := nobody(w)
	if err != nil {
		return nil, err
	}
	findings = append(findings, unknown...)
	c, err := newClient(w)
	if err != nil {
		return nil, err
	}
	defer c.http.CloseIdleConnections()
	e, err := testEvent(w.Backend.Name, w.Now())
	if err != nil {
		return nil, err
	}
	err = c.post(ctx, e)
	switch {
	case ctx.Err() != nil:
		return nil, err
	case err != nil:
		findings = append(findings, finding(w.Backend, err))
	}
	return findings, nil
}
