package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"crema/web"
)

// Status is the board as a whole.
func (c *Client) Status(ctx context.Context) (web.Status, error) {
	return get[web.Status](ctx, c, path("status"), nil)
}

// Health is what the board tells without a token. A board that is broken or starting
// is no error here.
func (c *Client) Health(ctx context.Context) (web.Health, error) {
	var h web.Health
	err := c.health(ctx, &h)
	return h, err
}

// Backends lists one page of backends.
func (c *Client) Backends(ctx context.Context, p web.Paging) (web.Page[web.Backend], error) {
	return get[web.Page[web.Backend]](ctx, c, path("backends"), query(p))
}

// Backend is one backend.
func (c *Client) Backend(ctx context.Context, name string) (web.Backend, error) {
	return get[web.Backend](ctx, c, path("backends", name), nil)
}

// SetBackendState puts a backend into "production", switches it "off", or makes a "draft" of it, and returns it as it is then.
func (c *Client) SetBackendState(ctx context.Context, name, state string) (web.Backend, error) {
	return post[web.Backend](ctx, c, path("backends", name, "state"), map[string]string{"state": state})
}

// DeleteBackend takes a backend away that is off, with its settings and secrets.
func (c *Client) DeleteBackend(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodDelete, path("backends", name), nil, nil, nil)
}

// MakeHook makes the hook by which Odoo may tell what changed, and returns its path at the board, which nobody is told
// again. The one before is no good any more.
func (c *Client) MakeHook(ctx context.Context, backend string) (hook string, err error) {
	made, err := post[web.MadeHook](ctx, c, path("backends", backend, "hook"), nil)
	return made.Path, err
}

// DropHook takes the hook of a backend away, if it has one.
func (c *Client) DropHook(ctx context.Context, backend string) error {
	return c.do(ctx, http.MethodDelete, path("backends", backend, "hook"), nil, nil, nil)
}

// Test tries a backend and what Odoo needs for it; it may take a minute.
func (c *Client) Test(ctx context.Context, backend string) (web.Report, error) {
	return post[web.Report](ctx, c, path("backends", backend, "test"), nil)
}

// Sync starts a flow of a backend and returns its job; see [Client.WaitJob].
func (c *Client) Sync(ctx context.Context, backend, flow string) (job string, err error) {
	return c.start(ctx, path("backends", backend, "sync", flow), nil)
}

// Lock keeps the machine's panel locked, or frees it.
func (c *Client) Lock(ctx context.Context, backend string, locked bool) error {
	return c.do(ctx, http.MethodPost, path("backends", backend, "lock"), nil, map[string]bool{"locked": locked}, nil)
}

// Press starts a job that makes one cup of the drink chosen last on the panel. Without an answer it may have been
// started: look at the jobs before asking again.
func (c *Client) Press(ctx context.Context, backend string) (job string, err error) {
	return c.start(ctx, path("backends", backend, "press"), nil)
}

// Restart restarts the machine's controller by its wire.
func (c *Client) Restart(ctx context.Context, backend string) (web.Backend, error) {
	return post[web.Backend](ctx, c, path("backends", backend, "restart"), nil)
}

// Calibrate takes it that the water that ran last was so many ml.
func (c *Client) Calibrate(ctx context.Context, backend string, ml int64) (web.Backend, error) {
	return post[web.Backend](ctx, c, path("backends", backend, "calibrate"), map[string]int64{"ml": ml})
}

// Brew starts a job that brews one cup. Without an answer the cup may have been
// started: look at the jobs before asking again.
func (c *Client) Brew(ctx context.Context, backend string, slot int) (job string, err error) {
	return c.start(ctx, path("backends", backend, "brew"), map[string]int{"slot": slot})
}

// Bindings lists one page of bindings.
func (c *Client) Bindings(ctx context.Context, f web.BindingFilter) (web.Page[web.Binding], error) {
	return get[web.Page[web.Binding]](ctx, c, path("bindings"), query(f.Paging, "backend", f.Backend, "model", f.Model))
}

// Cups lists one page of cups.
func (c *Client) Cups(ctx context.Context, f web.CupFilter) (web.Page[web.Cup], error) {
	return get[web.Page[web.Cup]](ctx, c, path("cups"), query(f.Paging, "backend", f.Backend, "state", f.State))
}

// Check examines the board's store; it may take a minute.
func (c *Client) Check(ctx context.Context) (web.Report, error) {
	return post[web.Report](ctx, c, path("check"), nil)
}

// Backup writes a hot snapshot of the store to w and returns its size in bytes. After
// an error what was written is not whole.
func (c *Client) Backup(ctx context.Context, w io.Writer) (int64, error) {
	res, err := c.send(ctx, http.MethodGet, path("backup"), nil, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	n, err := io.Copy(w, res.Body)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return n, fmt.Errorf("the board cut the backup off after %d bytes: its log says why: %w", n, err)
	}
	if err != nil {
		return n, fmt.Errorf("backup: %w", err)
	}
	return n, nil
}

// All goes through a list page by page. An error ends it.
//
//	for job, err := range client.All(ctx, func(ctx context.Context, p web.Paging) (web.Page[web.Job], error) {
//		return c.Jobs(ctx, web.JobFilter{State: "failed", Paging: p})
//	}) { … }
func All[T any](ctx context.Context, list func(context.Context, web.Paging) (web.Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		p := web.Paging{Limit: 500}
		for {
			page, err := list(ctx, p)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			p.After = page.Next
		}
	}
}

func (c *Client) start(ctx context.Context, path string, body any) (string, error) {
	answer, err := post[struct {
		Job string `json:"job"`
	}](ctx, c, path, body)
	return answer.Job, err
}

func get[T any](ctx context.Context, c *Client, path string, q url.Values) (answer T, err error) {
	err = c.do(ctx, http.MethodGet, path, q, nil, &answer)
	return answer, err
}

func post[T any](ctx context.Context, c *Client, path string, body any) (answer T, err error) {
	err = c.do(ctx, http.MethodPost, path, nil, body, &answer)
	return answer, err
}

// query is a filter of names and values by turns, without those that are empty, and
// which page of what it lets through.
func query(p web.Paging, pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if p.Limit > 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	if p.After != "" {
		q.Set("after", p.After)
	}
	return q
}
