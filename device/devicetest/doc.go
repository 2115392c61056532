// Package devicetest is the conformance suite that every driver passes: [Test] drives it
// against its simulated machine, over a real pseudo terminal, on a clean line and on
// one that spoils a fifth of what is sent.
//
// A driver's test opens a [Wire] to its simulated machine and hands both to [Test]:
//
//	devicetest.Test(t, func(t testing.TB, faults float64, seed int64) (device.Machine, sim.Machine) {
//		wire := devicetest.NewWire(t, sim1900.New(sim1900.Options{}), faults, seed)
//		return coffee1900.New(serial.Dialer(wire.Link(), 9600), coffee1900.Options{Reply: 50 * time.Millisecond}), wire
//	})
//
// What a machine can do beyond device.Machine is found by its capabilities and tested
// where it is there; likewise what its simulation can do beyond sim.Machine. What the
// simulated machine says really happened is what a driver is measured by.
//
// The simulated machine must make at once the cups that the controller starts, and
// must know the alarm code 8 as one that stops it. Time-outs should be a tenth of the
// real ones or so: a bad line uses many.
//
// The package's TestMain runs its tests with [Main], as they wait most of the time.
//
// # Caveats
//
// A driver that passes speaks as its simulation does. That the simulation speaks as the
// machine does is for its own tests, straight from the manual.
package devicetest
