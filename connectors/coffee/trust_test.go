package coffee

import (
	"testing"
	"time"

	"crema/queue"
)

// TestTrustWakesTheBooking: the cup that waits for the time is booked when that is known, with
// no time passing; over a restart of the program too.
func TestTrustWakesTheBooking(t *testing.T) {
	for name, restart := range map[string]bool{"while it runs": false, "while it is started again": true} {
		t.Run(name, func(t *testing.T) {
			k := in1970(t, "test-boot")
			k.queue.Clock.Advance(5 * time.Minute)
			id := k.start("sales")
			done := make(chan struct{})
			watch := func() { k.b.awaitTrust(t.Context()); close(done) }
			if !restart {
				go watch()
			}
			if err := k.queue.RunUntilIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			k.wantStates(1, 0, 0)
			if i := k.queue.Info(t, id); i.State != queue.StatePending || i.Error == "" {
				t.Fatalf("the booking does not wait for the time: %+v", i)
			}
			k.queue.Clock.Jump(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC).Sub(k.queue.Clock.Now()))
			k.queue.Clock.SetTrusted(true)
			if restart {
				go watch()
			}
			<-done
			if err := k.queue.RunUntilIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			k.wantStates(0, 1, 0)
			if i := k.queue.Info(t, id); i.State != queue.StateDone {
				t.Errorf("another job than the one that waited has booked it: %+v", i)
			}
		})
	}
}

// TestTrustWithoutCups: where no cup waits for it, the time that comes writes nothing.
func TestTrustWithoutCups(t *testing.T) {
	k := newBooks(t)
	k.make(2, k.products[0], eur(219))
	before := k.store.Stats().Ops
	k.b.awaitTrust(t.Context())
	if n := k.store.Stats().Ops - before; n != 0 {
		t.Errorf("%d writes", n)
	}
}
