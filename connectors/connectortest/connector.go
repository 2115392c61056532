package connectortest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"crema/connectors"
	"crema/queue"
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
	name      string       // of the backend
	lent      atomic.Int64 // clients that were opened and are not closed
}

func newSiteRig(t testing.TB, s Site) *siteRig {
	r := &siteRig{TB: t, Site: s, board: NewBoard(t), name: s.Backend.Name}
	r.host = connectors.NewHost(r.board.Environment)
	r.connector = s.New(r.host)
	r.host.Add(r.counted(r.connector))
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

// store makes the backend, as one of the file.
func (r *siteRig) store() {
	r.Helper()
	if err := r.host.Sync(r.Context(), []connectors.Backend{r.Backend}); err != nil {
		r.Fatalf("the backend is refused: %v", err)
	}
}

// production makes the backend and brings it to production by a test.
func (r *siteRig) production() {
	r.Helper()
	r.store()
	findings, err := r.host.Test(r.Context(), r.name)
	if err != nil {
		r.Fatalf("Test() = %v", err)
	}
	r.board.view(r, func(tx *store.Tx) error {
		b, err := r.host.Backends().Get(tx, r.name)
		if err == nil && b.State != connectors.Production {
			r.Fatalf("after its test the backend is %s: %+v", b.State, findings)
		}
		return err
	})
}

// declared: the page has words for what it offers.
func (r *siteRig) declared() {
	c := r.connector
	if c.Text == "" {
		r.Errorf("the connector has no Text: the page has no word for it")
	}
	for _, s := range c.Settings {
		if s.Label == "" {
			r.Errorf("setting %q has no Label: the page has no word for it", s.Name)
		}
	}
	for _, f := range c.Flows {
		if f.Text == "" {
			r.Errorf("flow %q has no Text: the page has no word for it", f.Name)
		}
	}
}

// settings: what is missing is named, with what to do.
func (r *siteRig) settings() {
	r.store()
	for _, s := range r.connector.SettingsOf(r.Backend.Kind) {
		without := r.Backend
		without.Settings = map[string]string{}
		for name, value := range r.Backend.Settings {
			if name != s.Name {
				without.Settings[name] = value
			}
		}
		err := r.connector.CheckSettings(without)
		named := slices.ContainsFunc(connectors.SettingErrors(err), func(e *connectors.SettingError) bool { return e.Setting == s.Name && e.Fix != "" })
		if err != nil && !named {
			r.Errorf("without %q it says %v: it shall name the setting, and what to do", s.Name, err)
		}
		if s.Required && s.Default == "" && s.Type != connectors.SettingSecret && err == nil {
			r.Errorf("without %q, which is required, all is well", s.Name)
		}
	}
}

// tests: a backend that is well has a good test, again and again.
func (r *siteRig) tests() {
	r.production()
	if findings, err := r.host.Test(r.Context(), r.name); err != nil || slices.ContainsFunc(findings, isBad) {
		r.Errorf("the second Test() = %+v, %v", findings, err)
	}
}

func isBad(f connectors.Finding) bool { return !f.Warning }

// testsAway: that the system does not answer is a finding, which says so to people.
func (r *siteRig) testsAway() {
	if r.Away == nil {
		return
	}
	r.store()
	back := r.Away()
	r.finds("Test() without a system", false)
	back()
	if findings, err := r.host.Test(r.Context(), r.name); err != nil || slices.ContainsFunc(findings, isBad) {
		r.Errorf("Test() once the system is back = %+v, %v", findings, err)
	}
}

// testsBare: a backend whose secrets nobody has entered is told so.
func (r *siteRig) testsBare() {
	r.store()
	if len(r.Secrets) == 0 {
		return
	}
	for setting := range r.Secrets {
		r.board.Seal(r, r.name, setting, "")
	}
	r.finds("Test() without secrets", true)
}

// finds fails the test unless a test finds something, in words for people.
func (r *siteRig) finds(what string, mayPass bool) {
	r.Helper()
	var findings []connectors.Finding
	err := ends(r, what, func() (err error) {
		findings, err = r.host.Test(r.Context(), r.name)
		return err
	})
	if err != nil {
		r.Errorf("%s = %v; what is wrong with the backend is a Finding, an error says that the test could not be made", what, err)
	}
	if err == nil && !mayPass && !slices.ContainsFunc(findings, isBad) {
		r.Errorf("%s finds %+v: it is good", what, findings)
	}
	for _, f := range findings {
		if f.Code == "" || f.Text == "" || f.Fix == "" || strings.ContainsAny(f.Code, " \n") {
			r.Errorf("%s finds %+v: a finding has a Code for programs, a Text and a Fix for people", what, f)
		}
	}
}

// flows: each flow of a backend in production ends well, and again.
func (r *siteRig) flows() {
	r.production()
	for _, f := range r.connector.FlowsOf(r.Backend.Kind) {
		for _, when := range []string{"", " again"} {
			if job := r.board.Start(r, r.host, r.name, f.Name); job.State != queue.StateDone {
				r.Errorf("flow %s%s: its job is %s: %s", f.Name, when, job.State, job.Error)
			} else if job.Backend != r.name {
				r.Errorf("flow %s: its job is one of the backend %q: set queue.Options.Backend", f.Name, job.Backend)
			}
		}
	}
}

// flowsAway: while the system is away no flow fails, nor uses attempts; then all end well.
func (r *siteRig) flowsAway() {
	if r.Away == nil {
		return
	}
	r.production()
	back := r.Away()
	jobs := map[string]queue.ID{}
	for _, f := range r.connector.FlowsOf(r.Backend.Kind) {
		job := r.board.Start(r, r.host, r.name, f.Name)
		jobs[f.Name] = job.ID
		if job.State == queue.StateFailed || job.Attempt > 0 && !job.Waiting {
			r.Errorf("flow %s without a system: its job is %s, with %d attempts used: %s", f.Name, job.State, job.Attempt, job.Error)
		}
	}
	back()
	for name, id := range jobs {
		if job := r.board.Start(r, r.host, r.name, name); job.State != queue.StateDone {
			r.Errorf("flow %s started by hand once the system is back: its job is %s%s: %s", name, job.State,
				map[bool]string{true: ", and waits for its children: pull them forward, too"}[job.Waiting], job.Error)
		} else if first := r.board.Jobs.Info(r, id); !first.State.Terminal() {
			r.Errorf("flow %s started by hand leaves the job waiting that was there: give both one IdentityKey, and pull it forward", name)
		}
	}
}

// opens: what a task borrowed is closed when it ends, and a task whose time is over borrows
// nothing for ever.
func (r *siteRig) opens() {
	r.production()
	for range 3 {
		if err := r.host.With(r.Context(), r.name, func(context.Context, *connectors.Work) error { return nil }); err != nil {
			r.Errorf("open and close: %v", err)
		}
	}
	r.closed("")
	if r.Away != nil {
		back := r.Away()
		_ = ends(r, "open without a system", func() error {
			return r.host.With(r.Context(), r.name, func(context.Context, *connectors.Work) error { return nil })
		})
		back()
		r.closed(" while the system was away")
	}
	over, cancel := context.WithCancel(r.Context())
	cancel()
	_ = ends(r, "open with a context that is over", func() error {
		return r.host.With(over, r.name, func(context.Context, *connectors.Work) error { return nil })
	})
	r.closed(" with a context that is over")
}

func (r *siteRig) closed(when string) {
	r.Helper()
	if n := r.lent.Load(); n != 0 {
		r.Errorf("%d clients that were opened%s are not closed", n, when)
	}
	if r.Opened == nil {
		return
	}
	if n := r.Opened(); n != 0 {
		r.Errorf("%d clients that were opened%s are still there for the system", n, when)
	}
}

// runs: what runs of a backend ends when it shall, whatever the system does.
func (r *siteRig) runs() {
	r.production()
	ctx, cancel := context.WithCancel(r.Context())
	done := make(chan error, 1)
	go func() { done <- r.host.Run(ctx) }()
	r.board.RunUntilIdle(r)
	cancel()
	if err := ends(r, "Run(), whose context is over,", func() error { return <-done }); !errors.Is(err, context.Canceled) {
		r.Errorf("Run() = %v", err)
	}
	r.closed("")
}

// deletes: one that is switched off can be deleted.
func (r *siteRig) deletes() {
	b := r.Backend
	b.FromFile = false
	r.board.update(r, func(tx *store.Tx) error { return r.host.Backends().Put(tx, b) })
	err := r.board.Store.Update(r.Context(), func(tx *store.Tx) error {
		if err := r.host.Backends().SetState(tx, r.name, connectors.Off); err != nil {
			return err
		}
		return r.host.Backends().Delete(tx, r.name)
	})
	if err != nil {
		r.Errorf("a backend that never did anything can't be deleted: %v", err)
	}
}

// keepsSecrets: no secret is in what people or the store get to see.
func (r *siteRig) keepsSecrets() {
	if len(r.Secrets) == 0 {
		return
	}
	r.production()
	var seen []string
	see := func(where string, what any) { seen = append(seen, fmt.Sprintf("%s: %+v %#v", where, what, what)) }
	try := func() {
		findings, err := r.host.Test(r.Context(), r.name)
		see("a test", findings)
		see("a test", err)
		for _, f := range r.connector.FlowsOf(r.Backend.Kind) {
			see("a job", r.board.Start(r, r.host, r.name, f.Name))
		}
		see("an error", r.host.With(r.Context(), r.name, func(_ context.Context, w *connectors.Work) error {
			see("the client", w.Client)
			return errors.New("no")
		}))
	}
	try()
	if r.Away != nil {
		back := r.Away()
		try()
		back()
	}
	for _, job := range r.board.Jobs.Jobs(r, queue.Filter{}) {
		see("a job", job)
	}
	see("a checkpoint", r.board.Open(r))
	see("the log", r.board.Log.String())
	see("the store", stored(r, r.board.Store))
	for setting, value := range r.Secrets {
		for _, text := range seen {
			where, rest, _ := strings.Cut(text, ": ")
			if strings.Contains(rest, value) {
				r.Errorf("the secret %s is shown by %s", setting, where)
			}
		}
	}
}
