package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"crema/web"
	"crema/web/client"
)

// jobChange is which jobs something is done to: those named, or those of a filter.
type jobChange struct {
	IDs []string `arg:"" optional:"" name:"id" help:"The jobs' ids. Without any, give a filter."`
	jobFilter
	All bool `help:"Every job there is, instead of a filter."`
	Yes bool `help:"Do not ask before many jobs are changed."`
}

// Validate is called when the flags are read: what it refuses is wrong usage.
func (j jobChange) Validate() error {
	if err := checkChosen(len(j.IDs) > 0, !j.filter().Everything(), j.All, "give the ids of jobs, a filter such as --state=failed, or --all"); err != nil {
		return err
	}
	return errors.Join(checkIDs(j.IDs...), j.check())
}

type (
	requeue struct{ jobChange }
	cancel  struct{ jobChange }
	done    struct{ jobChange }
)

func (r requeue) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return r.change(ctx, g, out, "Requeue", "requeued", (*client.Client).Requeue, (*client.Client).RequeueAll)
}

func (c cancel) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return c.change(ctx, g, out, "Cancel", "cancelled", (*client.Client).Cancel, (*client.Client).CancelAll)
}

func (d done) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return d.change(ctx, g, out, "Set to done", "set to done", (*client.Client).Done, (*client.Client).DoneAll)
}

func (j jobChange) change(ctx context.Context, g *Globals, out io.Writer, verb, participle string,
	one func(*client.Client, context.Context, string) (web.JobDetail, error),
	many func(*client.Client, context.Context, web.JobFilter, bool) (int, error)) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	if len(j.IDs) > 0 {
		return eachOf(g, out, j.IDs, func(id string) (web.JobDetail, error) { return one(c, ctx, id) }, func(d web.JobDetail) string {
			return fmt.Sprintf("job %s is %s", d.ID, stateText(d.Job))
		})
	}
	if !j.Yes {
		if err := confirm(g, out, os.Stdin, verb+" "+which(j.filter(), "job", "jobs")); err != nil {
			return err
		}
	}
	n, err := many(c, ctx, j.filter(), j.All)
	if err != nil {
		return err
	}
	return g.Print(out, map[string]int{"treated": n}, func() { fmt.Fprintf(out, "%s %s\n", jobsText(n), participle) })
}
