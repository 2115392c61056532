package command

import (
	"context"
	"fmt"
	"io"
	"net/url"
)

type backendHook struct {
	backendName
	New  bool `help:"Make another address; the one before is no good any more." xor:"what"`
	Drop bool `help:"Take the address away." xor:"what"`
}

// Run makes a backend's hook, or takes it away.
func (h backendHook) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	if h.Drop {
		if err := c.DropHook(ctx, h.Name); err != nil {
			return err
		}
		return g.Print(out, map[string]string{"dropped": h.Name}, func() { fmt.Fprintln(out, h.Name, "takes no hints any more") })
	}
	b, err := c.Backend(ctx, h.Name)
	if err != nil {
		return err
	}
	if !b.Hook.IsZero() && !h.New {
		return fmt.Errorf("%s has a webhook since %s, whose address nobody can be told again: make another with --new", h.Name, b.Hook.Format("2006-01-02 15:04 MST"))
	}
	path, err := c.MakeHook(ctx, h.Name)
	if err != nil {
		return err
	}
	at, err := url.JoinPath(c.URL(), path)
	if err != nil {
		return err
	}
	return g.Print(out, map[string]string{"url": at}, func() {
		fmt.Fprintf(out, "%s\n\nIt is not shown again. In Odoo: Settings > Technical > Automation Rules, one for products, with the action\n"+
			"\"Send Webhook Notification\" to this address; put the name or address by which Odoo reaches this board before the path:\n"+
			"in the same network, by a VPN, or by a port that the router passes on. It is a hint only: without it everything works by schedule.\n", at)
	})
}
