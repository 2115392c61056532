package source

import (
	"context"
	"errors"

	"crema/queue"
	"crema/store"
	"crema/web"
)

func (s jobs) Graph(_ context.Context, name string) (web.Graph, error) {
	n, err := number("job", name)
	if err != nil {
		return web.Graph{}, err
	}
	var g web.Graph
	err = s.p.Store.View(func(tx *store.Tx) error {
		nodes, edges, err := s.p.Queue.Graph(tx, queue.ID(n))
		if err != nil {
			return err
		}
		for _, i := range nodes {
			g.Nodes = append(g.Nodes, job(i))
		}
		for _, e := range edges {
			g.Edges = append(g.Edges, web.Edge{From: id(uint64(e.From)), To: id(uint64(e.To)), When: string(e.When)})
		}
		return nil
	})
	return g, asProblem(err)
}

// neighbours adds to a job those that it waits for in its graph, and those that wait for it. What was pruned is left out.
func (s jobs) neighbours(tx *store.Tx, at queue.ID, d *web.JobDetail) error {
	for _, e := range s.p.Queue.Edges(tx, at) {
		other, list := e.From, &d.Dependencies
		if e.From == at {
			other, list = e.To, &d.Dependents
		}
		i, err := s.p.Queue.Get(tx, other)
		switch {
		case errors.Is(err, queue.ErrNotFound):
			continue
		case err != nil:
			return err
		}
		*list = append(*list, link(i, string(e.When)))
	}
	return nil
}
