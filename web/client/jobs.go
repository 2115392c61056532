package client

import (
	"context"

	"crema/web"
)

// Jobs lists one page of jobs.
func (c *Client) Jobs(ctx context.Context, f web.JobFilter) (web.Page[web.Job], error) {
	return get[web.Page[web.Job]](ctx, c, path("jobs"), query(f.Paging, f.Pairs()...))
}

// Job is one job, with its log and the jobs beside it.
func (c *Client) Job(ctx context.Context, id string) (web.JobDetail, error) {
	return get[web.JobDetail](ctx, c, path("jobs", id), nil)
}

// Graph is the graph that a job stands in.
func (c *Client) Graph(ctx context.Context, id string) (web.Graph, error) {
	return get[web.Graph](ctx, c, path("jobs", id, "graph"), nil)
}

// Requeue makes a job run again, soon, and returns it as it is then.
func (c *Client) Requeue(ctx context.Context, id string) (web.JobDetail, error) {
	return post[web.JobDetail](ctx, c, path("jobs", id, "requeue"), nil)
}

// Cancel ends a job as cancelled and returns it as it is then.
func (c *Client) Cancel(ctx context.Context, id string) (web.JobDetail, error) {
	return post[web.JobDetail](ctx, c, path("jobs", id, "cancel"), nil)
}

// Done ends a job as done and returns it as it is then.
func (c *Client) Done(ctx context.Context, id string) (web.JobDetail, error) {
	return post[web.JobDetail](ctx, c, path("jobs", id, "done"), nil)
}

// RequeueAll does to all jobs of a filter what Requeue does to one, where that is possible, and returns to how many.
// A filter that takes everything is refused unless all is true.
func (c *Client) RequeueAll(ctx context.Context, f web.JobFilter, all bool) (int, error) {
	return c.treat(ctx, "requeue", f, all)
}

// CancelAll: see RequeueAll.
func (c *Client) CancelAll(ctx context.Context, f web.JobFilter, all bool) (int, error) {
	return c.treat(ctx, "cancel", f, all)
}

// DoneAll: see RequeueAll.
func (c *Client) DoneAll(ctx context.Context, f web.JobFilter, all bool) (int, error) {
	return c.treat(ctx, "done", f, all)
}

// treated is to how many items something was done.
type treated struct {
	Treated int `json:"treated"`
}

func (c *Client) treat(ctx context.Context, what string, f web.JobFilter, all bool) (int, error) {
	answer, err := post[treated](ctx, c, path("jobs", what), struct {
		web.JobFilter
		All bool `json:"all,omitempty"`
	}{f, all})
	return answer.Treated, err
}

// TestJobs starts jobs that do nothing, and returns their batch.
func (c *Client) TestJobs(ctx context.Context, t web.JobTest) (batch string, err error) {
	answer, err := post[struct {
		Batch string `json:"batch"`
	}](ctx, c, path("jobs", "test"), t)
	return answer.Batch, err
}
