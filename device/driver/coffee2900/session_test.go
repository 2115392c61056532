package coffee2900_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
	"crema/device/driver/coffee2900"
	"crema/device/sim"
	sim2900 "crema/device/sim/coffee2900"
)

func TestConnectTellsWhoIsThere(t *testing.T) {
	bench(t, sim2900.Options{Serial: "29-1"}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		want := device.Identity{Model: "2900", Serial: "29-1", Firmware: "4.2.0", Slots: 32, Boot: 1}
		if got := connect(t, m); got != want {
			t.Errorf("Connect = %+v, want %+v", got, want)
		}
		now := time.Date(2026, 3, 1, 12, 0, 0, 999, time.UTC)
		if err := m.SetClock(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		w.unplug()
		if got := connect(t, m); !got.Clock.Equal(now.Truncate(time.Second)) {
			t.Errorf("the machine's clock is %v, want %v", got.Clock, now)
		}
	})
}

// The machine is restarted between two calls: the call works, and the restart is told.
func TestRestartIsToldAndTheCallRepeated(t *testing.T) {
	calls := map[string]func(t *testing.T, m *coffee2900.Machine) error{
		"Status": func(t *testing.T, m *coffee2900.Machine) error { _, err := m.Status(t.Context()); return err },
		"Slots":  func(t *testing.T, m *coffee2900.Machine) error { _, err := m.Slots(t.Context()); return err },
		"Lock":   func(t *testing.T, m *coffee2900.Machine) error { return m.Lock(t.Context(), true) },
		"Brew": func(t *testing.T, m *coffee2900.Machine) error {
			_, err := m.Brew(t.Context(), 0, device.Token{1})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
				connect(t, m)
				w.machine.Restart()
				if err := call(t, m); err != nil {
					t.Fatalf("after a restart: %v", err)
				}
				if e := <-m.Events(); e.Kind != device.EventRestarted {
					t.Errorf("event %+v, want EventRestarted", e)
				}
				if name == "Lock" && !w.machine.Truth().Locked {
					t.Error("the panel is free")
				}
			})
		})
	}
}

// The write is done, its reply lost, the machine restarted: the slot says what happened.
func TestWriteSlotOverARestart(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		old, err := m.ReadSlot(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		w.set(nil, first(1, ofType(2), func([]byte) [][]byte {
			time.AfterFunc(time.Millisecond, w.machine.Restart)
			return nil
		}))
		now, err := m.WriteSlot(t.Context(), old, device.SlotChange{Name: &renamed})
		if err != nil || now.Rev != old.Rev+1 || now.Name != renamed {
			t.Errorf("WriteSlot = %+v, %v", now, err)
		}
	})
}

// As before, and somebody edits the slot as well: nothing tells who wrote what.
func TestWriteSlotOverARestartAndAnEdit(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		old, err := m.ReadSlot(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		w.set(nil, first(1, ofType(2), func([]byte) [][]byte {
			time.AfterFunc(time.Millisecond, func() {
				w.machine.Restart()
				if err := w.machine.EditSlot(0, func(s *device.Slot) { s.Name = "Panel" }); err != nil {
					t.Error(err)
				}
			})
			return nil
		}))
		_, err = m.WriteSlot(t.Context(), old, device.SlotChange{Name: &renamed})
		if !errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("WriteSlot = %v, want ErrOutcomeUnknown", err)
		}
	})
}

// The cup is started, its reply lost, the machine restarted: the token gets the same
// number, which becomes an aborted entry, and no second cup.
func TestBrewOverARestart(t *testing.T) {
	bench(t, sim2900.Options{Brew: 30 * time.Second}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		w.set(nil, first(1, ofType(2), func([]byte) [][]byte {
			time.AfterFunc(time.Millisecond, w.machine.Restart)
			return nil
		}))
		b, err := m.Brew(t.Context(), 1, device.Token{9})
		if err != nil || b.Number != 1 {
			t.Fatalf("Brew = %+v, %v", b, err)
		}
		again, err := m.Brew(t.Context(), 1, device.Token{9})
		if err != nil || again != b {
			t.Errorf("the same token again = %+v, %v", again, err)
		}
		p, err := m.ReadJournal(t.Context(), 1, 16)
		if err != nil || len(p.Entries) != 1 || p.Entries[0].Kind != device.CupAborted {
			t.Errorf("journal %+v, %v, want one aborted entry", p, err)
		}
		if cups := w.machine.Truth().Cups; len(cups) != 0 {
			t.Errorf("cups %+v", cups)
		}
	})
}

// A restart between HELLO and LOGIN is no wrong password.
func TestRestartBetweenHelloAndLogin(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		w.set(first(1, operation(2), func(b []byte) [][]byte {
			w.machine.Restart()
			return deliver(b)
		}), nil)
		if _, err := m.Connect(t.Context()); !errors.Is(err, device.ErrRestarted) || errors.Is(err, device.ErrLogin) {
			t.Errorf("Connect = %v, want ErrRestarted", err)
		}
		connect(t, m)
	})
}

