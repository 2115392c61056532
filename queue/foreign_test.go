package queue_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store/storetest"
)

// TestClonedDevice is the row of that name: a copied card runs nothing in another board until a person says so, and then everything.
func TestClonedDevice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := storetest.Open(t)
		clock := queuetest.NewClock(noon)
		board := func(name string) func(*queue.Config) { return func(c *queue.Config) { c.Board = name } }
		first := benchOn(t, s, clock, nil, board("pi-1"))
		first.drain(t)
		if first.Foreign() {
			t.Error("a new store belongs to the board that it is in")
		}
		ready := first.add(t, "ready", queue.Options{})
		late := first.add(t, "late", queue.Options{Delay: time.Minute})
		copied := powerCut(t, s)

		second := benchOn(t, copied, clock, nil, board("pi-2"))
		second.schedule(t, "* * * * *", nil)
		if err := second.Adopt(t.Context()); !errors.Is(err, queue.ErrNotRunning) {
			t.Errorf("Adopt() before Run = %v, want ErrNotRunning", err)
		}
		stop := second.Start(t)
		synctest.Wait()
		new := second.add(t, "new", queue.Options{})
		clock.Advance(3 * time.Minute)
		time.Sleep(3 * time.Minute) // false time
		synctest.Wait()
		if !second.Foreign() || len(second.runs()) > 0 {
			t.Fatalf("Foreign() = %v, ran %v", second.Foreign(), second.runs())
		}
		stop()

		again := benchOn(t, copied, clock, nil, board("pi-2"))
		again.Start(t)
		synctest.Wait()
		if !again.Foreign() || len(again.runs()) > 0 {
			t.Fatal("a restart is no word of a person")
		}
		if err := again.Adopt(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, id := range []queue.ID{ready, late, new} {
			again.want(t, id, queue.StateDone)
		}
		if again.Foreign() {
			t.Error("still foreign")
		}

		// The first card is where it was, and is not asked.
		first.drain(t)
		first.want(t, ready, queue.StateDone)
		// A board that can't be told apart asks nobody.
		any := benchOn(t, powerCut(t, s), clock, nil)
		any.drain(t)
		if any.Foreign() {
			t.Error("foreign without a name")
		}
	})
}
