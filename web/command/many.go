package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"crema/web"
	"crema/web/client"
)

// checkState refuses a state that there is not.
func checkState(state string, states []string) error {
	if state != "" && !slices.Contains(states, state) {
		return fmt.Errorf("--state=%s: the states are %s", state, strings.Join(states, ", "))
	}
	return nil
}

func checkLimit(limit int) error {
	if limit < 1 {
		return fmt.Errorf("--limit=%d: give 1 or more", limit)
	}
	return nil
}

// listed gets the first items of a list from the board, and tells whether there are more; 0 takes all.
func listed[T any](ctx context.Context, g *Globals, limit int, page func(*client.Client, context.Context, web.Paging) (web.Page[T], error)) (list []T, more bool, err error) {
	c, err := g.connect(ctx)
	if err != nil {
		return nil, false, err
	}
	list = []T{}
	for item, err := range client.All(ctx, func(ctx context.Context, p web.Paging) (web.Page[T], error) { return page(c, ctx, p) }) {
		if err != nil {
			return nil, false, err
		}
		if limit > 0 && len(list) == limit {
			return list, true, nil
		}
		list = append(list, item)
	}
	return list, false, nil
}

// sayMore says that a list was cut.
func sayMore(out io.Writer, more bool) {
	if more {
		fmt.Fprintf(out, "There are more: --all lists them, or a filter fewer of them.\n")
	}
}

// checkChosen refuses ids beside a filter, a filter beside all, and none of them, which missing says.
func checkChosen(ids, filtered, all bool, missing string) error {
	switch {
	case ids && (filtered || all):
		return errors.New("give ids or a filter, not both")
	case filtered && all:
		return errors.New("give a filter or --all, not both")
	case !ids && !filtered && !all:
		return errors.New(missing)
	}
	return nil
}

// eachOf does something to each of what the ids name, and prints a line of each. It goes on after one that could not be
// changed, and fails at the end.
func eachOf[T any](g *Globals, out io.Writer, ids []string, one func(id string) (T, error), line func(T) string) error {
	changed, faults := []T{}, []error(nil)
	for _, id := range ids {
		d, err := one(id)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		changed = append(changed, d)
	}
	var what any = changed
	if len(ids) == 1 && len(changed) == 1 {
		what = changed[0]
	}
	if len(changed) > 0 {
		err := g.Print(out, what, func() {
			for _, d := range changed {
				fmt.Fprintln(out, line(d))
			}
		})
		if err != nil {
			return err
		}
	}
	return errors.Join(faults...)
}

// which says what a filter chooses.
func which(f interface{ Pairs() []string }, one, many string) string {
	var parts []string
	pairs := f.Pairs()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			parts = append(parts, pairs[i]+" "+pairs[i+1])
		}
	}
	if len(parts) == 0 {
		return "every " + one
	}
	return "all " + many + " with " + strings.Join(parts, ", ")
}

// confirm asks a person whether something is to be done to many. Without a person to ask it is.
func confirm(g *Globals, out io.Writer, in *os.File, question string) error {
	if g.JSON || !isTerminal(in) {
		return nil
	}
	return ask(out, in, question)
}

func ask(out io.Writer, in io.Reader, question string) error {
	fmt.Fprintf(out, "%s? [y/N] ", question)
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}

// isTerminal tells whether a person can be asked.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
