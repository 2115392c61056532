package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"crema/connectors"
	"crema/web"
	"crema/web/client"
)

type importFile struct {
	Table   string        `arg:"" help:"What is in the file: drinks, slots or bindings."`
	File    string        `arg:"" help:"The file, CSV in UTF-8; - is the standard input."`
	Refused string        `help:"Write the refused records, with what is wrong, to this file." type:"path" placeholder:"FILE"`
	NoWait  bool          `help:"Print the import's id and do not wait for it."`
	Timeout time.Duration `help:"Wait no longer than this." default:"1h"`
}

// Run sends a file, and waits until its records are imported.
func (f importFile) Run(ctx context.Context, g *Globals, out io.Writer) (err error) {
	src, name := io.ReadCloser(os.Stdin), "standard input"
	if f.File != "-" {
		if src, err = os.Open(f.File); err != nil {
			return err
		}
		name = filepath.Base(f.File)
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	i, err := c.Import(ctx, f.Table, name, src)
	if err != nil {
		return err
	}
	if f.NoWait {
		return g.Print(out, i, func() { fmt.Fprintf(out, "import %s, job %s\n", i.ID, i.Job) })
	}
	ctx, cancel := context.WithTimeoutCause(ctx, f.Timeout, fmt.Errorf("import %s still runs after %s; it goes on: the page /files has it", i.ID, f.Timeout))
	defer cancel()
	i, err = c.WaitImport(ctx, string(i.ID), func(i web.Import) {
		if isTerminal(os.Stderr) {
			fmt.Fprintf(os.Stderr, "\r\x1b[K%d of %s", i.Done, connectors.Counted(i.Records, "record", "records"))
		}
	})
	if isTerminal(os.Stderr) {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	if err != nil {
		return err
	}
	if f.Refused != "" && i.Refused > 0 {
		if err := writeFile(f.Refused, true, func(w io.Writer) error { return c.Refused(ctx, string(i.ID), w) }); err != nil {
			return err
		}
	}
	var told error
	err = g.Print(out, i, func() {
		fmt.Fprintln(out, importText(i))
		told = printRefused(ctx, c, i, out)
	})
	if err := errors.Join(err, told); err != nil {
		return err
	}
	return f.verdict(ctx, c, i)
}

func importText(i web.Import) string {
	text := fmt.Sprintf("%s: %d imported, %d unchanged, %d refused", connectors.Counted(i.Records, "record", "records"), i.Changed, i.Unchanged, i.Refused)
	if left := i.Records - i.Done; left > 0 {
		text += fmt.Sprintf(", %d not looked at", left)
	}
	return text
}

// verdict is the error of an import that did not take all.
func (f importFile) verdict(ctx context.Context, c *client.Client, i web.Import) error {
	switch {
	case i.State == web.FileFailed:
		page, err := c.Jobs(ctx, web.JobFilter{State: web.JobFailed, Batch: string(i.Batch), Paging: web.Paging{Limit: 1}})
		if err != nil || len(page.Items) == 0 {
			return fmt.Errorf("import %s failed: see its jobs: crema job list --batch %s", i.ID, i.Batch)
		}
		job := page.Items[0]
		return fmt.Errorf("import %s failed: %s: mend that, then: crema job requeue %s", i.ID, strings.TrimSpace(job.Error), job.ID)
	case i.State == web.FileCancelled:
		return fmt.Errorf("import %s was cancelled; what was imported stays", i.ID)
	case i.Refused > 0 && f.Refused != "":
		return fmt.Errorf("%s refused: correct them in %s and import that", connectors.Counted(i.Refused, "record was", "records were"), f.Refused)
	case i.Refused > 0:
		return fmt.Errorf("%s refused: --refused FILE writes them, as does the page /files", connectors.Counted(i.Refused, "record was", "records were"))
	}
	return nil
}

type exportTable struct {
	Table   string            `arg:"" help:"What to export: drinks, slots, cups or bindings."`
	File    string            `arg:"" optional:"" help:"Where to write it; without, or with -, to the standard output."`
	Filter  map[string]string `short:"f" help:"Only some: -f backend=kitchen, and for cups -f from=2026-11-01 -f to=2026-11-30." placeholder:"NAME=VALUE"`
	Force   bool              `help:"Write over a file that is there."`
	Timeout time.Duration     `help:"Wait no longer than this." default:"10m"`
}

// Run has a table exported, and brings the file here.
func (e exportTable) Run(ctx context.Context, g *Globals, out io.Writer) error {
	if _, err := os.Lstat(e.File); err == nil && !e.Force && e.File != "" {
		return fmt.Errorf("%s is there already: name another file, or write over it with --force", e.File)
	}
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	x, err := c.Export(ctx, e.Table, e.Filter)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, e.Timeout, fmt.Errorf("export %s still runs after %s; it goes on: the page /files has it", x.ID, e.Timeout))
	defer cancel()
	if x, err = c.WaitExport(ctx, string(x.ID)); err != nil {
		return err
	}
	if x.State != web.FileDone {
		return fmt.Errorf("export %s %s: %s", x.ID, x.State, x.Error)
	}
	if e.File == "" || e.File == "-" {
		return c.Exported(ctx, string(x.ID), out)
	}
	if err := writeFile(e.File, e.Force, func(w io.Writer) error { return c.Exported(ctx, string(x.ID), w) }); err != nil {
		return err
	}
	return g.Print(out, x, func() { fmt.Fprintf(out, "%s: %s\n", e.File, connectors.Counted(x.Records, "record", "records")) })
}

// writeFile writes a file whole, or leaves none.
func writeFile(path string, over bool, fill func(io.Writer) error) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if !over {
		flags |= os.O_EXCL
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: name another file, or write over it with --force", path)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(fill(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
