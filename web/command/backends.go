package command

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"crema/connectors"
	"crema/web"
	"crema/web/client"
)

type backendList struct{}

func (backendList) Run(ctx context.Context, g *Globals, out io.Writer) error {
	list, _, err := listed(ctx, g, 0, (*client.Client).Backends)
	if err != nil {
		return err
	}
	return g.Print(out, list, func() {
		table(out, "NAME\tTYPE\tSTATE\tMACHINE\tSERIAL\tLOCATION", func(row func(string, ...any)) {
			for _, b := range list {
				row("%s\t%s\t%s\t%s\t%s\t%s", b.Name, kindText(b), b.State, b.Machine.State, b.Machine.Serial, b.Location)
			}
		})
	})
}

// kindText is a backend's type and version: "coffee 2900".
func kindText(b web.Backend) string { return strings.TrimSpace(b.Type + " " + b.Version) }

// backendName is the backend that a command is about.
type backendName struct {
	Name string `arg:"" help:"The backend's name."`
}

type backendShow struct{ backendName }

func (s backendShow) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	b, err := c.Backend(ctx, s.Name)
	if err != nil {
		return err
	}
	return g.Print(out, b, func() { printBackend(out, b, g.usual) })
}

// usual is when a flow starts whose backend says nothing of it.
func (g *Globals) usual(kind, flow string) string {
	for _, c := range g.Connectors {
		for _, f := range c.Flows {
			if c.Kind.Name() == kind && f.Name == flow {
				return f.Schedule
			}
		}
	}
	return "at its usual times" // this program doesn't know the kind
}

func printBackend(out io.Writer, b web.Backend, usual func(kind, flow string) string) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
	row("name", b.Name)
	row("type", kindText(b))
	row("state", b.State)
	row("machine", strings.TrimSpace(b.Machine.State+" "+b.Machine.Message))
	row("serial", b.Machine.Serial)
	row("location", b.Location)
	row("language", b.Language)
	for _, name := range slices.Sorted(maps.Keys(b.Settings)) {
		row(name, b.Settings[name])
	}
	for _, name := range slices.Sorted(maps.Keys(b.Secrets)) {
		sealed := "missing"
		if b.Secrets[name] {
			sealed = "sealed"
		}
		row(name, sealed)
	}
	for _, flow := range b.Flows {
		last := ""
		if run := b.Runs[flow]; !run.Started.IsZero() {
			last = fmt.Sprintf(", last %s: job %s %s", run.Started.Format("2006-01-02 15:04 MST"), run.Job, run.State)
		}
		spec, said := b.Schedule[flow]
		if !said {
			spec = usual(b.Type, flow)
		}
		if spec == "" {
			spec = "by hand only"
		}
		row("flow "+flow, spec+last)
	}
	if b.FromFile {
		row("made", "in the configuration file")
	}
	w.Flush()
	if b.Tested != nil {
		fmt.Fprintf(out, "\nlast test, %s:\n", b.Tested.Time.Format("2006-01-02 15:04 MST"))
		printReport(out, b.Tested.Report)
	}
}

type backendTest struct{ backendName }

func (t backendTest) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	report, err := c.Test(ctx, t.Name)
	if err != nil {
		return err
	}
	if err := g.Print(out, report, func() { printReport(out, report) }); err != nil {
		return err
	}
	if !report.OK {
		missing := slices.DeleteFunc(report.Findings, func(f web.Finding) bool { return f.Warning })
		return fmt.Errorf("%s: %s missing", t.Name, connectors.Counted(len(missing), "thing is", "things are"))
	}
	return nil
}
