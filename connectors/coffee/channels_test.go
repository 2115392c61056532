package coffee

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/store"
	"crema/store/storetest"
)

// hung is a machine that never ends locking its panel.
type hung struct{ fake1900 }

func (m hung) Lock(ctx context.Context, locked bool) error {
	if !locked {
		return m.fake1900.Lock(ctx, locked)
	}
	<-ctx.Done()
	return ctx.Err()
}

// TestOneMachineNeverWaitsForAnother: all slots of one machine are to be written, and it
// hangs. The other's are written all the same.
func TestOneMachineNeverWaitsForAnother(t *testing.T) {
	s := storetest.Open(t)
	clock := &testClock{wall: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC), board: time.Hour, trust: ledger.TimeTrusted, boot: "boot-1"}
	q, err := queue.New(s, clock, queue.Config{Channels: "root:4,root.machine:2,root.sales:1"})
	if err != nil {
		t.Fatal(err)
	}
	machines := map[string]*fakeMachine{"hung": nil, "well": nil}
	var records []connectors.Backend
	for name := range machines {
		m := newFakeMachine(&world{t: t, clock: clock}, "1900")
		m.serial, machines[name] = name, m
		records = append(records, recordOf(name, "1900", map[string]string{"pos": name, "poll": "200ms"}))
	}
	c := newMachines(t, connectors.Environment{Store: s, Queue: q}, Deps{Clock: clock,
		Open: func(w *connectors.Work) (device.Machine, error) {
			m := fake1900{machines[w.Backend.Name]}
			if w.Backend.Name == "hung" {
				return hung{m}, nil
			}
			return m, nil
		}}, records...)
	if err := s.Update(t.Context(), func(tx *store.Tx) error {
		for name, m := range machines {
			known := ledger.Machine{Model: "1900", Serial: name, Backend: name, Known: true, Epoch: 3, Era: 3, N: m.n}
			for slot, n := range m.n {
				known.Raw[slot] = n % counters1900
			}
			if err := ledger.PutMachine(tx, known); err != nil {
				return err
			}
			b, err := c.Backend(tx, name)
			if err != nil {
				return err
			}
			for slot := range 8 {
				if err := wants.Put(tx, slotKeyOf(name, slot), Want{Product: 1, Name: fmt.Sprint("New ", slot), Price: eur(10), Enabled: true}); err != nil {
					return err
				}
				if _, err := b.enqueueSlot(tx, slot, 0); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { c.d.Run(ctx) })
	defer wg.Wait()
	defer cancel()
	for name := range machines {
		for c.backend(t, name).Snapshot().Health.State != device.LinkConnected {
			time.Sleep(time.Millisecond)
		}
	}
	wg.Go(func() { q.Run(ctx) })
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		n := 0
		if err := s.View(func(tx *store.Tx) error {
			for h := range heldSlots(tx, "well") {
				if h.Slot.Name == fmt.Sprint("New ", h.Slot.Number) {
					n++
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n == 8 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d of 8 slots are written", n)
		}
	}
}
