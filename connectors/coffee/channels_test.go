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
	backends := []Config{{Name: "hung", Version: "1900", POS: "1", Poll: 10 * time.Millisecond}, {Name: "well", Version: "1900", POS: "2", Poll: 10 * time.Millisecond}}
	q, err := queue.New(s, clock, queue.Config{Channels: Channels("root:4,root.machine:2,root.sales:1", backends)})
	if err != nil {
		t.Fatal(err)
	}
	machines := map[string]*fakeMachine{}
	c, err := New(Deps{Store: s, Queue: q, Registry: connectors.NewRegistry(), Checkpoints: connectors.NewCheckpoints(), Clock: clock,
		Open: func(_ string, c Config) (device.Machine, error) {
			m := newFakeMachine(&world{t: t, fuse: -1, clock: clock}, "1900")
			m.serial, machines[c.Name] = c.Name, m
			if c.Name == "hung" {
				return hung{fake1900{m}}, nil
			}
			return fake1900{m}, nil
		}}, backends)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), func(tx *store.Tx) error {
		for name, m := range machines {
			known := ledger.Machine{Model: "1900", Serial: name, Backend: name, Known: true, Epoch: 3, Era: 3, N: m.n}
			for slot, n := range m.n {
				known.Raw[slot] = n % counters1900
			}
			if err := ledger.PutMachine(tx, known); err != nil {
				return err
			}
			b, err := c.Backend(name)
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
	wg.Go(func() { c.Run(ctx) })
	defer wg.Wait()
	defer cancel()
	for _, b := range c.Backends() {
		for b.Snapshot().Health.State != device.LinkConnected {
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

// A machine's channel that is configured, in whichever form, is left as it is.
func TestConfiguredChannelsOfMachines(t *testing.T) {
	backends := []Config{{Name: "kitchen"}, {Name: "lobby"}}
	for in, want := range map[string]string{
		"root:4":                                 "root:4,root.machine.kitchen:1,root.machine.lobby:1",
		"root:4,machine.kitchen:2":               "root:4,machine.kitchen:2,root.machine.lobby:1",
		"root.machine.kitchen,root:4":            "root.machine.kitchen,root:4,root.machine.lobby:1",
		"root:4,root.machine.lobby:1:throttle=5": "root:4,root.machine.lobby:1:throttle=5,root.machine.kitchen:1",
	} {
		got := Channels(in, backends)
		if got != want {
			t.Errorf("Channels(%q) = %q, want %q", in, got, want)
		}
		if err := queue.CheckChannels(got); err != nil {
			t.Error(err)
		}
	}
}
