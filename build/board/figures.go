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

	"crema/device/sim"
)

// A row is one figure, of crema and of a bare service beside it.
type row struct{ what, crema, hello string }

// figures measures what crema takes of a board, beside a service that says hello and does nothing else, and writes both down.
// It has no control: it is no check, and fails only where something can't be measured.
func figures(ctx context.Context, r *rig) error {
	span := time.Minute
	if r.nightly {
		span = 20 * time.Minute // the catalogue's and the sales' schedules are in it
	}
	hello, err := r.bare(ctx, span)
	if err != nil {
		return err
	}
	crema, err := r.taken(ctx, span)
	if err != nil {
		return err
	}
	var processor struct{ hello, often, minutely share }
	for _, p := range []struct {
		of    *share
		part  uint64
		set   setting
		start func(*world) error
	}{
		{&processor.hello, 73, setting{}, countedHello},
		{&processor.minutely, 74, setting{both: "poll = \"1m\"\n"}, countedCrema},
		{&processor.often, 75, setting{}, countedCrema},
	} {
		if *p.of, err = r.idle(ctx, p.part, span, p.set, p.start); err != nil {
			return err
		}
	}
	old, years, err := r.years(ctx)
	if err != nil {
		return err
	}
	arm, err := r.arm(ctx, "6", "build", ".")
	if err != nil {
		return err
	}
	day := crema.quiet*86400 + 300*crema.cup
	rows := []row{
		{"power on to page, s, the median of three", seconds(crema.page), seconds(hello.page)},
		{"resident idle, MB (own memory)", megabytes(crema.idle), megabytes(hello.idle)},
		{"resident while cups are sold, MB (own memory)", megabytes(crema.busy), ""},
		{fmt.Sprintf("resident idle with %d jobs and %d sales in the store, MB (own memory)", grownJobs, grownCups), megabytes(old), ""},
		{"processor idle, % of one emulated core, with both machines read each minute (the whole board)", processor.minutely.String(), processor.hello.String()},
		{"the same with both machines read every 2 s", processor.often.String(), processor.hello.String()},
		{"written idle, MB a day", fmt.Sprintf("%.1f", crema.quiet*86400/1e6), fmt.Sprintf("%.1f", hello.quiet*86400/1e6)},
		{"written for a cup, kB", fmt.Sprintf("%.0f", crema.cup/1e3), ""},
		{"written on a day of 300 cups, MB, without snapshots", fmt.Sprintf("%.1f", day/1e6), ""},
		{"one snapshot (there is one a day), MB: of a store that has just begun; of the one with those jobs and sales", fmt.Sprintf("%.1f; %.0f", crema.snapshot/1e6, years/1e6), ""},
		{"a card's life at such days, years: with the small snapshot; with the large one", fmt.Sprintf("%.0f; %.0f", life(day, crema.snapshot), life(day, years)), ""},
		{"binary for arm64, MB", size(r.binary), size(filepath.Join(filepath.Dir(r.binary), "hello"))},
		{"binary for GOARM=6, MB", size(arm), ""},
	}
	var b strings.Builder
	fmt.Fprintf(&b, figuresText, time.Now().UTC().Format(time.DateOnly), filepath.Base(r.kernel.image), runtime.NumCPU(), span, figureCups)
	for _, f := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.what, f.crema, f.hello)
		r.say("%s: %s (hello: %s)", f.what, f.crema, f.hello)
	}
	return os.WriteFile("build/board/FIGURES.md", []byte(b.String()), 0o644)
}

// A resident is what a program has in memory, in kB.
type resident struct{ all, own int }

// A measure is what a program takes.
type measure struct {
	page       []time.Duration
	idle, busy resident
	quiet      float64 // bytes a second
	cup        float64 // bytes
	snapshot   float64 // bytes
}

// bare measures the service that says hello.
func (r *rig) bare(ctx context.Context, span time.Duration) (m measure, err error) {
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
	return m, w.rest(&m, span)
}

const figureCups = 20

// taken measures crema.
func (r *rig) taken(ctx context.Context, span time.Duration) (m measure, err error) {
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
	if err := inTurn(w.ready, func() error { return w.rest(&m, span) }); err != nil {
		return m, err
	}
	snapshot, err := w.snapshot()
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
	}
	if err := w.settled(time.Minute); err != nil {
		return m, err
	}
	m.cup = (float64(w.disk.bytesWritten()-before) - m.quiet*time.Since(began).Seconds()) / figureCups
	if m.busy, err = w.resident(); err != nil {
		return m, err
	}
	after, err := w.snapshot()
	if err == nil && after != snapshot {
		err = errors.New("a snapshot was written while it was measured: measure again")
	}
	if err != nil {
		return m, err
	}
	_, err = fmt.Sscan(after, &m.snapshot)
	return m, err
}

// years is what crema has in memory whose store is years old, and how many bytes that store has.
func (r *rig) years(ctx context.Context) (memory resident, bytes float64, err error) {
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
	file, err := w.emu.ask("size", "/data/crema/crema.db")
	if err != nil {
		return memory, 0, err
	}
	if _, err := fmt.Sscan(file, &bytes); err != nil {
		return memory, 0, err
	}
	memory, err = w.resident()
	return memory, bytes, err
}

// rest measures a program that has nothing to do.
func (w *world) rest(m *measure, span time.Duration) error {
	if err := w.pass(time.Minute); err != nil {
		return err
	}
	began, before := time.Now(), w.disk.bytesWritten()
	if err := w.pass(span); err != nil {
		return err
	}
	m.quiet = float64(w.disk.bytesWritten()-before) / time.Since(began).Seconds()
	var err error
	m.idle, err = w.resident()
	return err
}

func (w *world) resident() (m resident, err error) {
	if m.all, err = w.emu.memory("VmRSS"); err != nil {
		return m, err
	}
	m.own, err = w.emu.memory("RssAnon")
	return m, err
}

// snapshot is the size and the time of the store's first snapshot.
func (w *world) snapshot() (string, error) {
	return w.emu.ask("size", "/data/crema/snapshots/snapshot-1.db")
}

func seconds(d []time.Duration) string {
	slices.Sort(d)
	return fmt.Sprintf("%.1f", d[len(d)/2].Seconds())
}

func megabytes(m resident) string {
	return fmt.Sprintf("%.1f (%.1f)", float64(m.all)/1024, float64(m.own)/1024)
}

func size(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%.1f", float64(info.Size())/1e6)
}
