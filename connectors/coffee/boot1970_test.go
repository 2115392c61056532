package coffee

import (
	"testing"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// in1970 is a board without a battery: its clock begins at the epoch, and nobody has
// told it the time yet. Its cup was made in the boot named.
func in1970(t *testing.T, boot string) *books {
	clock := queuetest.NewClock(time.Unix(90, 0))
	clock.SetTrusted(false)
	k := newBooksAt(t, clock)
	if err := k.queue.Schedule("catalogue/kitchen", "* * * * *", time.UTC, func(tx *store.Tx) (queue.ID, error) {
		return k.b.enqueueFlow(tx, "catalogue", false)
	}); err != nil {
		t.Fatal(err)
	}
	k.update(func(tx *store.Tx) error {
		_, _, err := ledger.Add(tx, ledger.Cup{
			Key: ledger.Key2900("29-1", 1), Backend: "kitchen", Model: "2900", Serial: "29-1", Number: 1, Kind: device.CupSale, Product: k.products[0],
			SlotName: "Drink", Price: eur(219), Payment: device.PaymentCard, State: ledger.Seen,
			Time: clock.Now(), TimeTrust: ledger.TimeUntrusted, Board: clock.Board(), Boot: boot,
		})
		if err == nil {
			err = ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: "29-1", Backend: "kitchen", Known: true, Next: 2})
		}
		return err
	})
	return k
}

// bookedAtFiveToTwelve tells the board that it is noon: its cup is booked with the time of five minutes ago.
func (k *books) bookedAtFiveToTwelve() {
	k.t.Helper()
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	k.queue.Clock.Jump(noon.Sub(k.queue.Clock.Now()))
	k.queue.Clock.SetTrusted(true)
	k.start("sales")
	if err := k.queue.RunUntilIdle(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
	k.wantStates(0, 1, 0)
	if at, want := k.erp.Orders()[0].Date, noon.Add(-5*time.Minute); at.Sub(want).Abs() > time.Second {
		k.t.Errorf("booked at %s, want %s", at, want)
	}
}

// TestBootIn1970: nothing runs by the clock, a start by hand does, and the cup waits
// for its time; once the time is known it is booked with the time at which it was made.
func TestBootIn1970(t *testing.T) {
	k := in1970(t, "test-boot")
	for range 5 {
		k.queue.Clock.Advance(time.Minute)
		if err := k.queue.RunUntilIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if jobs := k.queue.Jobs(t, queue.Filter{}); len(jobs) > 0 {
		t.Fatalf("a schedule ran by a clock that nobody trusts: %+v", jobs)
	}
	id := k.start("sales")
	if err := k.queue.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if i := k.queue.Info(t, id); i.State == queue.StateFailed {
		t.Errorf("a start by hand failed for want of a clock: %+v", i)
	}
	k.wantStates(1, 0, 0)

	k.bookedAtFiveToTwelve()
	k.update(func(tx *store.Tx) error {
		if day := ledger.Day(tx, "kitchen", "2026-06-01"); day.Cups != 1 {
			t.Errorf("the day on which it was made has %d cups", day.Cups)
		}
		if day := ledger.Day(tx, "kitchen", "1970-01-01"); day.Cups != 0 {
			t.Errorf("1970 has %d cups", day.Cups)
		}
		return nil
	})
}

// TestBootIn1970ThatEnded: power is cut before the time is known. The next boot knows it, and
// books the cup with it instead of holding it back for a time that can't come any more.
func TestBootIn1970ThatEnded(t *testing.T) {
	k := in1970(t, "the boot before")
	k.queue.Clock.Advance(5 * time.Minute)
	k.bookedAtFiveToTwelve()
}

// TestNoTimeForADay: a time that never comes holds a cup back for a day, not longer.
func TestNoTimeForADay(t *testing.T) {
	k := in1970(t, "test-boot")
	k.queue.Clock.Advance(25 * time.Hour)
	k.start("sales")
	if err := k.queue.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.wantStates(0, 1, 0)
}
