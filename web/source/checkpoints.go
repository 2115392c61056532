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
	chosen, err := checkpointFilter(f)
	if err != nil {
		return page, err
	}
	err = s.p.Store.View(func(tx *store.Tx) error {
		list, last, err := s.p.Checkpoints.List(tx, chosen)
		for _, c := range list {
			page.Items = append(page.Items, s.checkpoint(c))
		}
		page.Next = next(last)
		return err
	})
	return page, err
}

// checkpointFilter is a filter as the framework has it.
func checkpointFilter(f web.CheckpointFilter) (connectors.CheckpointFilter, error) {
	after, err := number("after", f.After)
	return connectors.CheckpointFilter{State: connectors.CheckpointState(f.State), Backend: f.Backend, Model: f.Model, Record: f.Record, Reason: f.Reason,
		Assignee: f.Assignee, Text: f.Text, After: after, Limit: f.Limit}, err
}

func (s checkpoints) Get(_ context.Context, name string) (web.Checkpoint, error) {
	n, err := number("checkpoint", name)
	if err != nil {
		return web.Checkpoint{}, err
	}
	var c connectors.Checkpoint
	err = s.p.Store.View(func(tx *store.Tx) (err error) { c, err = s.p.Checkpoints.Get(tx, n); return err })
	return s.checkpoint(c), asProblem(err)
}

func (s checkpoints) Review(ctx context.Context, name, by string) (web.Checkpoint, error) {
	return s.change(ctx, name, func(tx *store.Tx, n uint64) error { return s.p.Checkpoints.Review(tx, n, by) })
}

func (s checkpoints) Assign(ctx context.Context, name, to string) (web.Checkpoint, error) {
	return s.change(ctx, name, func(tx *store.Tx, n uint64) error { return s.p.Checkpoints.Assign(tx, n, to) })
}

func (s checkpoints) Answer(ctx context.Context, name, answer, value, by string) (web.Checkpoint, error) {
	return s.change(ctx, name, func(tx *store.Tx, n uint64) error { return s.p.Checkpoints.Answer(tx, n, answer, value, by) })
}

// change does something to a checkpoint and returns it as it is then.
func (s checkpoints) change(ctx context.Context, name string, do func(*store.Tx, uint64) error) (web.Checkpoint, error) {
	n, err := number("checkpoint", name)
	if err != nil {
		return web.Checkpoint{}, err
	}
	var c connectors.Checkpoint
	err = s.p.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if err = do(tx, n); err != nil {
			return err
		}
		c, err = s.p.Checkpoints.Get(tx, n)
		return err
	})
	if err == nil {
		s.p.Events.Publish(checkpointHint(c))
	}
	return s.checkpoint(c), asProblem(err)
}

func (s checkpoints) ReviewAll(ctx context.Context, f web.CheckpointFilter, by string) (int, error) {
	chosen, err := checkpointFilter(f)
	if err != nil {
		return 0, err
	}
	n, err := s.p.Checkpoints.ReviewAll(ctx, s.p.Store, chosen, by)
	if n > 0 {
		s.p.Events.Publish(web.Event{Type: "checkpoint", Backend: f.Backend, State: web.CheckpointReviewed})
	}
	return n, asProblem(err)
}

// checkpoint is a checkpoint on the wire.
func (s checkpoints) checkpoint(c connectors.Checkpoint) web.Checkpoint {
	var answers []web.Answer
	for _, a := range s.p.Checkpoints.Answers(c) {
		answers = append(answers, web.Answer(a))
	}
	return web.Checkpoint{
		ID: id(c.ID), Backend: c.Backend, Model: c.Model, Record: c.Record, Reason: c.Reason, Message: c.Message,
		State: string(c.State), Assignee: c.Assignee, Created: web.At(c.Created), Closed: web.At(c.Closed), ReviewedBy: c.ReviewedBy, Answers: answers,
	}
}

func checkpointHint(c connectors.Checkpoint) web.Event {
	return web.Event{Type: "checkpoint", ID: id(c.ID), Backend: c.Backend, State: string(c.State)}
}
