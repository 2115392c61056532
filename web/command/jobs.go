package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"crema/web"
	"crema/web/client"
)

// jobFilter is the flags that choose jobs.
type jobFilter struct {
	State   string `help:"Only jobs in this state: wait_dependencies, pending, enqueued, started, done, cancelled, failed." placeholder:"STATE"`
	Channel string `help:"Only jobs of this channel and those below it." placeholder:"NAME"`
	Backend string `help:"Only jobs of this machine." placeholder:"NAME"`
	Kind    string `help:"Only jobs of this kind, coffee.sales for example." placeholder:"NAME"`
	Graph   string `help:"Only jobs of the graph that begins with this job." placeholder:"ID"`
	Batch   string `help:"Only jobs of this batch." placeholder:"ID"`
	Class   string `help:"Only jobs with an error of this class, as job show tells it." placeholder:"TEXT"`
}

func (f jobFilter) filter() web.JobFilter {
	return web.JobFilter{State: f.State, Channel: f.Channel, Backend: f.Backend, Kind: f.Kind, Graph: f.Graph, Batch: f.Batch, Class: f.Class}
}

// check refuses a state that there is not.
func (f jobFilter) check() error {
	return checkState(f.State, web.JobStates)
}

type jobList struct {
	jobFilter
	Limit int  `help:"At most so many, the oldest." default:"100"`
	All   bool `help:"All of them, however many."`
	Pages bool `help:"The same as --all." hidden:""`
}

// Validate is called when the flags are read: what it refuses is wrong usage.
func (l jobList) Validate() error {
	return errors.Join(checkLimit(l.Limit), l.check())
}

func (l jobList) Run(ctx context.Context, g *Globals, out io.Writer) error {
	limit := l.Limit
	if l.All || l.Pages {
		limit = 0
	}
	list, more, err := listed(ctx, g, limit, func(c *client.Client, ctx context.Context, p web.Paging) (web.Page[web.Job], error) {
		f := l.filter()
		f.Paging = p
		return c.Jobs(ctx, f)
	})
	if err != nil {
		return err
	}
	return g.Print(out, list, func() {
		table(out, "ID\tSTATE\tKIND\tCHANNEL\tBACKEND\tATTEMPT\tWHAT", func(row func(string, ...any)) {
			for _, j := range list {
				row("%s\t%s\t%s\t%s\t%s\t%d\t%s", j.ID, j.State, j.Kind, j.Channel, j.Backend, j.Attempt, outcome(j))
			}
		})
		sayMore(out, more)
	})
}

// outcome is what a job came to, in one line.
func outcome(j web.Job) string {
	text := j.Result
	if j.Error != "" {
		text = j.Error
	}
	if text == "" {
		text = j.Description
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func retries(n int) string {
	if n == 0 {
		return "any number"
	}
	return fmt.Sprint(n)
}
