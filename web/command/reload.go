package command

import (
	"context"
	"fmt"
	"io"
)

type queueReload struct{}

func (queueReload) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	now, err := c.ReloadQueue(ctx)
	if err != nil {
		return err
	}
	return g.Print(out, now, func() {
		fmt.Fprintf(out, "channels = %q\ntimeouts = %q\nlimit    = %d\n", now.Channels, now.Timeouts, now.Limit)
	})
}

type queueAdopt struct{}

func (queueAdopt) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	if err := c.Adopt(ctx); err != nil {
		return err
	}
	return g.Print(out, map[string]bool{"foreign": false}, func() { fmt.Fprintln(out, "the jobs are this board's and run") })
}
