package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"crema/web"
)

type channelList struct{}

func (channelList) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	list, err := c.Channels(ctx)
	if err != nil {
		return err
	}
	return g.Print(out, list, func() {
		table(out, "NAME\tPLACES\tRUNNING\tWAITING\tFAILED\tHOW", func(row func(string, ...any)) {
			for _, l := range list {
				row("%s\t%s\t%d\t%d\t%d\t%s", l.Name, places(l), l.Running, l.Jobs[web.JobPending]+l.Jobs[web.JobEnqueued]+l.Jobs[web.JobWaitDependencies], l.Jobs[web.JobFailed], how(l))
			}
		})
	})
}

func places(c web.Channel) string {
	if c.Capacity == nil {
		return "any"
	}
	return fmt.Sprint(*c.Capacity)
}

// how is what is special about a channel.
func how(c web.Channel) string {
	var parts []string
	if c.Paused || c.Capacity != nil && *c.Capacity == 0 {
		parts = append(parts, "paused")
	}
	if c.Sequential {
		parts = append(parts, "one after the other")
	}
	if c.Throttle > 0 {
		parts = append(parts, fmt.Sprintf("a start every %d s at most", c.Throttle))
	}
	if c.BlockedBy != "" {
		parts = append(parts, fmt.Sprintf("stands still for job %s", c.BlockedBy))
	}
	return strings.Join(parts, ", ")
}

type channelName struct {
	Name string `arg:"" help:"The channel's name, root.sales for example."`
}

type (
	channelPause  struct{ channelName }
	channelResume struct{ channelName }
)

func (p channelPause) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return p.set(ctx, g, out, true, "starts no jobs until it is resumed; what runs goes on")
}

func (p channelResume) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return p.set(ctx, g, out, false, "starts jobs again")
}

func (p channelName) set(ctx context.Context, g *Globals, out io.Writer, paused bool, text string) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	if err := c.PauseChannel(ctx, p.Name, paused); err != nil {
		return err
	}
	return g.Print(out, map[string]any{"channel": p.Name, "paused": paused}, func() { fmt.Fprintln(out, p.Name, text) })
}
