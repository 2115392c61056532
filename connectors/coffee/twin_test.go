package coffee

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// TestTwin: two lines lead to machines of one serial number. The first is read, the other
// is refused and said to be, until the first is gone.
func TestTwin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, other := newWorld(t, "1900"), newWorld(t, "1900")
		q, err := queue.New(w.store, w.clock, queue.Config{Channels: "root:4"})
		if err != nil {
			t.Fatal(err)
		}
		m := newMachines(t, connectors.Environment{Store: w.store, Queue: q}, Deps{Clock: w.clock, Build: w.b.d.Build,
			Open: func(k *connectors.Work) (device.Machine, error) {
				if k.Backend.Name == "kitchen" {
					return w.m.driver(), nil
				}
				return other.m.driver(), nil
			}}, recordOf("kitchen", "1900", map[string]string{"pos": "Kitchen"}), recordOf("lobby", "1900", map[string]string{"pos": "Lobby"}))
		first, second := m.backend(t, "kitchen"), m.backend(t, "lobby")
		connect := func(b *Backend, m *fakeMachine) error {
			id, err := m.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return b.onConnect(t.Context(), m.driver(), id)
		}
		// At one time: the last to claim it keeps it.
		if err := errors.Join(connect(first, w.m), connect(second, other.m)); err != nil {
			t.Fatal(err)
		}
		stop := runLink(second.link)
		synctest.Wait()
		if h := second.link.Health(); h.State != device.LinkConnected || h.Err != nil {
			t.Fatalf("it is %+v", h)
		}
		if err := first.onPoll(t.Context(), w.m.driver()); !errors.Is(err, errTwin) {
			t.Errorf("a poll of the other says %v", err)
		}
		if err := connect(first, w.m); !errors.Is(err, errTwin) {
			t.Errorf("it connects: %v", err)
		}
		stopFirst := runLink(first.link)
		time.Sleep(time.Minute)
		if found := first.testMachine(t.Context()); len(found) != 1 || found[0].Code != "machine_twin" {
			t.Errorf("the test finds %v", found)
		}
		stop()
		time.Sleep(time.Minute)
		if h := first.link.Health(); h.State != device.LinkConnected || h.Err != nil {
			t.Errorf("the other is gone, and it is %+v", h)
		}
		stopFirst()
	})
}

// TestReplacedForgetsWants: what the slots of the machine before were to hold is not
// written to the one that has its place now.
func TestReplacedForgetsWants(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.open()
		w.want(2, 102, 999, true)
		w.m.serial = "another"
		w.onLine = false
		w.work()
		w.view(func(tx *store.Tx) error {
			_, _, differs, err := w.b.wantNow(tx, 2)
			if differs {
				t.Error("slot 2 is to be written")
			}
			return err
		})
	})
}
