package client

import (
	"context"
	"net/http"

	"crema/web"
)

// Checkpoints lists one page of checkpoints.
func (c *Client) Checkpoints(ctx context.Context, f web.CheckpointFilter) (web.Page[web.Checkpoint], error) {
	return get[web.Page[web.Checkpoint]](ctx, c, path("checkpoints"), query(f.Paging, f.Pairs()...))
}

// Checkpoint is one checkpoint.
func (c *Client) Checkpoint(ctx context.Context, id string) (web.Checkpoint, error) {
	return get[web.Checkpoint](ctx, c, path("checkpoints", id), nil)
}

// Review marks a checkpoint as reviewed by somebody, "" where that is not known, and returns it as it is then.
func (c *Client) Review(ctx context.Context, id, by string) (web.Checkpoint, error) {
	return post[web.Checkpoint](ctx, c, path("checkpoints", id, "review"), reviewer{by})
}

// ReviewAll does to all open checkpoints of a filter what Review does to one, and returns to how many. A filter that
// takes everything is refused unless all is true. After an error some may be reviewed.
func (c *Client) ReviewAll(ctx context.Context, f web.CheckpointFilter, by string, all bool) (int, error) {
	q := query(web.Paging{}, f.Pairs()...)
	if all {
		q.Set("all", "true")
	}
	var answer treated
	err := c.do(ctx, http.MethodPost, path("checkpoints", "review"), q, reviewer{by}, &answer)
	return answer.Treated, err
}

// reviewer is who reviews, in a body.
type reviewer struct {
	By string `json:"by,omitempty"`
}

// Answer does one of the answers of a checkpoint, with what must be said with it, and returns it as it is then; by is who
// says so, "" where that is not known.
func (c *Client) Answer(ctx context.Context, id, answer, value, by string) (web.Checkpoint, error) {
	return post[web.Checkpoint](ctx, c, path("checkpoints", id, "answer"), map[string]string{"answer": answer, "value": value, "by": by})
}

// Assign says who shall look at a checkpoint, "" for nobody, and returns it as it is then.
func (c *Client) Assign(ctx context.Context, id, to string) (web.Checkpoint, error) {
	return post[web.Checkpoint](ctx, c, path("checkpoints", id, "assign"), map[string]string{"to": to})
}
