package client

import (
	"context"
	"net/http"

	"crema/web"
)

// Channels lists the channels.
func (c *Client) Channels(ctx context.Context) ([]web.Channel, error) {
	page, err := get[web.Page[web.Channel]](ctx, c, path("channels"), nil)
	return page.Items, err
}

// PauseChannel holds the jobs of a channel, or lets them go on.
func (c *Client) PauseChannel(ctx context.Context, name string, paused bool) error {
	verb := "resume"
	if paused {
		verb = "pause"
	}
	return c.do(ctx, http.MethodPost, path("channels", name, verb), nil, nil, nil)
}

// Schedules lists what starts by the clock.
func (c *Client) Schedules(ctx context.Context) ([]web.Schedule, error) {
	page, err := get[web.Page[web.Schedule]](ctx, c, path("schedules"), nil)
	return page.Items, err
}

// Notices lists what failed and was not dismissed yet.
func (c *Client) Notices(ctx context.Context) ([]web.Notice, error) {
	page, err := get[web.Page[web.Notice]](ctx, c, path("notices"), nil)
	return page.Items, err
}

// DismissNotice takes a notice away; the same failure makes a new one.
func (c *Client) DismissNotice(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodPost, path("notices", id, "dismiss"), nil, nil, nil)
}

// Batches lists one page of batches.
func (c *Client) Batches(ctx context.Context, p web.Paging) (web.Page[web.Batch], error) {
	return get[web.Page[web.Batch]](ctx, c, path("batches"), query(p))
}

// Batch is one batch.
func (c *Client) Batch(ctx context.Context, id string) (web.Batch, error) {
	return get[web.Batch](ctx, c, path("batches", id), nil)
}

// ReadBatch notes that somebody has seen how a batch ended.
func (c *Client) ReadBatch(ctx context.Context, id string) (web.Batch, error) {
	return post[web.Batch](ctx, c, path("batches", id, "read"), nil)
}

// Adopt lets the jobs of another board's card run on this board.
func (c *Client) Adopt(ctx context.Context) error {
	return c.do(ctx, http.MethodPost, path("queue", "adopt"), nil, nil, nil)
}

// ReloadQueue has the board read its configuration file again and apply what it says of the queue.
func (c *Client) ReloadQueue(ctx context.Context) (web.Reloaded, error) {
	return post[web.Reloaded](ctx, c, path("queue", "reload"), nil)
}
