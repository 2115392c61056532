package coffee2900_test

import (
	"os"
	"testing"
	"time"

	"crema/device"
	"crema/device/devicetest"
	"crema/device/driver/coffee2900"
	"crema/device/serial"
	"crema/device/sim"
	sim2900 "crema/device/sim/coffee2900"
)

func TestMain(m *testing.M) { os.Exit(devicetest.Main(m)) }

// TestConformance waits 60 ms for a reply instead of the manual's 400, so that a line
// that loses a fifth of them is tested in seconds.
func TestConformance(t *testing.T) {
	devicetest.Test(t, func(t testing.TB, faults float64, seed int64) (device.Machine, sim.Machine) {
		wire := devicetest.NewWire(t, sim2900.New(sim2900.Options{}), faults, seed)
		m := coffee2900.New(serial.Dialer(wire.Link(), 115200), coffee2900.Options{
			User: "service", Password: password, Reply: 60 * time.Millisecond,
		})
		return m, wire
	})
}
