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
	"crema/device/sim"
)

// A row is one figure, of crema and of a bare service beside it.
type row struct{ what, crema, hello string }

// figures measures what crema takes of a board, beside a service that says hello and does nothing else, and writes both down.
// It has no control: it is no check, but fails where crema takes more than it may.
func figures(ctx context.Context, r *rig) error {
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
		{fmt.Sprintf("resident idle with %d jobs and %d sales in the store, MB (own memory)", grownJobs, grownCups), megabytes(old), ""},
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
		within("bytes written a second by polls that find nothing, if no schedule ran just then", crema.quiet, 0)))
}

// within wants that a figure is not over its limit.
func within(what string, is, limit float64) error {
	if is > limit {
		return fmt.Errorf("%s: %.2f, and may be %g", what, is, limit)
	}
	return nil
}

// A measure is what a program takes.
type measure struct {
	page       []time.Duration
	idle, busy usage.Process
	quiet      float64 // bytes a second
	cup        float64 // bytes
	snapshot   float64 // bytes
}

// bare measures the service that says hello.
func (r *rig) bare(ctx context.Context) (m measure, err error) {
	w, err := r.newWorld(ctx, 70, setting{})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for range 3 {
		if err := inTurn(w.off, with(w.boot, sayHello)); err != nil {
			return m, err
		}
		page, err := w.emu.page(ctx, time.Minute)
		if err != nil {
			return m, err
		}
		m.page = append(m.page, page)
	}
	return m, w.rest(&m)
}

// How many cups are sold, and how long a program that has nothing to do is watched.
const figureCups, restFor = 20, time.Minute

// taken measures crema.
func (r *rig) taken(ctx context.Context) (m measure, err error) {
	w, err := r.newWorld(ctx, 71, setting{})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for range 3 {
		if err := inTurn(w.off, with(w.boot, nil)); err != nil {
			return m, err
		}
		page, err := w.emu.page(ctx, time.Minute)
		if err != nil {
			return m, err
		}
		m.page = append(m.page, page)
	}
	if err := inTurn(w.ready, with(w.rest, &m)); err != nil {
		return m, err
	}
	snapshots, _, err := w.snapshots()
	if err != nil {
		return m, err
	}
	began, before := time.Now(), w.disk.bytesWritten()
	for n := range figureCups {
		var at sim.Machine = w.kitchen
		if n%2 == 1 {
			at = w.lobby
		}
		if err := inTurn(w.sold(at, 1), with(w.pass, 3*time.Second)); err != nil {
			return m, err
		}
		now, err := w.emu.process()
		if err != nil {
			return m, err
		}
		m.busy.Resident, m.busy.Own = max(m.busy.Resident, now.Resident), max(m.busy.Own, now.Own)
	}
	if err := w.settled(time.Minute); err != nil {
		return m, err
	}
	m.cup = (float64(w.disk.bytesWritten()-before) - m.quiet*time.Since(began).Seconds()) / figureCups
	after, size, err := w.snapshots()
	if err == nil && after != snapshots {
		err = errors.New("a snapshot was written while it was measured: measure again")
	}
	m.snapshot = size
	return m, err
}

// years is what crema has in memory whose store is years old, and how many bytes that store has.
func (r *rig) years(ctx context.Context) (memory usage.Process, bytes float64, err error) {
	path, err := r.grown()
	if err != nil {
		return memory, 0, err
	}
	w, err := r.boardOfYears(ctx, path, 72)
	if err != nil {
		return memory, 0, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(w.ready, with(w.pass, time.Minute)); err != nil {
		return memory, 0, err
	}
	if _, bytes, err = w.folder("/data/crema"); err != nil { // the store is the largest there
		return memory, 0, err
	}
	if memory, err = w.emu.process(); err != nil {
		return memory, 0, err
	}
	return memory, bytes, w.hasGrown()
}

// rest measures a program that has nothing to do.
func (w *world) rest(m *measure) error {
	if err := w.pass(time.Minute); err != nil {
		return err
	}
	began, before := time.Now(), w.disk.bytesWritten()
	if err := w.pass(restFor); err != nil {
		return err
	}
	m.quiet = float64(w.disk.bytesWritten()-before) / time.Since(began).Seconds()
	var err error
	m.idle, err = w.emu.process()
	return err
}

// snapshots are the store's, as folder tells of them.
func (w *world) snapshots() (text string, largest float64, err error) {
	return w.folder("/data/crema/snapshots")
}

// folder tells of the files in a folder of the board's, and how many bytes the largest has.
func (w *world) folder(path string) (text string, largest float64, err error) {
	if text, err = w.emu.ask("list", path); err != nil {
		return "", 0, err
	}
	for line := range strings.Lines(text) {
		var size float64
		if _, err := fmt.Sscan(line, &size); err != nil {
			return "", 0, fmt.Errorf("a file in %s is %q: %w", path, line, err)
		}
		largest = max(largest, size)
	}
	return text, largest, nil
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
