package source

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
)

// Together runs the parts of the appliance until ctx ends, which is nil then, or one of them fails, which ends the others.
func Together(ctx context.Context, parts ...func(context.Context) error) error {
	all, running := errgroup.WithContext(ctx) // running has ended when all have: the end that was asked for is ctx's
	for _, part := range parts {
		all.Go(func() error { return part(running) })
	}
	if err := all.Wait(); ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
