package devicetest

import (
	"testing"

	"crema/device"
	"crema/device/sim"
)

// Open makes a driver that is not connected, and the simulated machine at the far
// end of its line, as a [Wire].
type Open func(t testing.TB, faults float64, seed int64) (device.Machine, sim.Machine)

// Test runs the conformance suite.
func Test(t *testing.T, open Open) { panic("todo") }
