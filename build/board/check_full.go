package board

import (
	"context"
	"errors"
	"time"
)

// checkFull fills the card while cups are made. The board says so, makes what room it can by forgetting old jobs, and books all
// cups once there is room again. The control is the same board before, which must not say so.
func checkFull(ctx context.Context, r *rig) (err error) {
	w, err := r.newWorld(ctx, 41, setting{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := errors.Join(w.ready(), w.sell(w.kitchen, 3), w.settled(30*time.Second)); err != nil {
		return err
	}
	if h := w.health(); h.Status != "ok" {
		return errors.New("the control: with room on the card the board says: " + h.FirstError)
	}
	taken, err := w.emu.ask("fill")
	if err != nil {
		return err
	}
	closed, says := w.open(), ""
	full := w.until("the board says that nothing can be kept", 2*time.Minute, func() bool {
		h := w.health()
		says = h.FirstError
		return h.Status == "broken"
	})
	if err := errors.Join(full, w.sell(w.kitchen, 4), w.sell(w.lobby, 4), closed()); err != nil {
		return err
	}
	r.say("with the last %s bytes taken it says: %s; control: not before", taken, says)
	if _, err := w.emu.ask("unfill"); err != nil {
		return err
	}
	if err := errors.Join(w.settled(time.Minute), w.until("it is well again", time.Minute, func() bool { return w.health().Status == "ok" })); err != nil {
		return err
	}
	r.say("with room again: %d cups, each booked once", count(w.made()))
	return w.off()
}
