package devicetest

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"crema/device/sim"
)

// maxDelay is how late a spoiled message comes, at most.
const maxDelay = 20 * time.Millisecond

// Wire is a simulated machine together with the line to it. It is the simulated
// machine for the suite, and Link is where a driver finds it.
type Wire struct {
	sim.Machine
	t   testing.TB
	pty *sim.PTY
}

// NewWire serves m on a pseudo terminal until the test ends. faults is the share of
// messages that are spoiled, 0 to 1, as seed has it.
func NewWire(t testing.TB, m sim.Machine, faults float64, seed int64) *Wire {
	t.Helper()
	pty, err := sim.OpenPTY(filepath.Join(t.TempDir(), "machine"))
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{Machine: m, t: t, pty: pty}
	w.Spoil(faults, seed)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- sim.Serve(ctx, m, pty) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("the simulated machine: %v", err)
		}
		pty.Close()
	})
	return w
}

// Link is the path of the port.
func (w *Wire) Link() string { return w.pty.Link() }

// Spoil makes the line as bad as faults says from now on, of the given kinds or all.
func (w *Wire) Spoil(faults float64, seed int64, kinds ...sim.Fault) {
	w.pty.SetFaults(sim.FaultOptions{Rate: faults, Seed: seed, Kinds: kinds, MaxDelay: maxDelay})
}

// Cut pulls the cable.
func (w *Wire) Cut() { w.pty.Unplug() }

// Mend puts the cable back.
func (w *Wire) Mend() {
	if err := w.pty.Plug(); err != nil {
		w.t.Fatalf("plug: %v", err)
	}
}
