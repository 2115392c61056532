package board

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"time"

	usage "crema/build/board/figures"
	"crema/device/sim"
)

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
		page, err := w.emu.firstPage(ctx, time.Minute)
		if err != nil {
			return m, err
		}
		m.page = append(m.page, page)
	}
	err = w.rest(&m)
	return m, err
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
		page, err := w.emu.firstPage(ctx, time.Minute)
		if err != nil {
			return m, err
		}
		m.page = append(m.page, page)
	}
	if err := inTurn(w.ready, with(w.restFromJobs, &m)); err != nil {
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
	path := filepath.Join(r.dir, "kept.db")
	if err := growStore(ctx, path, manyYears, manyYears.jobs/ofAChannel); err != nil {
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
	return memory, bytes, w.hasGrown(manyYears)
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

// restFromJobs is rest in a time in which no job was made: what runs by schedule is reckoned apart.
func (w *world) restFromJobs(m *measure) error {
	for range 5 {
		before, err := w.jobs()
		if err != nil {
			return err
		}
		if err := w.rest(m); err != nil {
			return err
		}
		after, err := w.jobs()
		if err != nil || maps.Equal(before, after) {
			return err
		}
	}
	return errors.New("something ran by schedule each time that nothing should: measure again")
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
