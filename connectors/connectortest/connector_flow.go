package connectortest

import (
	"context"
	"fmt"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// flows: each flow of a backend in production ends well, and again.
func (r *siteRig) flows() {
	r.production()
	for _, f := range r.connector.FlowsFor(r.Backend) {
		for _, when := range []string{"", " again"} {
			if job := r.board.Start(r, r.host, r.name, f.Name); job.State != queue.StateDone {
				r.Errorf("flow %s%s: its job is %s: %s", f.Name, when, job.State, r.whyOpen(job))
			} else if job.Backend != r.name {
				r.Errorf("flow %s: its job is one of the backend %q: set queue.Options.Backend", f.Name, job.Backend)
			}
		}
	}
}

// whyOpen tells why a job has not ended well: its error, or those of the jobs that it waits for.
func (r *siteRig) whyOpen(job queue.Info) string {
	r.Helper()
	why := job.Error
	if !job.Waiting {
		return why
	}
	for _, child := range r.board.Jobs.Jobs(r, queue.Filter{Backend: job.Backend}) {
		if child.Parent == job.ID && !child.State.Terminal() {
			why += fmt.Sprintf("it waits for job %s (%s), which is %s: %s; ", child.ID, child.Kind, child.State, r.whyOpen(child))
		}
	}
	return why
}

// flowsAway: while the system is away no flow fails, nor uses attempts, and to start it
// again starts no second job; once it is back, a start by hand does it now, and what waited
// ends well in time.
func (r *siteRig) flowsAway() {
	if r.Away == nil {
		return
	}
	r.production()
	back := r.Away()
	jobs := map[string]queue.ID{}
	for _, f := range r.connector.FlowsFor(r.Backend) {
		job := r.board.Start(r, r.host, r.name, f.Name)
		jobs[f.Name] = job.ID
		if job.State == queue.StateFailed || !job.State.Terminal() && job.Attempt > 0 && !job.Waiting {
			r.Errorf("flow %s without a system: its job is %s, with %d attempts used: %s", f.Name, job.State, job.Attempt, job.Error)
		}
		if again := r.board.Start(r, r.host, r.name, f.Name); job.State == queue.StatePending && again.ID != job.ID {
			r.Errorf("flow %s started again while its job waits starts another one: give both one IdentityKey, and PullForward", f.Name)
		}
	}
	back()
	r.wellSoon("a backend whose system is back")
	for name := range jobs {
		if job := r.board.Start(r, r.host, r.name, name); job.State != queue.StateDone {
			r.Errorf("flow %s started by hand once the system is back: its job is %s%s: %s", name, job.State,
				map[bool]string{true: ", and waits for its children: pull them forward, too"}[job.Waiting], job.Error)
		}
	}
	r.board.Jobs.Clock.Advance(time.Hour)
	r.board.RunUntilIdle(r)
	for name, id := range jobs {
		if job := r.board.Jobs.Info(r, id); job.State != queue.StateDone {
			r.Errorf("flow %s, started without a system, an hour after it is back: its job is %s: %s", name, job.State, r.whyOpen(job))
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
	r.board.RunUntilIdle(r)
	if r.stop != nil {
		_ = ends(r, "the wait for Run() to begin", func() error { <-r.ran; return nil })
		r.stop()
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
