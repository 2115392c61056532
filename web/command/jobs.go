package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"crema/web"
	"crema/web/client"
)

type jobList struct {
	State   string `help:"Only jobs in this state: pending, enqueued, started, done, failed." enum:"pending,enqueued,started,done,failed," default:"" placeholder:"STATE"`
	Channel string `help:"Only jobs of this channel." placeholder:"NAME"`
	Backend string `help:"Only jobs of this backend." placeholder:"NAME"`
	Limit   int    `help:"At most so many." default:"100"`
}

// Validate is called when the flags are read: what it refuses is wrong usage.
func (l jobList) Validate() error {
	if l.Limit < 1 {
		return fmt.Errorf("--limit=%d: give 1 or more", l.Limit)
	}
	return nil
}

func (l jobList) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	list := []web.Job{}
	every := func(ctx context.Context, p web.Paging) (web.Page[web.Job], error) {
		return c.Jobs(ctx, web.JobFilter{State: l.State, Channel: l.Channel, Backend: l.Backend, Paging: p})
	}
	for j, err := range client.All(ctx, every) {
		if err != nil {
			return err
		}
		if list = append(list, j); len(list) >= l.Limit {
			break
		}
	}
	return g.Print(out, list, func() {
		table(out, "ID\tSTATE\tKIND\tBACKEND\tATTEMPT\tWHAT", func(row func(string, ...any)) {
			for _, j := range list {
				row("%s\t%s\t%s\t%s\t%d\t%s", j.ID, j.State, j.Kind, j.Backend, j.Attempt, outcome(j))
			}
		})
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

type jobID struct {
	ID string `arg:"" help:"The job's id."`
}

type (
	jobShow struct{ jobID }
	requeue struct{ jobID }
	cancel  struct{ jobID }
	done    struct{ jobID }
)

func (s jobShow) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return g.job(ctx, out, s.ID, (*client.Client).Job)
}

func (s requeue) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return g.job(ctx, out, s.ID, (*client.Client).Requeue)
}

func (s cancel) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return g.job(ctx, out, s.ID, (*client.Client).Cancel)
}

func (s done) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return g.job(ctx, out, s.ID, (*client.Client).Done)
}

// job does something to a job and prints it as it is then.
func (g *Globals) job(ctx context.Context, out io.Writer, id string, do func(*client.Client, context.Context, string) (web.Job, error)) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	j, err := do(c, ctx, id)
	if err != nil {
		return err
	}
	return g.Print(out, j, func() {
		table(out, "job "+string(j.ID)+"\t"+j.Description, func(row func(string, ...any)) {
			row("kind\t%s", j.Kind)
			row("state\t%s", j.State)
			row("channel\t%s", j.Channel)
			row("backend\t%s", j.Backend)
			row("attempt\t%d of %s", j.Attempt, retries(j.MaxRetries))
			row("interruptions\t%d", j.Interruptions)
			if j.ChildrenOpen > 0 {
				row("parts open\t%d", j.ChildrenOpen)
			}
			for _, t := range []struct {
				name string
				at   web.Time
			}{{"created", j.Created}, {"eta", j.ETA}, {"started", j.Started}, {"finished", j.Finished}} {
				if !t.at.IsZero() {
					row("%s\t%s", t.name, t.at.UTC().Format("2006-01-02 15:04:05 UTC"))
				}
			}
			row("result\t%s", j.Result)
			row("error\t%s", j.Error)
		})
	})
}

func retries(n int) string {
	if n == 0 {
		return "any number"
	}
	return fmt.Sprint(n)
}
