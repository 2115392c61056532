package odoo

import (
	"context"

	"crema/connectors"
)

// Work is a task's work on the board's Odoo: a backend of the kind [Odoo19] or [Odoo18], as the probe found it, whose
// client is c. [connectors.Component] finds the version's components by it.
//
// The version is asked for before the first call and kept, so most of the time this asks nobody; but it may, so it
// isn't for transactions. The error is an [*Error]: [ErrOldServer] of an Odoo that crema can't speak with.
func (c *Client) Work(ctx context.Context, e *connectors.Environment) (*connectors.Work, error) {
	v, err := c.version(ctx)
	if err != nil {
		return nil, err
	}
	b := connectors.Backend{Name: "odoo", Kind: v.kind(), State: connectors.Production}
	return connectors.NewWork(e, b).On(b, c), nil
}
