package webtest

import (
	"context"
	"fmt"

	"crema/web"
)

func wanted(f web.JobFilter) func(web.Job) bool {
	return func(j web.Job) bool {
		return (f.State == "" || j.State == f.State) && (f.Channel == "" || j.Channel == f.Channel) && (f.Backend == "" || j.Backend == f.Backend) &&
			(f.Kind == "" || j.Kind == f.Kind) && (f.Graph == "" || string(j.Graph) == f.Graph) && (f.Batch == "" || string(j.Batch) == f.Batch) &&
			(f.Class == "" || j.Class == f.Class)
	}
}

func (b jobs) List(_ context.Context, f web.JobFilter) (web.Page[web.Job], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return paged(b.Queue, f.Paging, wanted(f)), b.Err
}

func (b jobs) Get(_ context.Context, id string) (web.JobDetail, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, err := b.job(id)
	if err != nil {
		return web.JobDetail{}, err
	}
	d := web.JobDetail{Job: *j, Log: b.Logs[id]}
	for _, e := range b.Edges {
		switch {
		case e.To == j.ID:
			d.Dependencies = append(d.Dependencies, b.link(e.From, e.When))
		case e.From == j.ID:
			d.Dependents = append(d.Dependents, b.link(e.To, e.When))
		}
	}
	for _, c := range b.Queue {
		if c.Parent == j.ID && !c.Terminal() {
			d.Children = append(d.Children, b.link(c.ID, ""))
		}
	}
	return d, b.Err
}

func (b *Board) link(id web.ID, on string) web.Link {
	j, err := b.job(string(id))
	if err != nil {
		return web.Link{ID: id, When: on}
	}
	return web.Link{ID: id, Kind: j.Kind, State: j.State, Description: j.Description, When: on}
}

func (b jobs) Graph(_ context.Context, id string) (web.Graph, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, err := b.job(id)
	if err != nil {
		return web.Graph{}, err
	}
	if j.Graph == "" {
		return web.Graph{Nodes: []web.Job{*j}}, b.Err
	}
	var g web.Graph
	for _, n := range b.Queue {
		if n.Graph == j.Graph {
			g.Nodes = append(g.Nodes, n)
		}
	}
	for _, e := range b.Edges {
		if from, err := b.job(string(e.From)); err == nil && from.Graph == j.Graph {
			g.Edges = append(g.Edges, e)
		}
	}
	return g, b.Err
}

func (b jobs) Kinds() []string {
	return []string{"coffee.catalogue", "coffee.sales", "coffee.slot", "crema.test"}
}

func (b jobs) Requeue(_ context.Context, id string) error {
	return b.change(id, "requeue", web.JobPending)
}
func (b jobs) Cancel(_ context.Context, id string) error {
	return b.change(id, "cancel", web.JobCancelled)
}
func (b jobs) Done(_ context.Context, id string) error { return b.change(id, "done", web.JobDone) }

func (b jobs) change(id, what, state string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, err := b.job(id)
	if err != nil {
		return err
	}
	if j.State == web.JobDone {
		return web.Conflict("job "+id+" is done", "start it anew")
	}
	b.ask("%s %s", what, id)
	j.State = state
	return nil
}

func (b jobs) RequeueAll(_ context.Context, f web.JobFilter) (int, error) {
	return b.changeAll(f, "requeue", web.JobPending)
}
func (b jobs) CancelAll(_ context.Context, f web.JobFilter) (int, error) {
	return b.changeAll(f, "cancel", web.JobCancelled)
}
func (b jobs) DoneAll(_ context.Context, f web.JobFilter) (int, error) {
	return b.changeAll(f, "done", web.JobDone)
}

func (b jobs) changeAll(f web.JobFilter, what, state string) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ask("%s all %v", what, f.Pairs())
	want := wanted(f)
	for i := range b.Queue {
		if j := &b.Queue[i]; j.State != web.JobDone && want(*j) {
			j.State = state
			n++
		}
	}
	return n, b.Err
}

func (b jobs) Test(_ context.Context, t web.JobTest) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t.Channel == "nowhere else" {
		return "", web.Invalid("channel "+t.Channel, "letters, digits, - and _, joined by dots")
	}
	b.ask("test %d %g", t.Count, t.FailureRate)
	id := fmt.Sprint(len(b.Groups) + 1)
	b.Groups = append(b.Groups, web.Batch{ID: web.ID(id), Name: "test", State: web.BatchFinished, Total: t.Count, Done: t.Count, Completeness: 1})
	return id, nil
}
