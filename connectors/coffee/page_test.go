package coffee

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// opened is a machine that tells when its line is opened and closed.
type opened struct {
	fake2900
	tell func(string)
}

func (o opened) Connect(ctx context.Context) (device.Identity, error) {
	o.tell("open")
	return o.fake2900.Connect(ctx)
}

func (o opened) Close() error {
	o.tell("close")
	return o.fake2900.Close()
}

// TestMachineOfThePage: one that is made while all goes on runs at once, one that is changed
// runs anew with what it is now, and one that is switched off has its jobs wait, and can be
// deleted when its cups are booked. Nothing is restarted.
func TestMachineOfThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := storetest.Open(t)
		q := queuetest.WithClock(t, s, queuetest.NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)))
		fake := newFakeMachine(&world{t: t, clock: &testClock{}}, "2900")
		var mu sync.Mutex
		var lines []string
		m := newMachines(t, connectors.Environment{Store: s, Queue: q.Queue}, Deps{Clock: namedClock{q.Clock},
			Open: func(w *connectors.Work) (device.Machine, error) {
				port := w.Backend.Text("port")
				return opened{fake2900{fake}, func(what string) {
					mu.Lock()
					defer mu.Unlock()
					lines = append(lines, what+" "+port)
				}}, nil
			}})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = m.d.Run(ctx) })
		defer running.Wait()
		defer cancel()
		change := func(f func(tx *store.Tx, l connectors.Backends) error) error {
			defer synctest.Wait()
			return s.Update(t.Context(), func(tx *store.Tx) error { return f(tx, m.d.Backends()) })
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		want := func(state device.LinkState, told ...string) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if got := m.backend(t, "cellar").Snapshot().Health.State; got != state || !slices.Equal(lines, told) {
				t.Errorf("it is %s, want %s; told %q, want %q", got, state, lines, told)
			}
			lines = nil
		}
		record := recordOf("cellar", "2900", map[string]string{"pos": "Cellar"})
		put := func(tx *store.Tx, l connectors.Backends) error { return l.Put(tx, record) }
		must(change(put))
		want(device.LinkConnected, "open /dev/cellar")
		if got := q.ChannelConfig(); !strings.Contains(got, "root.machine.cellar:1") {
			t.Errorf("channels %q", got)
		}
		record.Settings["port"] = "/dev/other"
		must(change(put))
		want(device.LinkConnected, "close /dev/cellar", "open /dev/other")

		id, err := m.d.Start(t.Context(), "cellar", "sales")
		must(err)
		must(q.RunUntilIdle(t.Context()))
		if i := q.Info(t, id); i.State != queue.StatePending || i.Attempt != 0 || !strings.Contains(i.Error, "draft") {
			t.Errorf("the booking of a draft: %s, %q", i.State, i.Error)
		}
		must(change(func(tx *store.Tx, l connectors.Backends) error {
			_, _, err := ledger.Add(tx, ledger.Cup{Key: "k", Backend: "cellar", Model: "2900", Serial: fake.serial, Number: 1, Kind: device.CupSale, State: ledger.Seen})
			return errors.Join(err, l.SetState(tx, "cellar", connectors.Off))
		}))
		want(device.LinkAway, "close /dev/other")
		remove := func(tx *store.Tx, l connectors.Backends) error { return l.Delete(tx, "cellar") }
		if err := change(remove); err == nil || !strings.Contains(err.Error(), "1 of its cups is not booked") {
			t.Errorf("Delete with a cup to book = %v", err)
		}
		must(change(func(tx *store.Tx, _ connectors.Backends) error { return ledger.Book(tx, 1, 7) }))
		must(change(remove))
		must(s.View(func(tx *store.Tx) error {
			for h := range heldSlots(tx, "cellar") {
				t.Errorf("kept: %+v", h)
			}
			if attachments.Has(tx, "cellar") {
				t.Error("kept: which machine it led to")
			}
			return nil
		}))
		must(q.RunUntilIdle(t.Context()))
		q.Clock.Advance(time.Hour)
		must(q.RunUntilIdle(t.Context()))
		if i := q.Info(t, id); i.State != queue.StateFailed || !strings.Contains(i.Error, "no such backend") {
			t.Errorf("the booking of a deleted one: %s, %q", i.State, i.Error)
		}
	})
}
