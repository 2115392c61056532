package source

import (
	"context"
	"errors"

	"crema/connectors"
	"crema/web"
)

type hooks struct{ p *Parts }

func (s hooks) Make(ctx context.Context, backend string) (string, error) {
	secret, err := s.p.Host.NewHook(ctx, backend)
	if err == nil {
		s.p.Events.Publish(web.Event{Type: "backend", Backend: backend})
	}
	return secret, asProblem(err)
}

func (s hooks) Drop(ctx context.Context, backend string) error {
	err := s.p.Host.DropHook(ctx, backend)
	if err == nil {
		s.p.Events.Publish(web.Event{Type: "backend", Backend: backend})
	}
	return asProblem(err)
}

func (s hooks) Knows(_ context.Context, backend, secret string) (bool, error) {
	err := s.p.Host.MayHint(backend, secret)
	if errors.Is(err, connectors.ErrNoHook) {
		return false, nil
	}
	return err == nil, err
}

func (s hooks) Hint(ctx context.Context, backend, model string, id int64) (string, error) {
	job, err := s.p.Host.Hint(ctx, backend, connectors.Hint{Model: model, ID: id})
	if err != nil || job == 0 {
		return "", asProblem(err)
	}
	return job.String(), nil
}
