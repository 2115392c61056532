package board

import (
	"context"
	"errors"
	"time"
)

// checkSerial pulls the cable of each machine while cups are made, and puts it back. The 2900's is USB: the board loses the
// device with it. The control is the books, which must not be right while a cable is out.
func checkSerial(ctx context.Context, r *rig) (err error) {
	w, err := r.newWorld(ctx, 10, setting{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.ready(); err != nil {
		return err
	}
	if err := errors.Join(w.sell(w.lobby, 4), w.sell(w.kitchen, 4), w.settled(30*time.Second)); err != nil {
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
		if err := errors.Join(w.sell(c.out, 5), w.sell(c.goes, 3)); err != nil {
			return err
		}
		reachable := count(w.made()) - 5
		if err := w.until("the other machine's cups are booked", 30*time.Second, func() bool {
			booked, err := w.booked()
			return err == nil && count(booked) == reachable
		}); err != nil {
			return err
		}
		if err := w.lacks("a cable is out"); err != nil {
			return err
		}
		began := time.Now()
		c.out.plug(true)
		if err := w.settled(time.Minute); err != nil {
			return err
		}
		r.say("%s: out, away, 5 cups, in: all booked %s later; control: not before", c.name, time.Since(began).Round(10*time.Millisecond))
	}
	return w.off()
}

// machineIs is what the board says of a machine, "" where it says nothing.
func (w *world) machineIs(name string) string {
	var backend struct{ Machine struct{ State string } }
	if w.api("GET", "backends/"+name, &backend) != nil {
		return ""
	}
	return backend.Machine.State
}
