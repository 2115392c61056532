package coffee

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/busy"
	"crema/device"
	"crema/store"
)

// brewAgain is after how long a machine that was not ready after all is asked again for a cup
// that is poured because Odoo is busy.
const brewAgain = 15 * time.Second

// errNotBusy ends a cup that was to be poured because Odoo was busy.
var errNotBusy = errors.New("odoo is not busy any more")

// busyDeps is what the watch for a busy Odoo needs of the backend.
func (b *Backend) busyDeps() busy.Deps {
	return busy.Deps{
		Settings: b.cfg.Busy, Backend: b.cfg.Name, Store: b.d.Store, Checkpoints: b.d.Checkpoints, Odoo: b.d.Odoo, Now: b.now, Log: b.log,
		NotReady: func(tx *store.Tx) string { return b.notReady(tx, b.Snapshot()) },
		Slot:     b.busySlot,
		Brew: func(tx *store.Tx, slot int, product int64) (token string, err error) {
			_, token, err = b.enqueueBrew(tx, BrewArgs{Slot: slot, Busy: product})
			return token, err
		},
		NotMade: func(tx *store.Tx, token string) (bool, error) {
			p, _, err := pours.Get(tx, b.cfg.Name)
			return p.Token == token && p.State == pourNotMade, err
		},
	}
}

// busyStill refuses a cup that is poured because Odoo is busy, where it no longer is, its slot holds another drink by now, or a person
// has locked the panel.
func (b *Backend) busyStill(tx *store.Tx, args BrewArgs) error {
	if args.Busy == 0 {
		return nil
	}
	is, err := b.busy.Still(tx)
	if err != nil {
		return err
	}
	if !is {
		return errNotBusy
	}
	holds, err := b.holds(tx, args.Slot, args.Busy)
	if err != nil || holds && !b.Locked(tx) {
		return err
	}
	return fmt.Errorf("%w: slot %d does not hold the drink any more, or the panel was locked", device.ErrNotReady, args.Slot)
}

// notReady says why the machine can't be asked for a cup now; "" where it can.
func (b *Backend) notReady(tx *store.Tx, snap Snapshot) string {
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

// busySlot is the slot that holds the drink to pour, and the drink's product; 0: there is none.
func (b *Backend) busySlot(tx *store.Tx) (slot int, product int64, err error) {
	for d := range drinksOf(tx, b.cfg.Name) {
		if d.Code != b.cfg.Busy.Drink || !d.Active {
			continue
		}
		external, bound, err := b.binder().ToExternal(tx, d.Product)
		if err != nil {
			return 0, 0, err
		}
		if !bound {
			continue
		}
		if slot, err = strconv.Atoi(external); err != nil {
			return 0, 0, err
		}
		if holds, err := b.holds(tx, slot, d.Product); err != nil || holds {
			return slot, d.Product, err
		}
	}
	return 0, 0, nil
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
