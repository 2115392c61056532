package board

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// counted has the emulator count instructions: each is two nanoseconds of the board's time, and what passes while the board has
// nothing to do is the computer's. So how busy this computer is changes nothing.
func counted(b *boot) { b.more = append(b.more, "-icount", "shift=1,sleep=on") }

// A load is how long a board's processors have worked since it was switched on, by the board's own clock.
type load struct{ program, board, passed time.Duration }

// A share is a load in percent of one processor.
type share struct{ program, board float64 }

func (s share) String() string { return fmt.Sprintf("%.2f (%.2f)", s.program, s.board) }

// load reads it.
func (e *emulator) load() (l load, err error) {
	used, err := e.process()
	if err != nil {
		return l, err
	}
	l.program = used.CPU
	text, err := e.ask("read", "/proc/uptime")
	if err != nil {
		return l, err
	}
	var passed, idle float64 // s; idle is that of all processors
	if _, err := fmt.Sscan(text, &passed, &idle); err != nil {
		return l, fmt.Errorf("/proc/uptime is %q: %w", text, err)
	}
	l.passed = time.Duration(passed * float64(time.Second))
	l.board = figuredProcessors*l.passed - time.Duration(idle*float64(time.Second))
	return l, nil
}

// countedFor is how long the processor's load is measured: in steps of 10 ms, of which it must have some.
const countedFor = 5 * time.Minute

// shares are what is measured of the processor.
type shares struct{ hello, often, minutely share }

// processor measures them, at once: other boards change nothing where instructions are counted, and wait most of the time.
func (r *rig) processor(ctx context.Context) (all shares, err error) {
	group, ctx := errgroup.WithContext(ctx)
	for _, one := range []struct {
		of    *share
		part  uint64
		set   setting
		start func(*world) error
	}{
		{&all.hello, 73, setting{}, countedHello},
		{&all.minutely, 74, setting{both: "poll = \"1m\"\n"}, countedCrema},
		{&all.often, 75, setting{}, countedCrema},
	} {
		group.Go(func() (err error) {
			*one.of, err = r.idle(ctx, one.part, one.set, one.start)
			return err
		})
	}
	err = group.Wait()
	return all, err
}

// idle measures what a program that has nothing to do takes of the processor, on a board whose instructions are counted.
func (r *rig) idle(ctx context.Context, part uint64, s setting, start func(*world) error) (of share, err error) {
	w, err := r.newWorld(ctx, part, s)
	if err != nil {
		return of, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(with(start, w), with(w.pass, time.Minute)); err != nil {
		return of, err
	}
	before, err := w.emu.load()
	if err != nil {
		return of, err
	}
	if err := w.pass(countedFor); err != nil {
		return of, err
	}
	after, err := w.emu.load()
	if err != nil {
		return of, err
	}
	took := (after.passed - before.passed).Seconds()
	return share{100 * (after.program - before.program).Seconds() / took, 100 * (after.board - before.board).Seconds() / took}, nil
}

// countedCrema starts crema on a board whose instructions are counted.
func countedCrema(w *world) error {
	if err := w.boot(func(b *boot, _ *disk) { counted(b) }); err != nil {
		return err
	}
	if _, err := w.emu.page(w.ctx, 3*time.Minute); err != nil {
		return err
	}
	return w.ready()
}

// countedHello starts the service that says hello there.
func countedHello(w *world) error {
	if err := w.boot(func(b *boot, d *disk) { sayHello(b, d); counted(b) }); err != nil {
		return err
	}
	_, err := w.emu.page(w.ctx, 3*time.Minute)
	return err
}

func sayHello(b *boot, _ *disk) { b.append = "crema_data=ext4 crema_program=/system/hello" }
