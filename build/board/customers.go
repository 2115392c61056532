package board

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"crema/device"
	"crema/device/sim"
)

// The cups a minute that are sold at each machine while it is busy. Of what the 1900 counts while the board is off, crema believes
// no more than a cup a second.
const lobbyRush, kitchenRush = 55, 240

// open lets customers come to both machines until the function that it gives is called: that waits for the last cup.
func (w *world) open() (closed func() error) {
	ctx, stop := context.WithCancel(w.ctx)
	var all sync.WaitGroup
	for _, at := range []struct {
		m    *cable
		rate float64
	}{{w.lobby, lobbyRush}, {w.kitchen, kitchenRush}} {
		seed := w.random.Int64()
		all.Go(func() { sim.Customers(ctx, at.m, at.rate, seed) })
	}
	return func() error {
		stop()
		all.Wait()
		return w.until("the last cup is made", time.Minute, func() bool {
			return w.lobby.Truth().State != device.StateBrewing.String() && w.kitchen.Truth().State != device.StateBrewing.String()
		})
	}
}

// sold is sell as a step.
func (w *world) sold(m sim.Machine, cups int) step {
	return func() error { return w.sell(m, cups) }
}

// sell sells some cups at a machine, each as soon as the panel lets it.
func (w *world) sell(m sim.Machine, cups int) error {
	for i := range cups {
		want, refused := drinks[i%len(drinks)].Name, errors.New("nothing sells it")
		if err := w.until("somebody gets "+want, 10*time.Second, func() bool {
			for _, slot := range m.Truth().Slots {
				if slot.Enabled && slot.Name == want {
					_, refused = m.Buy(sim.Order{Slot: slot.Number, Kind: device.CupSale, Payment: device.PaymentCard})
				}
			}
			return refused == nil
		}); err != nil {
			return fmt.Errorf("%w: %w", refused, err)
		}
	}
	return nil
}
