package board

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"crema/build/board/control"
)

// loops are crema's main loops, as its watchdog calls them.
var loops = []string{"the store", "the queue", "the line of lobby", "the line of kitchen", "the page"}

// checkLoops freezes crema's main loops in turn, in CI the one that the run's chance says. The watchdog must restart the board each time,
// crema must say afterwards which loop it was, and the books must be right. The control is a board without a watchdog: it says that the
// loop is stuck, and stays so.
func checkLoops(ctx context.Context, r *rig) error {
	other, err := r.changed()
	if err != nil {
		return err
	}
	chosen := loops
	if !r.nightly {
		n := r.random(62).IntN(len(loops))
		chosen = loops[n : n+1]
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return other.freezeInTurn(ctx, chosen) })
	both.Go(func() error { return other.staysFrozen(ctx, chosen[0]) })
	return both.Wait()
}

// stuck are crema's words of a loop that is frozen.
var stuck = []string{"a loop of crema is stuck"}

// freeze freezes a loop, when all has been done that a start asks for. A cup is sold then, so that the loop has something to do; not at the
// machine whose line it is, whose panel may be locked for good.
func (w *world) freeze(loop string) error {
	if err := inTurn(w.ready, w.sold(w.kitchen, 2), w.sold(w.lobby, 1), with(w.settled, 2*time.Minute)); err != nil {
		return err
	}
	other := w.kitchen
	if strings.HasSuffix(loop, "kitchen") {
		other = w.lobby
	}
	if _, err := w.emu.ask("write", control.Frozen, loop); err != nil {
		return err
	}
	return w.sell(other, 1)
}

func (r *rig) freezeInTurn(ctx context.Context, chosen []string) (err error) {
	w, err := r.newWorld(ctx, 63, setting{config: watched, fair: stuck})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.boot(restarts); err != nil {
		return err
	}
	for n, loop := range chosen {
		if err := w.freeze(loop); err != nil {
			return err
		}
		began := time.Now()
		if err := w.until("the board restarts, as is frozen "+loop, 4*time.Minute, func() bool { return w.starts() == n+2 }); err != nil {
			return err
		}
		took := time.Since(began)
		w.emu.hangUp()
		if err := inTurn(w.ready, with(w.settled, time.Minute)); err != nil {
			return fmt.Errorf("%s was frozen: %w", loop, err)
		}
		if err := w.tells(loop); err != nil {
			return err
		}
		r.say("%s is frozen: restarted after %s, and crema says which it was", loop, took.Round(time.Second))
	}
	return w.off()
}

// tells wants an open checkpoint about a loop that was stuck.
func (w *world) tells(loop string) error {
	var page struct {
		Items []struct{ Record, Reason string }
	}
	if err := w.api("GET", "checkpoints?open=true&limit=100", &page); err != nil {
		return err
	}
	for _, c := range page.Items {
		if c.Reason == "stuck" && c.Record == loop {
			return nil
		}
	}
	return fmt.Errorf("%s was frozen, and crema tells of %+v", loop, page.Items)
}

// staysFrozen is the control.
func (r *rig) staysFrozen(ctx context.Context, loop string) (err error) {
	w, err := r.newWorld(ctx, 64, setting{fair: stuck})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(with(w.boot, restarts), with(w.freeze, loop)); err != nil {
		return err
	}
	var h health
	if err := w.until("it says that is stuck "+loop, 3*time.Minute, func() bool {
		h = w.health()
		return h.Status == "broken" && strings.Contains(h.FirstError, loop)
	}); err != nil {
		return fmt.Errorf("it says %+v: %w", h, err)
	}
	if err := w.standsStill(15 * time.Second); err != nil {
		return err
	}
	r.say("control: without a watchdog it doesn't restart: %s", h.FirstError)
	return nil
}

// standsStill wants that the board is on and was not started again, some time from now either.
func (w *world) standsStill(d time.Duration) error {
	select {
	case <-w.ctx.Done():
		return w.ctx.Err()
	case <-w.emu.ended:
		return errors.New("the control: the emulator ended: " + w.emu.words())
	case <-time.After(d):
	}
	if n := w.starts(); n != 1 {
		return fmt.Errorf("the control: without a watchdog the board started %d times", n)
	}
	return nil
}
