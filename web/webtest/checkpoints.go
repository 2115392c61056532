package webtest

import (
	"context"
	"slices"
	"strings"

	"crema/web"
)

type checkpoints struct{ *Board }

func chosen(f web.CheckpointFilter) func(web.Checkpoint) bool {
	return func(c web.Checkpoint) bool {
		return (f.State == "" || c.State == f.State || f.State == web.CheckpointClosed && c.State != web.CheckpointOpen) && (f.Backend == "" || c.Backend == f.Backend) &&
			(f.Model == "" || c.Model == f.Model) && (f.Record == "" || c.Record == f.Record) && (f.Reason == "" || c.Reason == f.Reason) &&
			(f.Assignee == "" || c.Assignee == f.Assignee) && strings.Contains(strings.ToLower(c.Message), strings.ToLower(f.Text))
	}
}

func (b checkpoints) List(_ context.Context, f web.CheckpointFilter) (web.Page[web.Checkpoint], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return paged(b.Reviews, f.Paging, chosen(f)), b.Err
}

func (b checkpoints) Get(_ context.Context, id string) (web.Checkpoint, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.checkpoint(id)
	if err != nil {
		return web.Checkpoint{}, err
	}
	return *c, b.Err
}

func (b checkpoints) Review(_ context.Context, id, by string) (web.Checkpoint, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.openCheckpoint(id, by)
	if err != nil {
		return web.Checkpoint{}, err
	}
	b.ask("review %s by %s", id, by)
	c.State, c.Closed, c.ReviewedBy = web.CheckpointReviewed, web.At(Now()), by
	return *c, nil
}

func (b checkpoints) ReviewAll(_ context.Context, f web.CheckpointFilter, by string) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ask("review all %v by %s", f.Pairs(), by)
	want := chosen(f)
	for i := range b.Reviews {
		if c := &b.Reviews[i]; c.State == web.CheckpointOpen && want(*c) {
			c.State, c.Closed, c.ReviewedBy = web.CheckpointReviewed, web.At(Now()), by
			n++
		}
	}
	return n, b.Err
}

func (b checkpoints) Assign(_ context.Context, id, to string) (web.Checkpoint, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.openCheckpoint(id, to)
	if err != nil {
		return web.Checkpoint{}, err
	}
	b.ask("assign %s to %s", id, to)
	c.Assignee = to
	return *c, nil
}

func (b checkpoints) Answer(_ context.Context, id, name, value, by string) (web.Checkpoint, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.openCheckpoint(id, by)
	if err != nil {
		return web.Checkpoint{}, err
	}
	if !slices.ContainsFunc(c.Answers, func(a web.Answer) bool { return a.Name == name && (a.Value == "") == (value == "") }) {
		return web.Checkpoint{}, web.Invalid("that is no answer to this checkpoint", "see its answers")
	}
	b.ask("answer %s: %s %q by %s", id, name, value, by)
	c.State, c.Closed, c.ReviewedBy, c.Answers = web.CheckpointReviewed, web.At(Now()), by, nil
	return *c, nil
}

// openCheckpoint is one that something may be done to, by a person or for one.
func (b *Board) openCheckpoint(id, person string) (*web.Checkpoint, error) {
	c, err := b.checkpoint(id)
	switch {
	case err != nil:
		return nil, err
	case c.State != web.CheckpointOpen:
		return nil, web.Conflict("checkpoint "+id+" is "+c.State+" already", "nothing is left to do")
	case strings.Contains(person, "\n") || len(person) > 100:
		return nil, web.Invalid("that is no name", "give one line of at most 100 characters")
	}
	return c, nil
}

func (b *Board) checkpoint(id string) (*web.Checkpoint, error) {
	for i := range b.Reviews {
		if string(b.Reviews[i].ID) == id {
			return &b.Reviews[i], nil
		}
	}
	return nil, web.NotFound("checkpoint", id, "see GET /api/v1/checkpoints")
}
