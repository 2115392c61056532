package odoo

import "context"

// Database is the name of the one that calls are for; empty: the server's only one.
func (c *Client) Database() string { return c.config.Database }

// Databases asks which databases the server has. It needs no key. Many servers don't tell, and those that come after
// 19 have forgotten how: any error is as good as no answer. What it says counts nothing for [Client.Status].
func (c *Client) Databases(ctx context.Context) ([]string, error) {
	q := call{method: "db.list"}
	_, e := c.takeTurn(ctx)
	if e != nil {
		return nil, e.of(q)
	}
	defer c.passTurn()
	defer c.health.skip()
	r, e := ask("db", "list", []any{}...)
	if e != nil {
		return nil, e.of(q)
	}
	a, e := c.exchange(ctx, r)
	var names []string
	if e == nil {
		e = judgeReply(a, &names)
	}
	if e != nil {
		return nil, e.of(q)
	}
	return names, nil
}
