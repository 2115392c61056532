package coffee

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/device"
	"crema/store"
)

// How often is looked whether Odoo is busy, how often it is asked for that alone, how often is kept that it still is, and
// how long nobody may have looked before it is not known any more that it was all the time.
const (
	busyLook  = 5 * time.Second
	busyProbe = 30 * time.Second
	busyKeep  = time.Minute
	busyGap   = 2 * time.Minute
	busyAgain = 15 * time.Second // a machine that was not ready after all is asked again
)

// busySettings are those of a coffee when Odoo is busy.
type busySettings struct {
	Enabled bool
	Slower  time.Duration // an answer that takes longer counts as busy
	For     time.Duration // how long it must last
	Drink   string        // default_code
	Every   time.Duration // between two cups
}

// busyState is what is kept of it, by board time: a wrong clock, and one that jumps, pour nothing.
type busyState struct {
	Busy  bool          `json:"busy,omitempty"`
	Since time.Duration `json:"since,omitempty"` // Odoo was first seen busy, and was at each look after that
	Seen  time.Duration `json:"seen,omitempty"`  // and seen so last, to busyKeep
	Boot  string        `json:"boot,omitempty"`  // the kernel's; over a reboot nobody looked
	// Paused tells that no cup is poured until Every has passed since Poured: it was the last cup, or an older snapshot
	// does not know of the last one.
	Paused bool          `json:"paused,omitempty"`
	Poured time.Duration `json:"poured,omitempty"`
	Token  string        `json:"token,omitempty"` // of the last cup
}

var busyStates = store.NewBucket[string, busyState]("coffee.busy", store.StringKey())

// reasonBusyDrink is the checkpoint of a coffee that can't be poured, as there is no such drink.
const reasonBusyDrink = "busy_drink"

// errNotBusy ends a cup that was to be poured because Odoo was busy.
var errNotBusy = errors.New("odoo is not busy any more")

// watchOdoo pours a coffee when Odoo is busy for too long, until ctx ends. It asks Odoo the cheapest question while
// nobody else does: what is not called is not known to be busy.
func (b *Backend) watchOdoo(ctx context.Context) {
	if !b.cfg.Busy.Enabled {
		return
	}
	var asking sync.WaitGroup
	defer asking.Wait()
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	look, probe := time.NewTicker(min(busyLook, b.cfg.Busy.For)), time.NewTicker(max(min(busyProbe, b.cfg.Busy.For/2), busyLook))
	defer look.Stop()
	defer probe.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-probe.C:
			select {
			case <-turn:
				asking.Go(func() {
					_, _ = b.d.Odoo.Whoami(ctx) // the client's status has what came of it
					turn <- struct{}{}
				})
			default: // it waits for its answer
			}
		case <-look.C:
			if err := b.lookBusy(ctx, b.isBusy(b.d.Odoo.Status()), b.Snapshot()); err != nil && ctx.Err() == nil {
				b.log.Error("a coffee while Odoo is busy", "error", err)
			}
		}
	}
}

// isBusy tells whether Odoo is unreachable, or slower than is taken for normal.
func (b *Backend) isBusy(s odoo.Status) bool {
	return s.State == odoo.StateDown || s.Latency > b.cfg.Busy.Slower
}

// lookBusy keeps whether Odoo is busy, and asks for a cup when it is time for one. Where nothing changed nothing is written.
func (b *Backend) lookBusy(ctx context.Context, busy bool, snap Snapshot) error {
	at := b.now()
	var due func(*store.Tx) error
	err := b.d.Store.View(func(tx *store.Tx) (err error) {
		due, err = b.busyStep(tx, busy, snap, at)
		return err
	})
	if err != nil || due == nil {
		return err
	}
	return b.d.Store.Update(ctx, func(tx *store.Tx) error {
		due, err := b.busyStep(tx, busy, snap, at)
		if err != nil || due == nil {
			return err
		}
		return due(tx)
	})
}

// busyStep is what a look at Odoo leads to; nil: nothing.
func (b *Backend) busyStep(tx *store.Tx, busy bool, snap Snapshot, at ledger.When) (func(*store.Tx) error, error) {
	s, _, err := busyStates.Get(tx, b.cfg.Name)
	if err != nil || !busy && !s.Busy {
		return nil, err
	}
	keep := func(tx *store.Tx) error { return busyStates.Put(tx, b.cfg.Name, s) }
	if !busy {
		s.Busy = false
		return keep, nil
	}
	unbroken := s.Busy && s.Boot == at.Boot && at.Board-s.Seen <= busyGap && at.Board >= s.Seen
	if !unbroken {
		s.Busy, s.Boot, s.Since, s.Seen = true, at.Boot, at.Board, at.Board
		return keep, nil
	}
	late := at.Board-s.Seen >= busyKeep
	s.Seen = at.Board
	next, err := b.busyNext(tx, s)
	if err != nil {
		return nil, err
	}
	if at.Board < next || b.busyNotReady(tx, snap) != "" {
		if late {
			return keep, nil
		}
		return nil, nil
	}
	slot, product, missing, err := b.busySlot(tx)
	if err != nil {
		return nil, err
	}
	if missing != "" {
		if !late && b.d.Checkpoints.IsOpen(tx, b.cfg.Name, connectors.ModelBackend, b.cfg.Name, reasonBusyDrink) {
			return nil, nil
		}
		return func(tx *store.Tx) error {
			return errors.Join(keep(tx), b.tellPerson(tx, connectors.ModelBackend, b.cfg.Name, reasonBusyDrink,
				"Odoo is busy, and no coffee is poured: %s. Correct busy.drink, or sell the drink on the machine.", missing))
		}, nil
	}
	return func(tx *store.Tx) error {
		s.Paused, s.Poured = true, at.Board
		var err error
		if _, s.Token, err = b.enqueueBrew(tx, BrewArgs{Slot: slot, Busy: product}); err != nil {
			return err
		}
		return errors.Join(keep(tx), b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, connectors.ModelBackend, b.cfg.Name, reasonBusyDrink))
	}, nil
}

