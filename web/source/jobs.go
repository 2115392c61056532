package source

import (
	"context"

	"crema/queue"
	"crema/store"
	"crema/web"
)

type jobs struct{ p *Parts }

func (s jobs) List(_ context.Context, f web.JobFilter) (web.Page[web.Job], error) {
	var page web.Page[web.Job]
	after, err := number("after", f.After)
	if err != nil {
		return page, err
	}
	err = s.p.Store.View(func(tx *store.Tx) error {
		list, last, err := s.p.Queue.List(tx, queue.Filter{
			State: queue.State(f.State), Channel: f.Channel, Backend: f.Backend, After: queue.ID(after), Limit: f.Limit})
		for _, i := range list {
			page.Items = append(page.Items, job(i))
		}
		page.Next = next(uint64(last))
		return err
	})
	return page, err
}

func (s jobs) Get(_ context.Context, name string) (web.Job, error) {
	n, err := number("job", name)
	if err != nil {
		return web.Job{}, err
	}
	var info queue.Info
	err = s.p.Store.View(func(tx *store.Tx) (err error) {
		info, err = s.p.Queue.Get(tx, queue.ID(n))
		return err
	})
	return job(info), asProblem(err)
}

func (s jobs) Requeue(ctx context.Context, name string) error {
	return s.edit(ctx, name, s.p.Queue.Requeue)
}
func (s jobs) Cancel(ctx context.Context, name string) error {
	return s.edit(ctx, name, s.p.Queue.Cancel)
}
func (s jobs) Done(ctx context.Context, name string) error {
	return s.edit(ctx, name, s.p.Queue.SetDone)
}

func (s jobs) edit(ctx context.Context, name string, change func(context.Context, queue.ID) error) error {
	n, err := number("job", name)
	if err != nil {
		return err
	}
	return asProblem(change(ctx, queue.ID(n)))
}

// job is a job on the wire.
func job(i queue.Info) web.Job {
	return web.Job{
		ID: id(uint64(i.ID)), Kind: i.Kind, State: string(i.State), Channel: i.Channel, Priority: i.Priority, Attempt: i.Attempt,
		MaxRetries: i.MaxRetries, Interruptions: i.Interruptions, ETA: web.At(i.ETA), Created: web.At(i.Created), Started: web.At(i.Started),
		Finished: web.At(i.Finished), Result: i.Result, Error: i.Error, IdentityKey: i.IdentityKey, Backend: i.Backend, Related: i.Related,
		Parent: id(uint64(i.Parent)), ChildrenOpen: i.ChildrenOpen, Description: i.Description, Waiting: i.Waiting,
	}
}

// Hints turns what the queue tells into hints for the page until ctx ends.
func (p *Parts) Hints(ctx context.Context) error {
	changes, stop := p.Queue.Watch()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case i := <-changes:
			p.Events.Publish(web.Event{Type: "job", ID: id(uint64(i.ID)), Backend: i.Backend, State: string(i.State)})
		}
	}
}
