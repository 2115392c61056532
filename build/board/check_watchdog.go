package board

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// watched are the settings of a board with a watchdog.
const watched = "watchdog = \"/dev/watchdog0\"\nwatchdog_timeout = \"10s\"\n"

// checkWatchdog has the board hang in two ways: crema is frozen, and the kernel crashes and stays as it is. Either way the
// board's watchdog restarts it, and the books are right. The control is a board without one.
func checkWatchdog(ctx context.Context, r *rig) error {
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return r.withWatchdog(ctx) })
	both.Go(func() error { return r.withoutWatchdog(ctx) })
	return both.Wait()
}

func (r *rig) withWatchdog(ctx context.Context) (err error) {
	w, err := r.newWorld(ctx, 60, setting{config: watched, fair: crashes})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.boot(restarts); err != nil {
		return err
	}
	hangs := []struct {
		what  string
		words []string
	}{{"crema is frozen", []string{"signal", "19"}}, {"the kernel hangs", []string{"sysrq", "c"}}}
	if r.arch.soft {
		hangs = hangs[:1]
	}
	for starts, hang := range hangs {
		if err := inTurn(w.ready, w.sold(w.kitchen, 2), with(w.settled, time.Minute)); err != nil {
			return err
		}
		if err := w.emu.tell(hang.words...); err != nil {
			return err
		}
		began := time.Now()
		if err := w.until("the board restarts, as "+hang.what, time.Minute, func() bool { return w.starts() == starts+2 }); err != nil {
			return err
		}
		r.say("%s: restarted after %s", hang.what, time.Since(began).Round(10*time.Millisecond))
		w.emu.hangUp() // what was asked is not answered any more
		if _, err := w.emu.page(ctx, time.Minute); err != nil {
			return err
		}
	}
	return inTurn(w.ready, w.sold(w.kitchen, 2), with(w.settled, time.Minute), w.off)
}

// crashes are the words of a kernel that was crashed.
var crashes = []string{"panic"}

// restarts lets a board restart by itself, and a kernel that crashed stay as it is.
func restarts(b *boot, _ *disk) { b.restart, b.append = true, b.append+" panic=0" }

// starts is how often the board has started since it was switched on.
func (w *world) starts() int { return strings.Count(w.emu.console(), "guest: hello") }

// withoutWatchdog is the control, of either hang: for longer than the watchdog's timeout.
func (r *rig) withoutWatchdog(ctx context.Context) (err error) {
	w, err := r.newWorld(ctx, 61, setting{fair: crashes})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(with(w.boot, restarts), w.ready); err != nil {
		return err
	}
	if _, err := w.emu.ask("signal", "19"); err != nil {
		return err
	}
	if err := w.standsStill(15 * time.Second); err != nil {
		return err
	}
	r.say("control: without a watchdog a frozen crema stays so for 15 s")
	if r.arch.soft {
		return nil
	}
	if err := inTurn(func() error { return w.emu.tell("sysrq", "c") }, func() error { return w.says("Kernel panic", 10*time.Second) }, with(w.standsStill, 15*time.Second)); err != nil {
		return err
	}
	r.say("control: without a watchdog a kernel that crashed stays so for 15 s")
	return nil
}