// busyNext is the board time before which no cup is poured, if Odoo stays busy. After one that the machine is known not to have
// made the next may follow soon.
func (b *Backend) busyNext(tx *store.Tx, s busyState) (time.Duration, error) {
	next, pause := s.Since+b.cfg.Busy.For, b.cfg.Busy.Every
	if !s.Paused {
		return next, nil
	}
	p, _, err := pours.Get(tx, b.cfg.Name)
	if s.Token != "" && p.Token == s.Token && p.State == pourNotMade {
		pause = min(pause, max(b.cfg.Busy.For, busyKeep))
	}
	return max(next, s.Poured+pause), err
}

// busyStill refuses a cup that is poured because Odoo is busy, where it no longer is, its slot holds another drink by now, or a person
// has locked the panel.
func (b *Backend) busyStill(tx *store.Tx, args BrewArgs) error {
	if args.Busy == 0 {
		return nil
	}
	s, _, err := busyStates.Get(tx, b.cfg.Name)
	if err != nil {
		return err
	}
	if !s.Busy {
		return errNotBusy
	}
	holds, err := b.holds(tx, args.Slot, args.Busy)
	if err != nil || holds && !b.Locked(tx) {
		return err
	}
	return fmt.Errorf("%w: slot %d does not hold the drink any more, or the panel was locked", device.ErrNotReady, args.Slot)
}

// busyNotReady says why the machine can't be asked for a cup now; "" where it can.
func (b *Backend) busyNotReady(tx *store.Tx, snap Snapshot) string {
	_, brews := b.machine.(device.Brewer)
	record, err := connectors.Backends{}.Get(tx, b.cfg.Name)
	p, _, perr := pours.Get(tx, b.cfg.Name)
	switch {
	case err != nil || perr != nil || record.State != connectors.Production:
		return "the machine is not in production"
	case !brews:
		return "the machine makes no cup by itself"
	case snap.Health.State != device.LinkConnected:
		return "the machine is not connected"
	case snap.Status.State == device.StateBrewing:
		return "the machine is making a cup"
	case snap.Status.State != device.StateReady:
		return "the machine is not ready: " + snap.Status.State.String()
	case b.Locked(tx):
		return "its panel is locked"
	case p.State == pourPending:
		return "a cup is in the making"
	default:
		return ""
	}
}

// busySlot is the slot that holds the drink to pour; else missing says what there is not.
func (b *Backend) busySlot(tx *store.Tx) (slot int, product int64, missing string, err error) {
	for d := range drinksOf(tx, b.cfg.Name) {
		if d.Code != b.cfg.Busy.Drink || !d.Active {
			continue
		}
		external, bound, err := b.binder().ToExternal(tx, d.Product)
		if err != nil {
			return 0, 0, "", err
		}
		if !bound {
			continue
		}
		if slot, err = strconv.Atoi(external); err != nil {
			return 0, 0, "", err
		}
		if holds, err := b.holds(tx, slot, d.Product); err != nil || holds {
			return slot, d.Product, "", err
		}
	}
	return 0, 0, fmt.Sprintf("no slot that is switched on holds a drink with the internal reference %q", b.cfg.Busy.Drink), nil
}

// holds tells whether a slot is switched on, holds a drink, and is not being changed.
func (b *Backend) holds(tx *store.Tx, slot int, product int64) (bool, error) {
	h, known, err := getHeld(tx, b.cfg.Name, slot)
	if err != nil || !known || !h.Slot.Enabled || h.Intent != nil {
		return false, err
	}
	c, err := b.contentOf(tx, h.Slot, h.Product)
	return c.product == product, err
}

// pauseBusy has every machine wait for its whole time before it pours again: an older snapshot does not know when it did last.
func pauseBusy(tx *store.Tx, backends []string, board time.Duration) error {
	for _, name := range backends {
		if err := busyStates.Put(tx, name, busyState{Paused: true, Poured: board}); err != nil {
			return err
		}
	}
	return nil
}
