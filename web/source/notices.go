package source

import (
	"context"

	"crema/web"
)

type notices struct{ p *Parts }

func (s notices) List(context.Context) ([]web.Notice, error) { return nil, nil }

func (s notices) Dismiss(_ context.Context, name string) error {
	return web.NotFound("notice", name, "see GET /api/v1/notices")
}
