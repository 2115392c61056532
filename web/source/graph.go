package source

import (
	"context"

	"crema/web"
)

func (s jobs) Graph(ctx context.Context, name string) (web.Graph, error) {
	d, err := s.Get(ctx, name)
	return web.Graph{Nodes: []web.Job{d.Job}}, err
}
