package coffee1900_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"crema/device"
	"crema/device/devicetest"
	"crema/device/driver/coffee1900"
	"crema/device/serial"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
)

func TestMain(m *testing.M) { os.Exit(devicetest.Main(m)) }

// TestConformance waits a fraction of the manual's times. Where the line loses nothing a reply
// that is late is a busy computer's, and is waited for three times as long.
func TestConformance(t *testing.T) {
	devicetest.Test(t, func(t testing.TB, faults float64, seed int64) (device.Machine, sim.Machine) {
		wire := devicetest.NewWire(t, sim1900.New(sim1900.Options{}), faults, seed)
		quick := coffee1900.Options{Reply: 40 * time.Millisecond, WriteReply: 80 * time.Millisecond}
		if faults == 0 {
			quick = coffee1900.Options{Reply: 120 * time.Millisecond, WriteReply: 240 * time.Millisecond}
		}
		return coffee1900.New(serial.Dialer(wire.Link(), 9600), quick), wire
	})
}

// The manual's own times, on a real port: four tries of 300 ms and the line's time.
func TestSilenceTakesTheManualsTime(t *testing.T) {
	t.Parallel()
	wire := devicetest.NewWire(t, sim1900.New(sim1900.Options{}), 0, 0)
	m := coffee1900.New(serial.Dialer(wire.Link(), 9600), coffee1900.Options{})
	defer m.Close()
	if _, err := m.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	wire.Spoil(1, 1, sim.FaultDrop)
	began := time.Now()
	_, err := m.ReadCounters(t.Context())
	if took := time.Since(began); !errors.Is(err, device.ErrNoReply) || took < 1200*time.Millisecond || took > 4*time.Second {
		t.Errorf("ReadCounters = %v after %v", err, took)
	}
	wire.Spoil(0, 0)
	if _, err := m.ReadCounters(t.Context()); err != nil {
		t.Errorf("the machine is back: %v", err)
	}
}

// A restart in the middle of a reply, on a real port, at any byte of it. The driver
// waits long enough for the banner of a machine that shares a busy computer with it.
func TestARestartAtAnyByteOfAReply(t *testing.T) {
	t.Parallel()
	machine := sim1900.New(sim1900.Options{})
	wire := devicetest.NewWire(t, machine, 0, 0)
	m := coffee1900.New(serial.Dialer(wire.Link(), 9600), coffee1900.Options{Reply: 5 * time.Second})
	defer m.Close()
	for at := range len("<06,OK*2E\r\n") {
		for _, tail := range []bool{false, true} {
			if _, err := m.Connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			before := len(machine.Truth().Cups)
			machine.RestartInReply(at, tail)
			_, err := m.Brew(t.Context(), 1, device.Token{})
			if !errors.Is(err, device.ErrOutcomeUnknown) || !errors.Is(err, device.ErrRestarted) {
				t.Errorf("Brew, restarted after %d bytes of the reply = %v", at, err)
			}
			if made := len(machine.Truth().Cups) - before; made != 1 {
				t.Errorf("restarted after %d bytes: %d cups", at, made)
			}
			machine.RestartInReply(at, tail)
			if c, err := m.ReadCounters(t.Context()); !errors.Is(err, device.ErrRestarted) || errors.Is(err, device.ErrOutcomeUnknown) {
				t.Errorf("ReadCounters, restarted after %d bytes = %+v, %v", at, c, err)
			}
		}
	}
}
