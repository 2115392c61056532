package coffee

import (
	"context"
	"fmt"

	"crema/device"
	"crema/queue"
	"crema/store"
)

// lastChosen stands for the slot of the drink that was chosen last on the panel, which
// only the machine knows.
const lastChosen = -1

// Press asks for one cup, free of charge, of the drink that was chosen last on the panel,
// and returns its job. It takes the wire START; all else is as for Brew.
func (b *Backend) Press(ctx context.Context) (id queue.ID, err error) {
	if b.wires == nil || !b.wires.Signals().Presses {
		return 0, fmt.Errorf("start a cup of %s: %w: gpio_start", b.cfg.Name, ErrNotWired)
	}
	err = b.d.Store.Update(ctx, func(tx *store.Tx) (err error) {
		id, _, err = b.enqueueBrew(tx, BrewArgs{Slot: lastChosen})
		return err
	})
	return id, err
}

// makeCup starts the cup whose intent is committed.
func (b *Backend) makeCup(ctx context.Context, m device.Brewer, slot int, token device.Token) (device.Brewing, error) {
	switch {
	case slot != lastChosen:
		return m.Brew(ctx, slot, token)
	case b.wires == nil:
		return device.Brewing{}, device.ErrUnsupported
	}
	return device.Brewing{}, b.wires.Press()
}
