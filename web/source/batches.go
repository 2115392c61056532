package source

import (
	"context"

	"crema/web"
)

type batches struct{ p *Parts }

func (s batches) List(context.Context, web.Paging) (web.Page[web.Batch], error) {
	return web.Page[web.Batch]{}, nil
}

func (s batches) Get(_ context.Context, name string) (web.Batch, error) {
	return web.Batch{}, web.NotFound("batch", name, "see GET /api/v1/batches")
}

func (s batches) Read(ctx context.Context, name string) error {
	_, err := s.Get(ctx, name)
	return err
}
