package connectortest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crema/connectors"
	"crema/store"
)

// Site is a connector at a system that answers, as [Connector] tries it.
type Site struct {
	// New makes the connector for a host, as main does, which then adds it.
	New func(h *connectors.Host) connectors.Connector
	// Backend is a backend of it: name, kind and settings, with which its test is good.
	Backend connectors.Backend
	// Secrets are the backend's secret settings, by name. They must be unlike any other text.
	Secrets map[string]string
	// Away has the system give no answer, until back is called; nil: it is not tried.
	Away func() (back func())
	// Opened counts the clients that are open at the system now; nil: it can't tell.
	Opened func() int
}

// Connector is the conformance suite of connectors: each part of it on a new board, at a
// system that open makes. The page, the commands and the queue count on all that it looks
// at.
func Connector(t testing.TB, open func(t testing.TB) Site) {
	t.Helper()
	for _, p := range []struct {
		name string
		run  func(*siteRig)
	}{
		{"declared", (*siteRig).declared},
		{"settings", (*siteRig).settings},
		{"test", (*siteRig).tests},
		{"test without a system", (*siteRig).testsAway},
		{"test without settings", (*siteRig).testsBare},
		{"flows", (*siteRig).flows},
		{"flows without a system", (*siteRig).flowsAway},
		{"open and close", (*siteRig).opens},
		{"run", (*siteRig).runs},
		{"delete", (*siteRig).deletes},
		{"secrets", (*siteRig).keepsSecrets},
	} {
		part(t, p.name, func(t testing.TB) { p.run(newSiteRig(t, open(t))) })
	}
}

// siteRig is one connector in one part of the suite.
type siteRig struct {
	testing.TB
	Site
	board     *Board
	host      *connectors.Host
	connector connectors.Connector
	name      string        // of the backend
	lent      atomic.Int64  // clients that were opened and are not closed
	stop      func()        // ends what runs of the backend, and waits for it; nil: nothing runs
	ran       chan struct{} // closed when the connector's Run begins
}

func newSiteRig(t testing.TB, s Site) *siteRig {
	r := &siteRig{TB: t, Site: s, board: NewBoard(t), name: s.Backend.Name, ran: make(chan struct{})}
	r.host = connectors.NewHost(r.board.Environment)
	r.connector = s.New(r.host)
	r.host.Add(r.told(r.counted(r.connector)))
	if err := r.host.Check(); err != nil {
		t.Fatalf("the host refuses the connector: %v", err)
	}
	for setting, value := range s.Secrets {
		r.board.Seal(t, r.name, setting, value)
	}
	return r
}

// counted counts the loans of a connector.
func (r *siteRig) counted(c connectors.Connector) connectors.Connector {
	open := c.Open
	if open == nil {
		return c
	}
	c.Open = func(ctx context.Context, w *connectors.Work) (any, func() error, error) {
		client, end, err := open(ctx, w)
		if err != nil {
			if end != nil {
				r.Errorf("Open() gives a close beside the error %v: nobody calls it", err)
			}
			return client, end, err
		}
		if end == nil {
			return client, nil, nil
		}
		r.lent.Add(1)
		return client, func() error { r.lent.Add(-1); return end() }, nil
	}
	return c
}

// told tells when a connector's Run begins.
func (r *siteRig) told(c connectors.Connector) connectors.Connector {
	run, begun := c.Run, sync.OnceFunc(func() { close(r.ran) })
	if run == nil {
		return c
	}
	c.Run = func(ctx context.Context, w *connectors.Work) error {
		begun()
		return run(ctx, w)
	}
	return c
}

// store makes the backend, as one of the file, and has it run where the connector has a Run.
func (r *siteRig) store() {
	r.Helper()
	if err := r.host.Sync(r.Context(), []connectors.Backend{r.Backend}); err != nil {
		r.Fatalf("the backend is refused: %v", err)
	}
	if r.connector.Run == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.host.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if !errors.Is(err, context.Canceled) {
				r.Errorf("Run() = %v", err)
			}
		case <-time.After(patience):
			r.Errorf("Run(), whose context is over, does not return")
		}
	})
	r.Cleanup(r.stop)
}

// production makes the backend and brings it to production by a test. What runs may take a
// moment until it has reached the system.
func (r *siteRig) production() {
	r.Helper()
	r.store()
	r.wellSoon("a backend whose system is there")
	r.board.view(r, func(tx *store.Tx) error {
		b, err := r.host.Backends().Get(tx, r.name)
		if err == nil && b.State != connectors.Production {
			r.Errorf("after a good test the backend is %s", b.State)
		}
		return err
	})
}

// wellSoon fails the test unless a test of the backend is good, where something runs of it
// after some time.
func (r *siteRig) wellSoon(what string) {
	r.Helper()
	for tries := 0; ; tries++ {
		findings, err := r.host.Test(r.Context(), r.name)
		if err == nil && !slices.ContainsFunc(findings, isBad) {
			return
		}
		if r.stop == nil || time.Duration(tries)*moment > patience {
			r.Fatalf("the test of %s finds %+v, %v", what, findings, err)
		}
		time.Sleep(moment)
	}
}

// moment is what passes until what runs is looked at again.
const moment = 20 * time.Millisecond
