package coffee

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"crema/connectors"
	"crema/device"
	"crema/store"
)

// wiresOf are those of a machine; nil where it has none.
func wiresOf(m device.Machine) device.Wires {
	if w, ok := m.(device.Wired); ok {
		return w.Wires()
	}
	return nil
}

// runWires owns the wires until ctx ends.
func (b *Backend) runWires(ctx context.Context) {
	b.holdAsStored()
	if err := b.wires.Run(ctx); ctx.Err() == nil {
		b.log.Error("the wires to the machine", "error", err)
	}
}

// holdAsStored keeps the panel from selling by its wire, or not, as the store says that it
// must be locked: also while the machine does not answer.
func (b *Backend) holdAsStored() {
	var lock bool
	if err := b.d.Store.View(func(tx *store.Tx) (err error) {
		lock, err = b.mustLock(tx)
		return err
	}); err != nil {
		b.log.Error("lock the panel by its wire", "error", err)
		return
	}
	b.holdPanel(lock)
}

func (b *Backend) holdPanel(lock bool) {
	if b.wires == nil {
		return
	}
	if err := b.wires.Hold(lock); err != nil {
		b.log.Warn("lock the panel by its wire", "locked", lock, "error", err)
	}
}

// heldByWire is an error where a panel that is to be locked has a wire for it, and that can't do so.
func (b *Backend) heldByWire(lock bool) error {
	if b.wires == nil || !lock {
		return nil
	}
	s := b.wires.Signals()
	if !s.Holds || s.Held {
		return nil
	}
	why := device.ErrWires
	for _, e := range s.Errs {
		if e.Wire == "inhibit" {
			why = fmt.Errorf("%w: %w", device.ErrWires, e)
		}
	}
	return fmt.Errorf("the panel of %s is not locked yet: the machine does not answer, and its wire can't lock it: %w", b.cfg.Name, why)
}

// checkWired finds the wires that can't be used.
func (b *Backend) checkWired() (list []connectors.Finding) {
	if b.wires == nil {
		return nil
	}
	for _, e := range b.wires.Signals().Errs {
		fix := cmp.Or(e.Fix, "Correct `gpio_"+e.Wire+"`, or take it out: the machine works over its serial line alone.")
		list = append(list, connectors.Finding{Code: "gpio_" + e.Wire, Warning: true, Text: fmt.Sprintf("The wire %s: %v.", e.Wire, e.Err), Fix: fix})
	}
	return list
}

// ErrNotWired means that what was asked for needs a wire that is not there.
var ErrNotWired = errors.New("that wire of the machine is not connected")

// What silence means.
const (
	silenceLook = 10 * time.Second
	silentTries = 3 // restarts of a machine that stays silent
)

// Restart restarts the machine by its wire, as a person asked: device.ErrBusy while a
// cup is made or may be. Its panel is free after it, until the lock is set again. One that can't
// be asked whether it makes a cup tells that by BUSY alone. device.ErrOutcomeUnknown: it may have been restarted.
func (b *Backend) Restart(ctx context.Context) error {
	if b.wires == nil || !b.wires.Signals().Resets {
		return fmt.Errorf("restart %s: %w: gpio_reset", b.cfg.Name, ErrNotWired)
	}
	err := b.link.Do(ctx, device.PriorityUrgent, func(ctx context.Context, m device.Machine) error {
		s, err := m.Status(ctx)
		switch {
		case errors.Is(err, device.ErrBadReply): // the line is held all the same: nothing else is begun meanwhile
		case err != nil:
			return err
		case s.State == device.StateBrewing:
			return device.ErrBusy
		}
		return b.reset(ctx)
	})
	if away(err) {
		err = b.reset(ctx)
	}
	b.link.Wake()
	return err
}

// reset notes that the panel will be free, and restarts the machine.
func (b *Backend) reset(ctx context.Context) error {
	if err := b.d.Store.Update(ctx, b.doubtPour); err != nil {
		return err
	}
	b.log.Info("the machine is restarted by its wire")
	return b.wires.Reset()
}

// watchSilence restarts a machine that has not answered for too long, where that is asked
// for: not one whose line is lost, which no restart mends. After three that changed nothing it waits until the
// machine has answered again.
func (b *Backend) watchSilence(ctx context.Context) {
	if b.cfg.ResetAfter == 0 || b.wires == nil {
		return
	}
	look := time.NewTicker(silenceLook)
	defer look.Stop()
	var since time.Time
	tries := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		h := b.link.Health()
		if h.State != device.LinkAway || !errors.Is(h.Err, device.ErrNoReply) {
			if h.State == device.LinkConnected {
				tries = 0
			}
			since = time.Time{}
			continue
		}
		if since.IsZero() {
			since = time.Now()
		}
		if tries == silentTries || time.Since(since) < b.cfg.ResetAfter {
			continue
		}
		since = time.Now()
		err := b.reset(ctx)
		if err != nil {
			b.log.Warn("restart a machine that does not answer", "error", err)
		}
		if err == nil || errors.Is(err, device.ErrOutcomeUnknown) {
			tries++
			b.tellReset(ctx, tries, err)
		}
	}
}

// reasonSilent is the checkpoint of a machine that was restarted by itself.
const reasonSilent = "restarted"

func (b *Backend) tellReset(ctx context.Context, tries int, unsure error) {
	was := "was restarted by its wire"
	if unsure != nil {
		was = fmt.Sprintf("was to be restarted by its wire, which may have failed (%v)", unsure)
	}
	at := b.d.Clock.Now().UTC().Format(time.DateTime)
	err := b.d.Store.Update(ctx, func(tx *store.Tx) error {
		return b.tellPerson(tx, ModelMachine, b.cfg.Name, reasonSilent,
			"The machine of %s did not answer for %s, and %s at %s UTC (%d of %d times at most). See why it stopped answering.", b.cfg.Name, b.cfg.ResetAfter, was, at, tries, silentTries)
	})
	if err != nil {
		b.log.Error("tell of a restart", "error", err)
	}
}
