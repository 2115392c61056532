package coffee1900_test

import (
	"testing"
	"time"

	"crema/device"
	"crema/device/devicetest"
	"crema/device/driver/coffee1900"
	"crema/device/serial"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
)

// quick is a tenth of the manual's times.
func quick() coffee1900.Options {
	return coffee1900.Options{Reply: 40 * time.Millisecond, WriteReply: 80 * time.Millisecond}
}

func TestConformance(t *testing.T) {
	devicetest.Test(t, func(t testing.TB, faults float64, seed int64) (device.Machine, sim.Machine) {
		wire := devicetest.NewWire(t, sim1900.New(sim1900.Options{}), faults, seed)
		return coffee1900.New(serial.Dialer(wire.Link(), 9600), quick()), wire
	})
}
