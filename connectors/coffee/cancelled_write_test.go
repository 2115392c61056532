package coffee

import (
	"testing"
	"time"

	"crema/connectors"
	"crema/device"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
	sim2900 "crema/device/sim/coffee2900"
	"crema/queue"
	"crema/store"
)

// TestCancelledWriteLeavesTheMachineSafe cancels the change of a slot while it has locked the panel and waits for a cup: the job is
// cancelled at once, the panel is freed while the cup is still being made, nothing was written, and the next change finds all in order.
func TestCancelledWriteLeavesTheMachineSafe(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1900", "2900"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			const brew = 4 * time.Second
			var m sim.Machine = sim1900.New(sim1900.Options{Brew: brew})
			if version == "2900" {
				m = sim2900.New(sim2900.Options{Brew: brew})
			}
			r := newRig(t, version, m, 0, 0)
			slots := m.Truth().Slots
			r.adopt(map[string]int64{slots[1].Name: 101})
			r.update(func(tx *store.Tx) error {
				if err := r.b.binder().Bind(tx, connectors.Binding{OdooID: 101, External: "1"}); err != nil {
					return err
				}
				return wants.Put(tx, slotKeyOf("kitchen", 1), Want{Product: 101, Name: slots[1].Name, Price: device.Money{Amount: 333, Currency: "EUR"}, Enabled: true})
			})
			r.jobs()
			if _, err := m.Buy(sim.Order{Slot: 1, Payment: device.PaymentCard, Brew: brew}); err != nil {
				t.Fatal(err)
			}
			bought := time.Now()
			var id queue.ID
			r.update(func(tx *store.Tx) (err error) {
				id, err = queue.Enqueue(tx, r.b.d.Queue, SlotKind, SlotArgs{Backend: "kitchen", Slot: 1}, queue.Options{Backend: "kitchen"})
				return err
			})
			locked := func(want bool) {
				t.Helper()
				for m.Truth().Locked != want {
					select {
					case <-t.Context().Done():
						t.Fatal("the test's time is over")
					case <-time.After(5 * time.Millisecond):
					}
				}
			}
			locked(true)
			if err := r.b.d.Queue.Cancel(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if info, err := r.b.d.Queue.Wait(t.Context(), id); err != nil || info.State != queue.StateCancelled {
				t.Errorf("Wait() = %+v, %v", info, err)
			}
			locked(false)
			if len(m.Truth().Cups) > 0 && time.Since(bought) < brew {
				t.Error("the cup was cut short")
			}
			if got := m.Truth().Slots[1].Price; got.Amount == 333 {
				t.Error("a cancelled change was written")
			}
			if info := do(r, SlotKind, SlotArgs{Backend: "kitchen", Slot: 1}); info.State != queue.StateDone {
				t.Errorf("the next change: %+v", info)
			}
			if got := m.Truth(); got.Slots[1].Price.Amount != 333 || got.Locked || len(got.Cups) != 1 {
				t.Errorf("price %d, locked %v, %d cups; want 333, free, the one that was bought", got.Slots[1].Price.Amount, got.Locked, len(got.Cups))
			}
		})
	}
}
