package board

import (
	"context"
	"errors"
	"time"
)

// checkReadOnly has a card that takes no writes any more, as one does that is worn out. The board says so, and what it
// couldn't keep is read again from the machines once it can. The controls are the books, which are wrong until then, and a crema that
// acknowledges cups before they are kept.
func checkReadOnly(ctx context.Context, r *rig) (err error) {
	w, err := r.newWorld(ctx, 40, setting{fair: wornOut})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(w.ready, w.sold(w.kitchen, 3), with(w.settled, 30*time.Second)); err != nil {
		return err
	}
	w.disk.refuse()
	began := time.Now()
	if err := inTurn(w.sold(w.kitchen, 4), w.sold(w.lobby, 4), w.awaits("the board says that nothing can be kept", time.Minute, w.broken)); err != nil {
		return err
	}
	r.say("after %s it says: %s", time.Since(began).Round(10*time.Millisecond), w.health().FirstError)
	if err := w.lacks("nothing can be kept"); err != nil {
		return err
	}
	if err := inTurn(w.unplug, w.ready, with(w.settled, time.Minute)); err != nil {
		return err
	}
	r.say("power off and on, the card writable again: all booked; control: not before")
	if err := w.off(); err != nil {
		return err
	}
	return r.rashlyReadOnly(ctx)
}

// wornOut are the words of a board whose card takes no writes.
var wornOut = []string{"EXT4-fs", "JBD2", "I/O error", "level=ERROR", "the program ended"}

// rashlyReadOnly is the control of the books at the end.
func (r *rig) rashlyReadOnly(ctx context.Context) error {
	return r.rashly(ctx, 43, wornOut, func(w *world) error {
		w.disk.refuse()
		return nil
	}, func(w *world) error { return inTurn(w.unplug, w.ready) })
}

// broken tells whether the board says that crema itself is broken, as it is without a card.
func (w *world) broken() bool { return w.health().Status == "broken" }
