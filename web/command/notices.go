package command

import (
	"context"
	"fmt"
	"io"
	"strings"
)

type noticeList struct{}

func (noticeList) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	list, err := c.Notices(ctx)
	if err != nil {
		return err
	}
	return g.Print(out, list, func() {
		table(out, "ID\tTIMES\tLAST\tKIND\tBACKEND\tJOB\tERROR", func(row func(string, ...any)) {
			for _, n := range list {
				line, _, _ := strings.Cut(n.Error, "\n")
				row("%s\t%d\t%s\t%s\t%s\t%s\t%s", n.ID, n.Count, hour(n.Last, ""), n.Kind, n.Backend, n.Job, line)
			}
		})
	})
}

type noticeDismiss struct {
	ID string `arg:"" help:"The notice's id, from notice list."`
}

func (d noticeDismiss) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	if err := c.DismissNotice(ctx, d.ID); err != nil {
		return err
	}
	return g.Print(out, map[string]string{"dismissed": d.ID}, func() { fmt.Fprintln(out, "dismissed; the same failure makes a new notice") })
}
