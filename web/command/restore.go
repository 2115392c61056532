package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"crema/store"
)

type restore struct {
	File string `arg:"" help:"The backup." type:"existingfile"`
	Yes  bool   `help:"Don't ask."`

	in *os.File // who is asked; nil: standard input
}

// errUnasked is a question that nobody can answer: wrong usage.
var errUnasked = errors.New("nobody can be asked, as this is no terminal: say --yes")

// Run puts a backup in the place of the store. The present store is kept, beside it. No
// board may run: it would go on with what it has in memory.
func (r restore) Run(ctx context.Context, g *Globals, out io.Writer) error {
	board, data, err := g.board(ctx)
	if err != nil {
		return err
	}
	if board != nil {
		return fmt.Errorf("a board runs on %s: stop it first (systemctl stop crema), then restore, then start it", data)
	}
	path := filepath.Join(data, StoreName)
	schema, err := store.Verify(ctx, r.File)
	if damaged, ok := errors.AsType[*store.DamagedError](err); ok {
		return fmt.Errorf("nothing was changed: %s is no whole backup: %w: give another one", r.File, damaged.Err)
	}
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	info, err := os.Stat(r.File)
	if err != nil {
		return err
	}
	if now, err := os.Stat(path); err == nil && os.SameFile(now, info) {
		return fmt.Errorf("%s is the store itself", r.File)
	}
	if !r.Yes {
		fmt.Fprintf(os.Stderr, "%s is a whole backup of %s (%d bytes, schema %d).\nThe board goes on from there; the store in %s is kept beside it. Restore? [y/N] ",
			r.File, info.ModTime().Format("2006-01-02 15:04"), info.Size(), schema, data)
		if yes, err := r.ask(); err != nil || !yes {
			return errors.Join(err, errors.New("nothing was changed"))
		}
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	made, err := store.Replace(ctx, path, r.File, g.Schema.options(data))
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", locked(err))
	}
	return g.Print(out, made, func() {
		fmt.Fprintf(out, "%s is the board's store now.\n", r.File)
		if made.Aside != "" {
			fmt.Fprintf(out, "The one before is kept: %s\n", made.Aside)
		}
		fmt.Fprintln(out, "Start crema: it asks the machines and Odoo what the backup lacks. A checkpoint will say what came of it.")
	})
}

// ask reads a yes from the terminal.
func (r restore) ask() (bool, error) {
	in := r.in
	if in == nil {
		in = os.Stdin
	}
	if !isTerminal(in) {
		return false, errUnasked
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes", nil
}
