package command

import (
	"context"
	"io"

	"crema/web"
)

type scheduleList struct{}

func (scheduleList) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	list, err := c.Schedules(ctx)
	if err != nil {
		return err
	}
	return g.Print(out, list, func() {
		table(out, "NAME\tWHEN\tZONE\tLAST\tNEXT\tJOB", func(row func(string, ...any)) {
			for _, s := range list {
				row("%s\t%s\t%s\t%s\t%s\t%s", s.Name, s.Spec, s.Zone, hour(s.Last, "never"), hour(s.Next, "when the time is known"), s.Job)
			}
		})
	})
}

func hour(t web.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
