package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"crema/connectors"
	"crema/web"
)

// checkpointReview is which checkpoints are reviewed: those named, or the open ones of a filter.
type checkpointReview struct {
	IDs []string `arg:"" optional:"" name:"id" help:"The checkpoints' ids. Without any, give a filter."`
	checkpointFilter
	All bool   `help:"Every open checkpoint there is, instead of a filter."`
	Yes bool   `help:"Do not ask before many are reviewed."`
	By  string `help:"Who reviews them, a name or mail address; kept with them." placeholder:"WHO"`
}

// Validate is called when the flags are read: what it refuses is wrong usage.
func (r checkpointReview) Validate() error {
	return errors.Join(checkChosen(len(r.IDs) > 0, !r.filter().Everything(), r.All, "give the ids of checkpoints, a filter such as --reason=no_slot, or --all"), r.check())
}

func (r checkpointReview) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	if len(r.IDs) > 0 {
		return eachOf(g, out, r.IDs, func(id string) (web.Checkpoint, error) { return c.Review(ctx, id, r.By) }, func(p web.Checkpoint) string {
			return fmt.Sprintf("checkpoint %s is %s", p.ID, p.State)
		})
	}
	if !r.Yes {
		if err := confirm(g, out, os.Stdin, "Review "+which(r.filter(), "open checkpoint", "open checkpoints")); err != nil {
			return err
		}
	}
	n, err := c.ReviewAll(ctx, r.filter(), r.By, r.All)
	if err != nil {
		return err
	}
	return g.Print(out, map[string]int{"treated": n}, func() { fmt.Fprintf(out, "%s reviewed\n", connectors.Counted(n, "checkpoint", "checkpoints")) })
}

type checkpointAnswer struct {
	ID     string `arg:"" help:"The checkpoint's id, from checkpoint list."`
	Answer string `arg:"" help:"What shall be done: one of the words that checkpoint show lists."`
	Value  string `arg:"" optional:"" help:"What must be said with it, if anything."`
	By     string `help:"Who says so, a name or mail address; kept with it." placeholder:"WHO"`
}

func (a checkpointAnswer) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	p, err := c.Answer(ctx, a.ID, a.Answer, a.Value, a.By)
	if err != nil {
		return err
	}
	return g.Print(out, p, func() { fmt.Fprintf(out, "checkpoint %s is %s\n", p.ID, p.State) })
}

type checkpointAssign struct {
	ID string `arg:"" help:"The checkpoint's id, from checkpoint list."`
	To string `arg:"" name:"who" help:"A name or mail address; \"\" is nobody."`
}

func (a checkpointAssign) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	p, err := c.Assign(ctx, a.ID, a.To)
	if err != nil {
		return err
	}
	return g.Print(out, p, func() {
		if p.Assignee == "" {
			fmt.Fprintf(out, "checkpoint %s is nobody's\n", p.ID)
			return
		}
		fmt.Fprintf(out, "checkpoint %s is for %s\n", p.ID, p.Assignee)
	})
}
