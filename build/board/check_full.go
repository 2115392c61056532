package board

import (
	"context"
	"errors"
	"strings"
	"time"

	"crema/store"
)

// checkFull fills the card while cups are made. The board says so, makes what room it can by forgetting old jobs, and books all
// cups once there is room again. The controls are the same board before, which must not say so, and a crema that
// acknowledges cups before they are kept.
//
// The store takes room for itself by many megabytes at a time; so that it needs more within some dozens of cups, it is a crema that takes
// less at a time and holds back less.
func checkFull(ctx context.Context, r *rig) (err error) {
	if r, err = r.changed("frugal"); err != nil {
		return err
	}
	w, err := r.newWorld(ctx, 41, setting{fair: noRoom})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(w.ready, w.sold(w.kitchen, 3), with(w.settled, 30*time.Second)); err != nil {
		return err
	}
	if h := w.health(); h.Status != "ok" {
		return errors.New("the control: with room on the card the board says: " + h.FirstError)
	}
	taken, err := w.emu.ask("fill")
	if err != nil {
		return err
	}
	closed := w.open()
	says, err := w.refused()
	if err == nil {
		err = inTurn(w.sold(w.kitchen, 4), w.sold(w.lobby, 4), closed)
	}
	if err != nil {
		return err
	}
	r.say("with the last %s bytes taken it says: %s; control: not before", taken, says)
	if _, err := w.emu.ask("unfill"); err != nil {
		return err
	}
	if err := inTurn(with(w.settled, time.Minute), w.well); err != nil {
		return err
	}
	r.say("with room again: %d cups, each booked once", count(w.made()))
	if err := w.off(); err != nil {
		return err
	}
	return r.rashlyFull(ctx)
}

// noRoom are the words of a store for which there is no room.
var noRoom = []string{store.ErrFull.Error()}

// refused waits until the board says that what a machine tells can't be kept, and gives its words.
func (w *world) refused() (says string, err error) {
	err = w.until("the board says that nothing can be kept", 2*time.Minute, func() bool {
		says = w.health().FirstError
		return strings.Contains(says, "can't be kept")
	})
	return says, err
}

// rashlyFull is the control of the books.
func (r *rig) rashlyFull(ctx context.Context) error {
	return r.rashly(ctx, 42, noRoom, func(w *world) error {
		_, err := w.emu.ask("fill")
		return err
	}, func(w *world) error {
		_, err := w.emu.ask("unfill")
		return err
	}, "frugal")
}