// A wrong password is tried once a Connect; after five the machine locks out.
func TestWrongPasswordAndLockout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{t: t, machine: sim2900.New(sim2900.Options{})}
		defer w.unplug()
		secret := "wrong-secret"
		m := coffee2900.New(w.dial, coffee2900.Options{User: "service", Password: func() (string, error) { return secret, nil }})
		defer m.Close()
		for n := range 5 {
			_, err := m.Connect(t.Context())
			if !errors.Is(err, device.ErrLogin) || strings.Contains(err.Error(), secret) {
				t.Fatalf("Connect %d = %v, want ErrLogin, the password not in it", n+1, err)
			}
			logins := 0
			for _, b := range w.took() {
				if operation(2)(b) {
					logins++
				}
			}
			if logins != 1 {
				t.Errorf("Connect %d tried %d logins", n+1, logins)
			}
		}
		secret = "s3cret"
		_, err := m.Connect(t.Context())
		var out *device.LockedOutError
		if !errors.As(err, &out) || out.Wait <= 55*time.Second || out.Wait > time.Minute {
			t.Fatalf("Connect = %v, want LockedOutError for 60 s", err)
		}
		time.Sleep(out.Wait)
		connect(t, m)
	})
}

// The password changes while connected: one try, then nobody is hammered.
func TestLoginRefusedInTheMiddle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{t: t, machine: sim2900.New(sim2900.Options{})}
		defer w.unplug()
		secret := "s3cret"
		m := coffee2900.New(w.dial, coffee2900.Options{User: "service", Password: func() (string, error) { return secret, nil }})
		defer m.Close()
		connect(t, m)
		secret = "old"
		w.machine.Restart()
		if err := m.Lock(t.Context(), true); !errors.Is(err, device.ErrLogin) || errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("Lock = %v, want ErrLogin, and nothing done", err)
		}
		if err := m.Lock(t.Context(), true); !errors.Is(err, device.ErrAway) {
			t.Errorf("Lock again = %v, want ErrAway", err)
		}
	})
}

func TestNoPassword(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{t: t, machine: sim2900.New(sim2900.Options{})}
		defer w.unplug()
		vault := errors.New("the vault is shut")
		for _, c := range []struct {
			password func() (string, error)
			want     error
		}{{nil, device.ErrLogin}, {func() (string, error) { return "", vault }, vault}} {
			m := coffee2900.New(w.dial, coffee2900.Options{User: "service", Password: c.password})
			if _, err := m.Connect(t.Context()); !errors.Is(err, c.want) {
				t.Errorf("Connect = %v, want %v", err, c.want)
			}
			for _, b := range w.took() {
				if operation(2)(b) {
					t.Error("LOGIN was tried")
				}
			}
		}
	})
}

func TestWrongModel(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		w.machine.SetModel("2910")
		_, err := m.Connect(t.Context())
		var wrong *device.WrongModelError
		if !errors.As(err, &wrong) || *wrong != (device.WrongModelError{Want: "2900", Got: "2910"}) {
			t.Errorf("Connect = %v, want WrongModelError", err)
		}
	})
}

// Another machine answers on the open line: what was meant for the first is not done.
func TestAnotherMachineOnTheOpenLine(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		other := sim2900.New(sim2900.Options{Serial: "29-other"})
		if _, err := other.Buy(sim.Order{}); err != nil {
			t.Fatal(err)
		}
		state, err := other.Save()
		if err != nil {
			t.Fatal(err)
		}
		if err := w.machine.Load(state); err != nil {
			t.Fatal(err)
		}
		if err := m.AckJournal(t.Context(), 1); !errors.Is(err, device.ErrRestarted) {
			t.Errorf("AckJournal = %v, want ErrRestarted", err)
		}
		if id := connect(t, m); id.Serial != "29-other" {
			t.Fatalf("Connect = %+v", id)
		}
		if s, err := m.Status(t.Context()); err != nil || s.OldestUnacknowledged != 1 {
			t.Errorf("Status = %+v, %v; want entry 1 not acknowledged", s, err)
		}
	})
}

// HELLO begins the machine's seq again: an event that looks like one from before is new.
func TestTheSameEventInAnotherSession(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		edit := func() {
			t.Helper()
			if err := w.machine.EditSlot(3, func(s *device.Slot) { s.Enabled = !s.Enabled }); err != nil {
				t.Fatal(err)
			}
			if e := <-m.Events(); e.Kind != device.EventSlotChanged {
				t.Errorf("event %+v, want EventSlotChanged", e)
			}
		}
		edit()
		w.machine.Restart()
		if err := m.Lock(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if e := <-m.Events(); e.Kind != device.EventRestarted {
			t.Errorf("event %+v, want EventRestarted", e)
		}
		edit()
		// What was told before a connection is no news after it.
		w.machine.Restart()
		if err := m.Lock(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if id := connect(t, m); id.Boot != 3 || len(m.Events()) != 0 {
			t.Errorf("Connect = %+v with %d events", id, len(m.Events()))
		}
	})
}

// The machine is restarted again and again in the middle of a write: whatever may have
// been done before the first restart stays in doubt.
func TestWriteSlotOverRestarts(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		old, err := m.ReadSlot(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		restart := func(b []byte) [][]byte {
			w.machine.Restart()
			return deliver(b)
		}
		writes := 0
		w.set(func(b []byte) [][]byte {
			if operation(5)(b) {
				if writes++; writes > 1 {
					return restart(b)
				}
			}
			return deliver(b)
		}, first(1, ofType(2), drop))
		_, err = m.WriteSlot(t.Context(), old, device.SlotChange{Name: &renamed})
		if !errors.Is(err, device.ErrOutcomeUnknown) || !errors.Is(err, device.ErrRestarted) {
			t.Errorf("WriteSlot = %v, want ErrRestarted and ErrOutcomeUnknown", err)
		}
		// Refused at once, it was surely not written.
		connect(t, m)
		w.set(restart, nil)
		_, err = m.WriteSlot(t.Context(), old, device.SlotChange{Name: &renamed})
		if errors.Is(err, device.ErrOutcomeUnknown) || err == nil {
			t.Errorf("WriteSlot = %v, want an error without doubt", err)
		}
	})
}
