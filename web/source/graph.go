package source

import (
	"context"

	"crema/queue"
	"crema/store"
	"crema/web"
)

// beside adds to a job what belongs to it.
func (s jobs) beside(tx *store.Tx, info queue.Info, d *web.JobDetail) error {
	return nil
}

func (s jobs) Graph(ctx context.Context, name string) (web.Graph, error) {
	d, err := s.Get(ctx, name)
	return web.Graph{Nodes: []web.Job{d.Job}}, err
}
