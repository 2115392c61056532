package coffee2900_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"crema/device"
	"crema/device/driver/coffee2900"
	"crema/device/serial"
	"crema/device/sim"
	sim2900 "crema/device/sim/coffee2900"
)

// TestOverAPseudoTerminal is the whole way: driver, serial port, true bytes; the cable is
// pulled and put back, and no goroutine is left over.
func TestOverAPseudoTerminal(t *testing.T) {
	before := runtime.NumGoroutine()
	port := filepath.Join(t.TempDir(), "ttyACM0")
	pty, err := sim.OpenPTY(port)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	machine := sim2900.New(sim2900.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- sim.Serve(ctx, machine, pty) }()

	m := coffee2900.New(serial.Dialer(port, 115200), coffee2900.Options{User: "service", Password: password})
	connect(t, m)
	s, err := m.ReadSlot(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.WriteSlot(t.Context(), s, device.SlotChange{Name: &renamed}); err != nil {
		t.Error(err)
	}
	for range 5 {
		if _, err := machine.Buy(sim.Order{Slot: 0}); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := m.ReadJournal(t.Context(), 1, 16); err != nil || len(p.Entries) != 5 {
		t.Errorf("ReadJournal = %+v, %v", p, err)
	}
	pty.Unplug()
	if err := m.Lock(t.Context(), true); !errors.Is(err, device.ErrLineLost) && !errors.Is(err, device.ErrNoReply) {
		t.Errorf("Lock with the cable pulled = %v", err)
	}
	if err := pty.Plug(); err != nil {
		t.Fatal(err)
	}
	connect(t, m)
	if err := m.Lock(t.Context(), true); err != nil || !machine.Truth().Locked {
		t.Errorf("Lock = %v", err)
	}
	if err := m.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	pty.Close()
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before\n%s", n, before, buf[:runtime.Stack(buf, true)])
	}
}
