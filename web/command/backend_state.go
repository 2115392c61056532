package command

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
)

type (
	backendProduction struct{ backendName }
	backendOff        struct{ backendName }
	backendDraft      struct{ backendName }
)

func (p backendProduction) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return p.set(ctx, g, out, "production", "is at work")
}

func (o backendOff) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return o.set(ctx, g, out, "off", "is switched off; what is known of it is kept")
}

func (d backendDraft) Run(ctx context.Context, g *Globals, out io.Writer) error {
	return d.set(ctx, g, out, "draft", "is a draft: crema backend test "+d.Name)
}

func (n backendName) set(ctx context.Context, g *Globals, out io.Writer, state, text string) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	b, err := c.SetBackendState(ctx, n.Name, state)
	if err != nil {
		return err
	}
	return g.Print(out, b, func() { fmt.Fprintln(out, n.Name, text) })
}

type backendDelete struct {
	backendName
	Yes bool `help:"Don't ask."`

	in *os.File // who is asked; nil: standard input
}

// Run deletes a backend, once a person has said so.
func (d backendDelete) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	if !d.Yes {
		b, err := c.Backend(ctx, d.Name) // whoever mistypes a name is not asked about it
		if err != nil {
			return err
		}
		in := cmp.Or(d.in, os.Stdin)
		if !isTerminal(in) {
			return errUnasked
		}
		if err := ask(os.Stderr, in, fmt.Sprintf("Delete %s, a %s that is %s, with its settings and secrets", b.Name, kindText(b), b.State)); err != nil {
			return err
		}
	}
	if err := c.DeleteBackend(ctx, d.Name); err != nil {
		return err
	}
	return g.Print(out, map[string]string{"deleted": d.Name}, func() { fmt.Fprintln(out, d.Name, "is deleted") })
}
