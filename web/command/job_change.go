package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

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
	given := len(j.IDs) > 0
	filtered := !j.filter().Everything()
	switch {
	case given && (filtered || j.All):
		return errors.New("give ids or a filter, not both")
	case filtered && j.All:
		return errors.New("give a filter or --all, not both")
	case !given && !filtered && !j.All:
		return errors.New("give the ids of jobs, a filter such as --state=failed, or --all")
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
		return j.eachOf(ctx, g, out, c, one)
	}
	if !j.Yes && !g.JSON && isTerminal(os.Stdin) {
		if err := j.confirm(out, os.Stdin, verb); err != nil {
			return err
		}
	}
	n, err := many(c, ctx, j.filter(), j.All)
	if err != nil {
		return err
	}
	return g.Print(out, map[string]int{"treated": n}, func() { fmt.Fprintf(out, "%s %s\n", jobsText(n), participle) })
}

// eachOf goes on after one that could not be changed, and fails at the end.
func (j jobChange) eachOf(ctx context.Context, g *Globals, out io.Writer, c *client.Client, one func(*client.Client, context.Context, string) (web.JobDetail, error)) error {
	changed, faults := []web.JobDetail{}, []error(nil)
	for _, id := range j.IDs {
		d, err := one(c, ctx, id)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		changed = append(changed, d)
	}
	var what any = changed
	if len(j.IDs) == 1 && len(changed) == 1 {
		what = changed[0]
	}
	if len(changed) > 0 {
		err := g.Print(out, what, func() {
			for _, d := range changed {
				fmt.Fprintf(out, "job %s is %s\n", d.ID, stateText(d.Job))
			}
		})
		if err != nil {
			return err
		}
	}
	return errors.Join(faults...)
}

func (j jobChange) confirm(out io.Writer, in io.Reader, verb string) error {
	which := "every job"
	if !j.All {
		var parts []string
		pairs := j.filter().Pairs()
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				parts = append(parts, pairs[i]+" "+pairs[i+1])
			}
		}
		which = "all jobs with " + strings.Join(parts, ", ")
	}
	fmt.Fprintf(out, "%s %s? [y/N] ", verb, which)
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}

// isTerminal tells whether a person can be asked.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
