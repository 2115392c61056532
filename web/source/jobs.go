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
	chosen, err := filter(f)
	if err != nil {
		return page, err
	}
	err = s.p.Store.View(func(tx *store.Tx) error {
		list, last, err := s.p.Queue.List(tx, chosen)
		for _, i := range list {
			page.Items = append(page.Items, job(i))
		}
		page.Next = next(uint64(last))
		return err
	})
	return page, asProblem(err)
}

// filter is a filter as the queue has it.
func filter(f web.JobFilter) (queue.Filter, error) {
	after, err := number("after", f.After)
	if err != nil {
		return queue.Filter{}, err
	}
	if f.Channel != "" {
		if err := queue.CheckChannel(f.Channel); err != nil {
			return queue.Filter{}, web.Invalid(err.Error(), "GET /api/v1/channels lists them")
		}
	}
	graph, err := number("graph", f.Graph)
	if err != nil {
		return queue.Filter{}, err
	}
	batch, err := number("batch", f.Batch)
	return queue.Filter{State: queue.State(f.State), Channel: f.Channel, Backend: f.Backend, Kind: f.Kind, Class: f.Class,
		Graph: queue.ID(graph), Batch: queue.BatchID(batch), After: queue.ID(after), Limit: f.Limit}, err
}

func (s jobs) Get(_ context.Context, name string) (web.JobDetail, error) {
	n, err := number("job", name)
	if err != nil {
		return web.JobDetail{}, err
	}
	var d web.JobDetail
	err = s.p.Store.View(func(tx *store.Tx) error {
		info, err := s.p.Queue.Get(tx, queue.ID(n))
		if err != nil {
			return err
		}
		d.Job = job(info)
		if d.Record, err = s.record(tx, info); err != nil {
			return err
		}
		return s.beside(tx, info, &d)
	})
	return d, asProblem(err)
}

func (s jobs) Kinds() []string { return s.p.Queue.Kinds() }

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

func (s jobs) RequeueAll(ctx context.Context, f web.JobFilter) (int, error) {
	return s.editAll(ctx, f, s.p.Queue.RequeueAll)
}
func (s jobs) CancelAll(ctx context.Context, f web.JobFilter) (int, error) {
	return s.editAll(ctx, f, s.p.Queue.CancelAll)
}
func (s jobs) DoneAll(ctx context.Context, f web.JobFilter) (int, error) {
	return s.editAll(ctx, f, s.p.Queue.SetDoneAll)
}

func (s jobs) editAll(ctx context.Context, f web.JobFilter, change func(context.Context, queue.Filter) (int, error)) (int, error) {
	chosen, err := filter(f)
	if err != nil {
		return 0, err
	}
	n, err := change(ctx, chosen)
	return n, asProblem(err)
}

// job is a job on the wire.
func job(i queue.Info) web.Job {
	return web.Job{
		ID: id(uint64(i.ID)), Kind: i.Kind, State: string(i.State), Channel: i.Channel, Priority: i.Priority, Attempt: i.Attempt,
		MaxRetries: i.MaxRetries, Interruptions: i.Interruptions, ETA: web.At(i.ETA), Created: web.At(i.Created), Started: web.At(i.Started),
		Finished: web.At(i.Finished), Result: i.Result, Error: i.Error, IdentityKey: i.IdentityKey, Backend: i.Backend, Related: i.Related,
		Parent: id(uint64(i.Parent)), ChildrenOpen: i.ChildrenOpen, Description: i.Description, Waiting: i.Waiting, Stuck: i.Stuck, Skipped: i.Skipped,
		ExecTime: i.Exec.Seconds(), Boot: i.Boot, Class: i.Class, Graph: id(uint64(i.Graph)), Dependencies: i.DependenciesOpen, Batch: id(uint64(i.Batch)),
	}
}
