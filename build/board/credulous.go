package board

import (
	"context"
	"errors"
	"time"
)

// believes is the control of the orders' times and of the schedules.
func (r *rig) believes(ctx context.Context) (err error) {
	if r, err = r.changed("credulous"); err != nil {
		return err
	}
	w, err := r.newWorld(ctx, 31, setting{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(with(w.boot, func(b *boot, _ *disk) { b.rtc = "1970-01-01T00:00:10" }), w.ready, w.sold(w.kitchen, 2), w.sold(w.lobby, 2), with(w.books, 4)); err != nil {
		return err
	}
	misdated := w.dated()
	if !errors.Is(misdated, errMisdated) {
		return errors.Join(errors.New("the control: a crema that believes any clock books in 1970 with the right time"), misdated)
	}
	if err := w.fiveHours(); err != nil {
		return err
	}
	var scheduled error
	if err := w.until("something runs by schedule", 30*time.Second, func() bool {
		scheduled = w.punctual()
		return errors.Is(scheduled, errScheduled)
	}); err != nil {
		return errors.Join(errors.New("the control, a crema that believes any clock"), err, scheduled)
	}
	r.say("control: of a crema that believes any clock %v, and %v", misdated, scheduled)
	return nil
}
