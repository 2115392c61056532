package command

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/web"
)

type jobShow struct {
	ID string `arg:"" help:"The job's id."`
}

// shown is a job with its graph, as --json has it.
type shown struct {
	web.JobDetail
	Web *web.Graph `json:"graph_jobs,omitempty"` // nil for a job that stands in no graph
}

// Validate is called when the flags are read: what it refuses is wrong usage.
func (s jobShow) Validate() error { return checkIDs(s.ID) }

// checkIDs refuses what can be no job's id.
func checkIDs(ids ...string) error {
	for _, id := range ids {
		if _, err := queue.ParseID(id); err != nil {
			return fmt.Errorf("%q is no id of a job: crema job list has them", id)
		}
	}
	return nil
}

func (s jobShow) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	j, err := c.Job(ctx, s.ID)
	if err != nil {
		return err
	}
	all, waits := shown{JobDetail: j}, ""
	if j.State == web.JobPending && !j.Waiting {
		channels, err := c.Channels(ctx)
		if err != nil {
			return err
		}
		waits = standstill(j.Channel, channels)
	}
	if j.Graph != "" {
		graph, err := c.Graph(ctx, s.ID)
		if err != nil {
			return err
		}
		all.Web = &graph
	}
	return g.Print(out, all, func() {
		printJob(out, j, waits)
		if all.Web != nil {
			fmt.Fprintln(out, "\ngraph (a job starts when the one above it has ended)")
			printGraph(out, *all.Web, j.ID)
		}
	})
}

// printJob prints what is known of a job, and what it waits for; what is empty left out.
func printJob(out io.Writer, j web.JobDetail, waits string) {
	table(out, "job "+string(j.ID)+"\t"+j.Description, func(row func(string, ...any)) {
		known := func(name, text string) {
			if text != "" {
				row("%s\t%s", name, strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n\t"))
			}
		}
		known("kind", j.Kind)
		known("state", stateText(j.Job))
		known("waits", waits)
		known("channel", j.Channel)
		known("backend", j.Backend)
		known("related", j.Related)
		row("attempt\t%d of %s", j.Attempt, retries(j.MaxRetries))
		if j.Interruptions > 0 {
			row("interruptions\t%d", j.Interruptions)
		}
		for _, t := range []struct {
			name string
			at   web.Time
		}{{"created", j.Created}, {"eta", j.ETA}, {"started", j.Started}, {"finished", j.Finished}} {
			if !t.at.IsZero() {
				row("%s\t%s", t.name, t.at.UTC().Format("2006-01-02 15:04:05 UTC"))
			}
		}
		if j.ExecTime > 0 {
			row("took\t%s", time.Duration(j.ExecTime*float64(time.Second)).Round(time.Microsecond))
		}
		known("part of", string(j.Parent))
		known("batch", string(j.Batch))
		known("result", j.Result)
		known("error", j.Error)
		known("error class", j.Class)
	})
	for _, links := range []struct {
		title string
		list  []web.Link
	}{{"starts after", j.Dependencies}, {"comes before", j.Dependents}, {"parts that go on", j.Children}} {
		if len(links.list) > 0 {
			fmt.Fprintf(out, "\n%s\n", links.title)
		}
		for _, l := range links.list {
			on := ""
			if l.When == "failed" {
				on = ", if it fails"
			}
			fmt.Fprintf(out, "  %s  %s  %s%s\n", l.ID, l.State, title(l.Description, l.Kind), on)
		}
	}
	if len(j.Log) > 0 {
		fmt.Fprintln(out, "\nlog")
	}
	for _, l := range j.Log {
		fmt.Fprintf(out, "  %s  %-5s  %s\n", l.Time.UTC().Format("15:04:05"), l.Level, l.Text)
	}
}

func stateText(j web.Job) string {
	switch {
	case j.Waiting:
		return fmt.Sprintf("%s, its own work is done; %s on", j.State, connectors.Counted(j.ChildrenOpen, "part goes", "parts go"))
	case j.Skipped:
		return j.State + ": it was not needed"
	case j.Stuck:
		return j.State + ", and its handler goes on"
	case j.State == web.JobWaitDependencies:
		return fmt.Sprintf("%s, for %s", j.State, jobsText(j.Dependencies))
	default:
		return j.State
	}
}

func title(description, kind string) string {
	if description == "" {
		return kind
	}
	return description
}
