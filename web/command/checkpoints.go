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

// checkpointFilter is the flags that choose checkpoints.
type checkpointFilter struct {
	State    string `help:"Only checkpoints in this state: open, reviewed, resolved, or closed, which is both." placeholder:"STATE"`
	Backend  string `help:"Only checkpoints about this backend." placeholder:"NAME"`
	Model    string `help:"Only checkpoints about records of this model, slot for example." placeholder:"NAME"`
	Record   string `help:"Only checkpoints about this record." placeholder:"ID"`
	Reason   string `help:"Only checkpoints of this reason." placeholder:"WORD"`
	Assignee string `help:"Only checkpoints that are assigned to this person." placeholder:"WHO"`
	Text     string `help:"Only checkpoints that say this." placeholder:"TEXT"`
}

func (f checkpointFilter) filter() web.CheckpointFilter {
	return web.CheckpointFilter{State: f.State, Backend: f.Backend, Model: f.Model, Record: f.Record, Reason: f.Reason, Assignee: f.Assignee, Text: f.Text}
}

// check refuses a state that there is not.
func (f checkpointFilter) check() error {
	return checkState(f.State, web.CheckpointStates)
}

type checkpointList struct {
	checkpointFilter
	Limit int  `help:"At most so many, the oldest." default:"100"`
	All   bool `help:"All of them, however many."`
}

// Validate is called when the flags are read: what it refuses is wrong usage.
func (l checkpointList) Validate() error {
	return errors.Join(checkLimit(l.Limit), l.check())
}

func (l checkpointList) Run(ctx context.Context, g *Globals, out io.Writer) error {
	limit := l.Limit
	if l.All {
		limit = 0
	}
	list, more, err := listed(ctx, g, limit, func(c *client.Client, ctx context.Context, p web.Paging) (web.Page[web.Checkpoint], error) {
		f := l.filter()
		f.Paging = p
		return c.Checkpoints(ctx, f)
	})
	if err != nil {
		return err
	}
	return g.Print(out, list, func() {
		table(out, "ID\tSTATE\tREASON\tBACKEND\tABOUT\tASSIGNED TO\tWHAT", func(row func(string, ...any)) {
			for _, p := range list {
				line, _, _ := strings.Cut(p.Message, "\n")
				row("%s\t%s\t%s\t%s\t%s\t%s\t%s", p.ID, p.State, p.Reason, p.Backend, about(p), p.Assignee, line)
			}
		})
		sayMore(out, more)
	})
}

// about is the record that a checkpoint is about.
func about(p web.Checkpoint) string { return strings.TrimSpace(p.Model + " " + p.Record) }

type checkpointShow struct {
	ID string `arg:"" help:"The checkpoint's id, from checkpoint list."`
}

func (s checkpointShow) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	p, err := c.Checkpoint(ctx, s.ID)
	if err != nil {
		return err
	}
	return g.Print(out, p, func() {
		table(out, "checkpoint "+string(p.ID)+"\t"+p.Reason, func(row func(string, ...any)) {
			for _, known := range [][2]string{{"state", p.State}, {"backend", p.Backend}, {"about", about(p)}, {"assigned to", p.Assignee},
				{"opened", hour(p.Created, "")}, {"closed", hour(p.Closed, "")}, {"reviewed by", p.ReviewedBy}} {
				if known[1] != "" {
					row("%s\t%s", known[0], known[1])
				}
			}
		})
		if p.Message != "" {
			fmt.Fprintf(out, "\n%s\n", p.Message)
		}
		for i, a := range p.Answers {
			if i == 0 {
				fmt.Fprintln(out)
			}
			value := ""
			if a.Value != "" {
				value = " VALUE (" + a.Value + ")"
			}
			fmt.Fprintf(out, "%s: crema checkpoint answer %s %s%s\n", a.Label, p.ID, a.Name, value)
		}
	})
}
