package board

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// checkCuts takes the board's power away while cups are sold, again and again, on cards with a volatile write cache. The
// store must open each time, and at the end each cup must be booked once.
func checkCuts(ctx context.Context, r *rig) error {
	all := r.cuts
	switch {
	case all > 0:
	case r.nightly:
		all = 200
	default:
		all = 10
	}
	cuts := map[string]int{"ext4": all - all*2/5, "f2fs": all * 2 / 5}
	for part, files := range []string{"ext4", "f2fs"} {
		if err := r.cutsOn(ctx, files, cuts[files], uint64(20+part)); err != nil {
			return fmt.Errorf("%s: %w", files, err)
		}
	}
	return r.lyingDisk(ctx)
}

// cutsOn is a run of cuts on one file system.
func (r *rig) cutsOn(ctx context.Context, files string, cuts int, part uint64) (err error) {
	w, err := r.newWorld(ctx, part, setting{files: files})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(w.ready, w.off); err != nil {
		return err
	}
	closed := w.open()
	pending, kept, early := 0, 0, 0
	for n := range cuts {
		if n%3 == 2 { // a day on: a snapshot is written as crema starts, and the power goes among its writes
			w.ahead.Add(int64(25 * time.Hour))
		}
		page, err := w.untilCut(w.random.IntN(40)+1, false)
		if err != nil {
			return fmt.Errorf("cut %d: %w", n+1, err)
		}
		if !page {
			early++
		}
		pending, kept = pending+w.disk.pending, kept+w.disk.kept
	}
	if err := inTurn(with(w.boot, nil), closed, w.ready, with(w.settled, 40*time.Second)); err != nil {
		return err
	}
	r.say("%s: %d cuts, %d of them before the page; of %d sectors that were not flushed %d were kept; %d cups, each booked once", files, cuts, early, pending, kept, count(w.made()))
	return w.off()
}

// untilCut switches the board on and leaves it on until the power is cut after some writes. It tells whether the page came.
func (w *world) untilCut(writes int, lies bool) (page bool, err error) {
	if err := w.boot(func(_ *boot, d *disk) {
		d.lies = lies
		d.cutAfter(writes, w.random)
	}); err != nil {
		return false, err
	}
	emu, here := w.emu, make(chan error, 1)
	go func() {
		_, err := emu.page(w.ctx, time.Minute)
		here <- err
	}()
	for late := time.After(2 * time.Minute); ; {
		select {
		case <-w.disk.cut:
			return page, w.unplug()
		case err := <-here: // an error, too, where the power went first
			page = err == nil
			if err != nil && !w.disk.isCut() {
				return false, err
			}
			here = nil
		case <-emu.ended:
			return page, fmt.Errorf("the emulator ended before %d writes: %s", writes, emu.words())
		case <-w.ctx.Done():
			return page, w.ctx.Err()
		case <-late:
			return page, fmt.Errorf("after 2 minutes there were no %d writes: %s", writes, emu.words())
		}
	}
}

// lyingDisk is the control: a disk that says it flushed and didn't. What else goes wrong on its board is an error of the control.
func (r *rig) lyingDisk(ctx context.Context) (err error) {
	w, err := r.newWorld(ctx, 29, setting{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(w.ready, w.off); err != nil {
		return err
	}
	closed := w.open()
	defer closed() //nolint:errcheck // nobody asks what became of them
	for n := range 6 {
		_, err := w.untilCut(w.random.IntN(200)+100, true)
		fault, unread := w.shows(faults)
		if unread != nil {
			return unread
		}
		if fault != "" && n == 0 {
			return fmt.Errorf("the control: before a disk that doesn't flush lost anything the board says: %s", fault)
		}
		if fault != "" {
			w.unplug() //nolint:errcheck // that it complains is what was wanted
			r.say("control: a disk that doesn't flush shows after %d cuts: the board says: %s", n, fault)
			return nil
		}
		if err != nil {
			return fmt.Errorf("the control, a disk that doesn't flush, cut %d: %w", n+1, err)
		}
	}
	return errors.New("the control: a disk that doesn't flush went unnoticed for 6 cuts")
}
