package coffee2900_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crema/device"
	"crema/device/driver/coffee2900"
	"crema/device/sim"
	sim2900 "crema/device/sim/coffee2900"
)

func TestJournalEntries(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		buy := func(o sim.Order) {
			t.Helper()
			if _, err := w.machine.Buy(o); err != nil {
				t.Fatal(err)
			}
		}
		buy(sim.Order{Slot: 0, Payment: device.PaymentCash})
		now := time.Unix(1_800_000_000, 0).UTC()
		if err := m.SetClock(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		time.Sleep(90 * time.Second)
		buy(sim.Order{Slot: 2, Payment: device.PaymentBadge, Badge: "04:A2"})
		buy(sim.Order{Slot: 5, Kind: device.CupFree})
		buy(sim.Order{Slot: 1, Kind: device.CupTest})
		b, err := m.Brew(t.Context(), 0, device.Token{1})
		if err != nil || b.Number != 5 {
			t.Fatalf("Brew = %+v, %v", b, err)
		}
		buy(sim.Order{Slot: 3, Payment: device.PaymentCard, Brew: time.Minute})
		w.machine.Restart()
		later, money := now.Add(90*time.Second), func(amount int64) *device.Money {
			return &device.Money{Amount: amount, Currency: "EUR"}
		}
		want := []device.Entry{
			{Number: 1, Slot: 0, Kind: device.CupSale, Price: money(120), Payment: device.PaymentCash, Used: map[int]int64{1: 9, 2: 40}},
			{Number: 2, Time: later, Uptime: 90 * time.Second, Slot: 2, Kind: device.CupSale, Price: money(230), Payment: device.PaymentBadge, Used: map[int]int64{1: 8, 2: 40, 3: 110}, Badge: "04:A2"},
			{Number: 3, Time: later, Uptime: 90 * time.Second, Slot: 5, Kind: device.CupFree, Used: map[int]int64{2: 200}},
			{Number: 4, Time: later, Uptime: 90 * time.Second, Slot: 1, Kind: device.CupTest, Used: map[int]int64{1: 10, 2: 120}},
			{Number: 5, Time: later, Uptime: 90 * time.Second, Slot: 0, Kind: device.CupRemote, Used: map[int]int64{1: 8, 2: 40}},
			{Number: 6, Slot: 3, Kind: device.CupAborted, Price: money(250), Payment: device.PaymentCard, Used: map[int]int64{1: 5, 2: 20, 3: 90}},
		}
		p, err := m.ReadJournal(t.Context(), 1, 16)
		if diff := cmp.Diff(device.JournalPage{Entries: want, Next: 7, Oldest: 1}, p); diff != "" || err != nil {
			t.Errorf("journal: %v (-want +got):\n%s", err, diff)
		}
		c, err := m.ReadCounters(t.Context())
		if err != nil || c.Modulus != 1<<32 || len(c.Cups) != 32 || c.Cups[0] != 2 || c.Cups[3] != 0 {
			t.Errorf("counters %+v, %v", c, err)
		}
	})
}

// The journal wraps unread: what is lost is told by number and by count.
func TestJournalOverrunAndGap(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		w.machine.SetJournalNext(1 << 40)
		connect(t, m)
		buy := func(n int) {
			t.Helper()
			for range n {
				if err := w.machine.SetLevel(2, 40_000); err != nil {
					t.Fatal(err)
				}
				if _, err := w.machine.Buy(sim.Order{Slot: 5}); err != nil {
					t.Fatal(err)
				}
			}
		}
		const first = 1 << 40
		page := func(from uint64, n int) device.JournalPage {
			t.Helper()
			p, err := m.ReadJournal(t.Context(), from, n)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		buy(256)
		if p := page(1, 1); p.Entries[0].Number != first || p.Oldest != first || p.Overwritten != 0 || p.Next != first+256 {
			t.Errorf("a full journal: %+v", p)
		}
		buy(10)
		if p := page(first, 16); p.Entries[0].Number != first+10 || len(p.Entries) != 16 || p.Overwritten != 10 || p.Oldest != first+10 {
			t.Errorf("overrun by ten: %+v", p)
		}
		s, err := m.Status(t.Context())
		if err != nil || s.Next != first+266 || s.OldestUnacknowledged != first+10 {
			t.Errorf("Status = %+v, %v", s, err)
		}
		// Entries overwritten between READ and ACK are in no count: the gap tells.
		buy(5)
		if err := m.AckJournal(t.Context(), first+25); err != nil {
			t.Fatal(err)
		}
		if p := page(first+26, 16); p.Overwritten != 0 || p.Entries[0].Number != first+26 {
			t.Errorf("after the ACK: %+v", p)
		}
		if err := m.AckJournal(t.Context(), first+271); !errors.Is(err, device.ErrBadArgument) {
			t.Errorf("AckJournal of the next number = %v, want ErrBadArgument", err)
		}
		if err := m.AckJournal(t.Context(), first+270); err != nil {
			t.Fatal(err)
		}
		if s, err := m.Status(t.Context()); err != nil || s.OldestUnacknowledged != s.Next {
			t.Errorf("all acknowledged: %+v, %v", s, err)
		}
		if p := page(first+271, 16); len(p.Entries) != 0 {
			t.Errorf("from the next number on: %+v", p)
		}
		if p := page(first+270, 16); len(p.Entries) != 1 {
			t.Errorf("acknowledged entries can still be read: %+v", p)
		}
		for _, bad := range [][2]int{{0, 1}, {1, 0}, {1, 17}} {
			if _, err := m.ReadJournal(t.Context(), uint64(bad[0]), bad[1]); !errors.Is(err, device.ErrBadArgument) {
				t.Errorf("ReadJournal(%v) = %v, want ErrBadArgument", bad, err)
			}
		}
	})
}

