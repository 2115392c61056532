// Package devicetest is the conformance suite that every driver passes: [Test]
// drives it against its simulated machine, over a real pseudo terminal, on a clean
// line and on one that spoils a fifth of what is sent.
//
// A driver's test opens a [Wire] to its simulated machine and hands both to [Test]:
//
//	devicetest.Test(t, func(t testing.TB, faults float64, seed int64) (device.Machine, sim.Machine) {
//		wire := devicetest.NewWire(t, coffee1900sim.New(coffee1900sim.Options{}), 9600, faults, seed)
//		return coffee1900.New(wire.Dial, coffee1900.Options{}), wire
//	})
//
// What a machine can do beyond device.Machine is found by its capabilities and
// tested where it is there.
package devicetest
