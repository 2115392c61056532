package board

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// checkSerial pulls the cable of each machine while cups are made, and puts it back. The 2900's is USB: the board loses the
// device with it. The controls are the books, which must not be right while a cable is out, and a crema that opens no line again.
func checkSerial(ctx context.Context, r *rig) (err error) {
	w, err := r.newWorld(ctx, 10, setting{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.ready(); err != nil {
		return err
	}
	if err := inTurn(w.sold(w.lobby, 4), w.sold(w.kitchen, 4), with(w.settled, 30*time.Second)); err != nil {
		return err
	}
	for _, c := range []struct {
		name      string
		out, goes *cable
	}{{"kitchen", w.kitchen, w.lobby}, {"lobby", w.lobby, w.kitchen}} {
		c.out.plug(false)
		if err := w.until(c.name+" is away", 30*time.Second, func() bool { return w.machineIs(c.name) == "away" }); err != nil {
			return err
		}
		if err := inTurn(w.sold(c.out, 5), w.sold(c.goes, 3)); err != nil {
			return err
		}
		reachable := count(w.made()) - 5
		if err := inTurn(with(w.books, reachable), with(w.lacks, "a cable is out")); err != nil {
			return err
		}
		began := time.Now()
		c.out.plug(true)
		if err := w.settled(time.Minute); err != nil {
			return err
		}
		r.say("%s: out, away, 5 cups, in: all booked %s later; control: not before", c.name, time.Since(began).Round(10*time.Millisecond))
	}
	if err := w.off(); err != nil {
		return err
	}
	return r.opensOnce(ctx)
}

// opensOnce is the control of what comes after a cable is back in.
func (r *rig) opensOnce(ctx context.Context) (err error) {
	if r, err = r.changed("once"); err != nil {
		return err
	}
	w, err := r.newWorld(ctx, 11, setting{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(w.ready, w.sold(w.kitchen, 2), with(w.settled, 30*time.Second)); err != nil {
		return err
	}
	w.kitchen.plug(false)
	if err := w.until("kitchen is away", 30*time.Second, func() bool { return w.machineIs("kitchen") == "away" }); err != nil {
		return err
	}
	if err := w.sell(w.kitchen, 3); err != nil {
		return err
	}
	w.kitchen.plug(true)
	if err := inTurn(with(w.pass, 10*time.Second), w.sold(w.lobby, 2), with(w.books, 2+2), with(w.lacks, "crema opens no line again")); err != nil {
		return err
	}
	r.say("control: a crema that opens no line again: 10 s after the cable was in the kitchen is %s, its 3 cups aren't booked, the lobby's are", w.machineIs("kitchen"))
	return w.off()
}

// books waits until so many cups are booked.
func (w *world) books(cups int) error {
	return w.until(fmt.Sprintf("%d cups are booked", cups), 30*time.Second, func() bool {
		booked, err := w.booked()
		return err == nil && count(booked) == cups
	})
}

// machineIs is what the board says of a machine, "" where it says nothing.
func (w *world) machineIs(name string) string {
	var backend struct{ Machine struct{ State string } }
	if w.api("GET", "backends/"+name, &backend) != nil {
		return ""
	}
	return backend.Machine.State
}
