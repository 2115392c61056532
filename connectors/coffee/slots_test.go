package coffee

import (
	"context"
	"fmt"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/device"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
	sim2900 "crema/device/sim/coffee2900"
)

// onLine is the adapter of a machine's slots, each call of which borrows the machine.
type onLine struct{ r *rig }

func (o onLine) do(ctx context.Context, f func(context.Context, *Slots) error) error {
	return o.r.b.link.Do(ctx, device.PriorityNormal, func(ctx context.Context, m device.Machine) error {
		s, err := connectors.Component(o.r.b.work(m), SlotAdapter)
		if err != nil {
			return err
		}
		return f(ctx, s)
	})
}

func (o onLine) Backend() connectors.Backend { return o.r.b.record }

func (o onLine) Search(ctx context.Context, q struct{}) (ids []string, err error) {
	err = o.do(ctx, func(ctx context.Context, s *Slots) (err error) { ids, err = s.Search(ctx, q); return err })
	return ids, err
}

func (o onLine) Read(ctx context.Context, id string) (slot device.Slot, err error) {
	err = o.do(ctx, func(ctx context.Context, s *Slots) (err error) { slot, err = s.Read(ctx, id); return err })
	return slot, err
}

func (o onLine) Write(ctx context.Context, id string, to device.Slot) error {
	return o.do(ctx, func(ctx context.Context, s *Slots) error { return s.Write(ctx, id, to) })
}

// TestSlotsConform: a machine's slots are records like those of any system, on its true
// bytes.
func TestSlotsConform(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1900", "2900"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			connectortest.Adapter(t, func(t testing.TB) connectortest.System[device.Slot, device.Slot, struct{}] {
				var m sim.Machine = sim1900.New(sim1900.Options{Brew: 30 * time.Millisecond})
				if version == "2900" {
					m = sim2900.New(sim2900.Options{Brew: 30 * time.Millisecond})
				}
				r := newRig(t, version, m, 0, 0)
				r.read()
				return connectortest.System[device.Slot, device.Slot, struct{}]{
					Adapter: onLine{r}, Can: "search read write", Known: []string{"0", "1", "2", "3", "4", "5", "6", "7"},
					New: func(n int) device.Slot {
						return device.Slot{Name: fmt.Sprint("DRINK ", n), Price: device.Money{Amount: int64(100 + n), Currency: m.Truth().Slots[0].Price.Currency}, Enabled: n%2 == 0}
					},
					Written: func(s, w device.Slot) device.Slot {
						s.Name, s.Price, s.Enabled = w.Name, w.Price, w.Enabled
						return s
					},
					Own: func(s *device.Slot) { s.Rev = 0 },
				}
			})
		})
	}
}
