package webtest

import (
	"context"
	"fmt"
	"io"
	"slices"

	"crema/web"
)

func (b channels) List(context.Context) ([]web.Channel, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.Clone(b.Lines)
	for i, c := range list {
		list[i].Paused = slices.Contains(b.State.Paused, c.Name)
		list[i].Jobs = map[string]int{}
		for _, j := range b.Queue {
			if j.Channel == c.Name {
				list[i].Jobs[j.State]++
			}
		}
	}
	return list, b.Err
}

func (b channels) Pause(_ context.Context, name string, paused bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.ContainsFunc(b.Lines, func(c web.Channel) bool { return c.Name == name }) {
		return web.NotFound("channel", name, "there are root, root.sales")
	}
	b.ask("pause %s %t", name, paused)
	b.State.Paused = slices.DeleteFunc(b.State.Paused, func(p string) bool { return p == name })
	if paused {
		b.State.Paused = append(b.State.Paused, name)
	}
	return nil
}

func (b notices) List(context.Context) ([]web.Notice, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.Failures), b.Err
}

func (b notices) Dismiss(_ context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.Failures, func(n web.Notice) bool { return string(n.ID) == id })
	if i < 0 {
		return web.NotFound("notice", id, "see GET /api/v1/notices")
	}
	b.ask("dismiss %s", id)
	b.Failures = slices.Delete(b.Failures, i, i+1)
	return nil
}

func (b batches) List(_ context.Context, p web.Paging) (web.Page[web.Batch], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return paged(b.Groups, p, func(web.Batch) bool { return true }), b.Err
}

func (b batches) Get(_ context.Context, id string) (web.Batch, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g, err := b.group(id)
	if err != nil {
		return web.Batch{}, err
	}
	return *g, b.Err
}

func (b batches) Read(_ context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	g, err := b.group(id)
	if err != nil {
		return err
	}
	b.ask("read %s", id)
	g.Read = true
	return nil
}

func (b *Board) group(id string) (*web.Batch, error) {
	for i := range b.Groups {
		if string(b.Groups[i].ID) == id {
			return &b.Groups[i], nil
		}
	}
	return nil, web.NotFound("batch", id, "see GET /api/v1/batches")
}

func (b *Board) schedules(context.Context) ([]web.Schedule, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Plan, b.Err
}

func (b *Board) reload(context.Context) (web.Reloaded, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ask("reload")
	return web.Reloaded{Channels: "root:4", Timeouts: "root:600", Limit: 3600}, b.Err
}

func (b *Board) metrics(_ context.Context, w io.Writer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Err == nil {
		fmt.Fprintf(w, "crema_queue_jobs %d\n", len(b.Queue))
	}
	return b.Err
}

func (b *Board) adopt(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ask("adopt")
	b.State.Foreign = false
	return nil
}
