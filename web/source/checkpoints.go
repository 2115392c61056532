package source

import (
	"context"

	"crema/connectors"
	"crema/store"
	"crema/web"
)

type checkpoints struct{ p *Parts }

func (s checkpoints) List(_ context.Context, f web.CheckpointFilter) (web.Page[web.Checkpoint], error) {
	var page web.Page[web.Checkpoint]
	after, err := number("after", f.After)
	if err != nil {
		return page, err
	}
	err = s.p.Store.View(func(tx *store.Tx) error {
		chosen := connectors.CheckpointFilter{After: after, Limit: f.Limit}
		if f.Open != nil {
			chosen.State = connectors.CheckpointClosed
			if *f.Open {
				chosen.State = connectors.CheckpointOpen
			}
		}
		list, last, err := s.p.Checkpoints.List(tx, chosen)
		for _, c := range list {
			page.Items = append(page.Items, checkpoint(c))
		}
		page.Next = next(last)
		return err
	})
	return page, err
}

func (s checkpoints) Review(ctx context.Context, name string) (web.Checkpoint, error) {
	n, err := number("checkpoint", name)
	if err != nil {
		return web.Checkpoint{}, err
	}
	var c connectors.Checkpoint
	err = s.p.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if err = s.p.Checkpoints.Review(tx, n, ""); err != nil {
			return err
		}
		c, err = s.p.Checkpoints.Get(tx, n)
		return err
	})
	if err == nil {
		s.p.Events.Publish(web.Event{Type: "checkpoint", ID: id(n), Backend: c.Backend, State: string(c.State)})
	}
	return checkpoint(c), asProblem(err)
}

// checkpoint is a checkpoint on the wire.
func checkpoint(c connectors.Checkpoint) web.Checkpoint {
	return web.Checkpoint{
		ID: id(c.ID), Backend: c.Backend, Model: c.Model, Record: c.Record, Reason: c.Reason, Message: c.Message,
		State: string(c.State), Created: web.At(c.Created),
	}
}
