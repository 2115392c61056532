package command

import (
	"context"
	"fmt"
	"io"

	"crema/web/client"
)

type batchList struct{}

func (batchList) Run(ctx context.Context, g *Globals, out io.Writer) error {
	list, _, err := listed(ctx, g, 0, (*client.Client).Batches)
	if err != nil {
		return err
	}
	return g.Print(out, list, func() {
		table(out, "ID\tNAME\tSTATE\tCREATED\tPROGRESS", func(row func(string, ...any)) {
			for _, b := range list {
				row("%s\t%s\t%s\t%s\t%s", b.ID, b.Name, b.State, hour(b.Created, ""), progress(b))
			}
		})
	})
}

type batchShow struct {
	ID string `arg:"" help:"The batch's id, from batch list."`
}

func (s batchShow) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	b, err := c.Batch(ctx, s.ID)
	if err != nil {
		return err
	}
	return g.Print(out, b, func() {
		table(out, "batch "+string(b.ID)+"\t"+b.Name, func(row func(string, ...any)) {
			row("state\t%s", b.State)
			row("created\t%s", hour(b.Created, ""))
			row("finished\t%s", hour(b.Finished, "not yet"))
			row("jobs\t%s", progress(b))
		})
		fmt.Fprintf(out, "its jobs: crema job list --batch %s\n", b.ID)
	})
}