func TestBrewIsRefused(t *testing.T) {
	bench(t, sim2900.Options{Brew: time.Minute}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		w.machine.Alarm(1, true)
		for n, c := range []struct {
			do   func()
			slot int
			want error
		}{
			{func() {}, 0, device.ErrIngredientEmpty},
			{func() {}, 4, nil}, // milk foam needs no water
			{func() {}, 0, device.ErrBusy},
			{func() { time.Sleep(time.Minute); w.machine.Alarm(6, true) }, 4, device.ErrNotReady},
			{func() { w.machine.Alarm(6, false); w.machine.Alarm(1, false) }, 9, device.ErrSlotDisabled},
			{func() {}, 32, device.ErrBadArgument},
			{func() {}, 0, nil},
		} {
			c.do()
			_, err := m.Brew(t.Context(), c.slot, device.Token{byte(n)})
			if !errors.Is(err, c.want) || errors.Is(err, device.ErrOutcomeUnknown) {
				t.Errorf("%d: Brew(%d) = %v, want %v", n, c.slot, err, c.want)
			}
		}
		// A known token is answered in any state; a refused one was not kept.
		for token, want := range map[byte]error{1: nil, 6: nil, 0: device.ErrBusy} {
			if _, err := m.Brew(t.Context(), 0, device.Token{token}); !errors.Is(err, want) {
				t.Errorf("token %d again: %v, want %v", token, err, want)
			}
		}
	})
}

func TestLevelsAlarmsAndLock(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		want := []device.Level{
			{ID: 1, Name: "Beans", Level: 1200, Capacity: 1200, Unit: device.UnitGram, Low: 150},
			{ID: 2, Name: "Water", Level: 40_000, Capacity: 40_000, Unit: device.UnitMillilitre, Low: 4000},
			{ID: 3, Name: "Milk", Level: 10_000, Capacity: 10_000, Unit: device.UnitMillilitre, Low: 1000},
		}
		got, err := m.Levels(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("levels: %v (-want +got):\n%s", err, diff)
		}
		w.machine.Alarm(12, true)
		w.machine.Alarm(5, true)
		if err := m.Lock(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		s, err := m.Status(t.Context())
		locked := true
		wantStatus := device.Status{
			State: device.StateError, Temperature: 935, Next: 1, OldestUnacknowledged: 1, Locked: &locked,
			Alarms: []device.Alarm{
				{Code: 5, Severity: device.SeverityFault, Text: "drip tray", Fix: "Empty the drip tray and put it back."},
				{Code: 12, Severity: device.SeverityInfo, Text: "descaling due", Fix: "Descale the machine, as its manual says."},
			},
		}
		if diff := cmp.Diff(wantStatus, s); diff != "" || err != nil {
			t.Errorf("status: %v (-want +got):\n%s", err, diff)
		}
		for _, code := range []int{0, -1, 15} {
			if err := m.AckAlarm(t.Context(), code); !errors.Is(err, device.ErrBadArgument) {
				t.Errorf("AckAlarm(%d) = %v, want ErrBadArgument", code, err)
			}
		}
		if err := m.AckAlarm(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
		if s, err := m.Status(t.Context()); err != nil || len(s.Alarms) != 2 {
			t.Errorf("the cause is there: %+v, %v", s, err)
		}
		w.machine.Alarm(5, false)
		if s, err := m.Status(t.Context()); err != nil || len(s.Alarms) != 1 || s.State != device.StateReady {
			t.Errorf("the cause is gone: %+v, %v", s, err)
		}
		if err := m.SetClock(t.Context(), time.Unix(-1, 0)); !errors.Is(err, device.ErrBadArgument) {
			t.Errorf("SetClock before 1970 = %v", err)
		}
	})
}
