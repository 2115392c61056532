package board

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	usage "crema/build/board/figures"
)

// A row is one figure, of crema and of a bare service beside it.
type row struct{ what, crema, hello string }

// figuredProcessors are those of a board that is measured.
const figuredProcessors = 2

// figures measures what crema takes of a board, beside a service that says hello and does nothing else, and writes both down.
// It has no control: it is no check, but fails where crema takes more than it may.
func figures(ctx context.Context, r *rig) error {
	r.processors = figuredProcessors
	commit, err := output(ctx, ".", "git", "rev-parse", "--short", "HEAD")
	if err != nil {
		return err
	}
	hello, err := r.bare(ctx)
	if err != nil {
		return err
	}
	crema, err := r.taken(ctx)
	if err != nil {
		return err
	}
	processor, err := r.processor(ctx)
	if err != nil {
		return err
	}
	old, years, err := r.years(ctx)
	if err != nil {
		return err
	}
	arm, err := r.arm(ctx, "6", "build", ".")
	if err != nil {
		return err
	}
	sizes, err := sizesOf(r.binary, filepath.Join(filepath.Dir(r.binary), "hello"), arm)
	if err != nil {
		return err
	}
	scheduled := scheduledRuns * crema.cup
	day := crema.quiet*86400 + 300*crema.cup + scheduled
	rows := []row{
		{"power on to page, s, the median of three", seconds(crema.page), seconds(hello.page)},
		{"resident idle, MB (own memory)", megabytes(crema.idle), megabytes(hello.idle)},
		{"resident while cups are sold, at most, MB (own memory)", megabytes(crema.busy), ""},
		{fmt.Sprintf("resident idle with %d jobs and %d sales in the store, MB (own memory)", manyYears.jobs, manyYears.cups), megabytes(old), ""},
		{"processor idle, % of one emulated core, with both machines read each minute (the whole board)", processor.minutely.String(), processor.hello.String()},
		{"the same with both machines read every 2 s", processor.often.String(), processor.hello.String()},
		{"written idle, MB a day, without what runs by schedule", fmt.Sprintf("%.1f", crema.quiet*86400/1e6), fmt.Sprintf("%.1f", hello.quiet*86400/1e6)},
		{"written by what runs by schedule and finds nothing to do, MB a day, reckoned", fmt.Sprintf("%.1f", scheduled/1e6), ""},
		{"written for a cup, kB", fmt.Sprintf("%.0f", crema.cup/1e3), ""},
		{"written on a day of 300 cups, with the schedules, MB, without snapshots", fmt.Sprintf("%.1f", day/1e6), ""},
		{"one snapshot (there is one a day), MB: of a store that has just begun; of the one with those jobs and sales", fmt.Sprintf("%.1f; %.0f", crema.snapshot/1e6, years/1e6), ""},
		{"a card's life at such days, years: with the small snapshot; with the large one", fmt.Sprintf("%.0f; %.0f", life(day, crema.snapshot), life(day, years)), ""},
		{"binary for arm64, MB", sizes[0], sizes[1]},
		{"binary for GOARM=6, MB", sizes[2], ""},
	}
	var b strings.Builder
	fmt.Fprintf(&b, figuresText, time.Now().UTC().Format(time.DateOnly), strings.TrimSpace(commit), filepath.Base(r.kernel.image), runtime.NumCPU(), restFor, figureCups, scheduledRuns, countedFor,
		100*tick.Seconds()/countedFor.Seconds(), processor.often.board-processor.hello.board, processor.minutely.board-processor.hello.board)
	for _, f := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.what, f.crema, f.hello)
		r.say("%s: %s (hello: %s)", f.what, f.crema, f.hello)
	}
	return errors.Join(os.WriteFile("build/board/FIGURES.md", []byte(b.String()), 0o644), errors.Join(
		within("own memory, MB", float64(max(crema.idle.Own, crema.busy.Own, old.Own))/(1<<20), 30),
		within("the processor's share, % above the bare service, with both machines read each minute", processor.minutely.board-processor.hello.board, 0.5),
		within("written on a day of 300 cups, MB", day/1e6, 25),
		within("bytes written a second by polls that find nothing", crema.quiet, 0)))
}

// within wants that a figure is not over its limit.
func within(what string, is, limit float64) error {
	if is > limit {
		return fmt.Errorf("%s: %.2f, and may be %g", what, is, limit)
	}
	return nil
}

func seconds(d []time.Duration) string {
	slices.Sort(d)
	return fmt.Sprintf("%.1f", d[len(d)/2].Seconds())
}

func megabytes(p usage.Process) string {
	return fmt.Sprintf("%.1f (%.1f)", float64(p.Resident)/(1<<20), float64(p.Own)/(1<<20))
}

// sizesOf are the sizes of files, in MB.
func sizesOf(paths ...string) (all []string, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		all = append(all, fmt.Sprintf("%.1f", float64(info.Size())/1e6))
	}
	return all, nil
}
