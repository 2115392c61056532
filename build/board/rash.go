package board

import (
	"context"
	"errors"
	"strings"
	"time"
)

// rashly is the control of what is read again once it can be kept: what such a crema read from when a card broke until it was mended
// is missing for good, and with the next cup crema says so. It may have more words.
func (r *rig) rashly(ctx context.Context, part uint64, fair []string, breaks, mends func(*world) error, more ...string) (err error) {
	if r, err = r.changed(append(more, "rash")...); err != nil {
		return err
	}
	w, err := r.newWorld(ctx, part, setting{fair: fair})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(w.ready, w.sold(w.kitchen, 3), with(w.settled, 30*time.Second), with(breaks, w)); err != nil {
		return err
	}
	closed := w.open()
	if _, err := w.refused(); err != nil {
		return err
	}
	if err := w.says("msg=poll backend=kitchen", time.Minute); err != nil { // what the 2900 tells, too: a full store may have taken that, and refused the lobby
		return err
	}
	if err := inTurn(w.sold(w.kitchen, 4), closed, with(w.pass, 5*time.Second), with(mends, w), w.sold(w.kitchen, 1)); err != nil {
		return err
	}
	if err := w.until("crema says that cups are missing", time.Minute, func() bool { return strings.Contains(w.checkpoints(), "journal_gap") }); err != nil {
		return err
	}
	if err := inTurn(with(w.pass, 5*time.Second), with(w.lacks, "crema acknowledged cups before they were kept")); err != nil {
		return err
	}
	booked, err := w.booked()
	r.say("control: of a crema that acknowledges cups before they are kept %d of %d are missing at the end", count(w.made())-count(booked), count(w.made()))
	return err
}
