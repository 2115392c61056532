package coffee

import (
	"testing"
	"time"

	"crema/device"
	"crema/queue"
	"crema/store"
)

// TestAwayForLong: a machine that is off over a weekend, with all its slots to be
// written, makes few commits; once it is back the slots are written at once.
func TestAwayForLong(t *testing.T) {
	t.Parallel()
	k := newBooks(t)
	k.update(func(tx *store.Tx) error {
		for slot := range 32 {
			if err := putHeld(tx, "kitchen", Held{Slot: device.Slot{Number: slot, Name: "old", Price: eur(100), Enabled: true}}); err != nil {
				return err
			}
			if err := wants.Put(tx, slotKeyOf("kitchen", slot), Want{Product: 7, Name: "new", Price: eur(100), Enabled: true}); err != nil {
				return err
			}
		}
		return nil
	})
	k.b.tested.Store(true)
	k.b.id = device.Identity{Model: "2900", Serial: "29-1"}
	if err := k.b.askForTest(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := k.store.Stats().Commits
	for range 2 * 24 * 60 * 2 {
		if err := k.queue.RunUntilIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		k.queue.Clock.Advance(30 * time.Second)
	}
	if n := k.store.Stats().Commits - before; n > 5000 {
		t.Errorf("%d commits in two days", n)
	} else {
		t.Logf("%d commits in two days", n)
	}
	jobs := k.queue.Jobs(t, queue.Filter{Kind: "coffee.slot"})
	if len(jobs) != 32 {
		t.Fatalf("%d jobs", len(jobs))
	}
	now := k.queue.Clock.Now()
	if err := k.b.askForTest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := k.queue.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if i := k.queue.Info(t, j.ID); i.Started.Before(now) || i.State != queue.StatePending || i.Attempt != 0 {
			t.Errorf("job %s was not tried when the machine was there: %+v", j.ID, i)
		}
	}
}
