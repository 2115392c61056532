package devicetest

import (
	"context"
	"testing"

	"crema/device"
	"crema/device/sim"
)

// Wire is a simulated machine together with the line to it. It is the simulated
// machine, for the tests, and the way to it, for the driver.
type Wire struct {
	sim.Machine
}

// NewWire serves m on a pseudo terminal until the test ends. faults is the share of
// messages that are spoiled.
func NewWire(t testing.TB, m sim.Machine, baud int, faults float64, seed int64) *Wire { panic("todo") }

// Dial opens the near end; it is a device.Dialer.
func (w *Wire) Dial(ctx context.Context) (device.Line, error) { panic("todo") }

// Cut pulls the cable; Mend puts it back.
func (w *Wire) Cut() { panic("todo") }

// Mend puts the cable back.
func (w *Wire) Mend() { panic("todo") }
