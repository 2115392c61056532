package coffee2900_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
	"crema/device/driver/coffee2900"
	"crema/device/sim"
	sim2900 "crema/device/sim/coffee2900"
)

// wire joins a driver to a simulated machine. Its hooks see every write, which is one
// frame, and say what arrives of it.
type wire struct {
	t       testing.TB
	machine *sim2900.Machine

	mu        sync.Mutex
	toMachine func(b []byte) [][]byte
	toDriver  func(b []byte) [][]byte
	sent      [][]byte // what the driver wrote, in order
	faults    *sim.FaultOptions
	faulty    *sim.FaultyLine
	stop      func()
}

// hooked is one end of the pipe.
type hooked struct {
	net.Conn
	pass func(b []byte) [][]byte
}

func (h hooked) Write(b []byte) (int, error) {
	for _, part := range h.pass(append([]byte(nil), b...)) {
		if _, err := h.Conn.Write(part); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// dial is a device.Dialer; each line ends the one before.
func (w *wire) dial(context.Context) (device.Line, error) {
	w.unplug()
	near, far := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	var end io.ReadWriter = hooked{far, w.hook(&w.toDriver)}
	if w.faults != nil {
		w.faults.Seed++
		w.faulty = sim.Faulty(end, *w.faults)
		end = w.faulty
	}
	go func() {
		defer close(served)
		err := w.machine.Serve(ctx, end)
		if !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
			w.t.Errorf("Serve: %v", err)
		}
	}()
	w.mu.Lock()
	w.stop = func() {
		near.Close()
		far.Close()
		cancel()
		<-served
	}
	w.mu.Unlock()
	pass := w.hook(&w.toMachine)
	return hooked{near, func(b []byte) [][]byte {
		w.mu.Lock()
		w.sent = append(w.sent, b)
		w.mu.Unlock()
		return pass(b)
	}}, nil
}

// hook calls what *h is at that moment.
func (w *wire) hook(h *func([]byte) [][]byte) func([]byte) [][]byte {
	return func(b []byte) [][]byte {
		w.mu.Lock()
		f := *h
		w.mu.Unlock()
		if f == nil {
			return [][]byte{b}
		}
		return f(b)
	}
}

// set changes the hooks; nil lets everything through.
func (w *wire) set(toMachine, toDriver func([]byte) [][]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.toMachine, w.toDriver = toMachine, toDriver
}

// took returns what the driver has written since the last time.
func (w *wire) took() [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := w.sent
	w.sent = nil
	return sent
}

func (w *wire) unplug() {
	w.mu.Lock()
	stop := w.stop
	w.stop = nil
	w.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// password is the simulated machine's.
func password() (string, error) { return "s3cret", nil }

// bench runs a test with a driver and a machine in a bubble: its clock moves when all
// wait, and no goroutine may be left over.
func bench(t *testing.T, o sim2900.Options, test func(t *testing.T, w *wire, m *coffee2900.Machine)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{t: t, machine: sim2900.New(o)}
		m := coffee2900.New(w.dial, coffee2900.Options{User: "service", Password: password})
		defer w.unplug()
		defer m.Close()
		test(t, w, m)
	})
}

// connect connects or fails the test.
func connect(t testing.TB, m *coffee2900.Machine) device.Identity {
	t.Helper()
	id, err := m.Connect(t.Context())
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	return id
}

// What a hook does with a frame.
func drop([]byte) [][]byte      { return nil }
func deliver(b []byte) [][]byte { return [][]byte{b} }

// first applies hook to the first n frames that are wanted, and lets others through.
func first(n int, wanted func(b []byte) bool, hook func(b []byte) [][]byte) func([]byte) [][]byte {
	return func(b []byte) [][]byte {
		if n > 0 && wanted(b) {
			n--
			return hook(b)
		}
		return deliver(b)
	}
}

// ofType tells frames by their type octet, which no stuffing touches.
func ofType(types ...byte) func(b []byte) bool {
	return func(b []byte) bool {
		for _, t := range types {
			if len(b) > 1 && b[1] == t {
				return true
			}
		}
		return false
	}
}

// operation tells requests by their operation: key 0 stands first. It needs a seq that
// isn't stuffed, which costs two octets.
func operation(op byte) func(b []byte) bool {
	return func(b []byte) bool {
		i := 4
		if len(b) > 2 && b[2] == 0x7D {
			i++
		}
		return len(b) > i+2 && b[1] == 1 && b[i] == 0 && b[i+1] == op
	}
}

// within fails a test whose bubble's clock moved by more than d since start.
func within(t testing.TB, start time.Time, least, most time.Duration) {
	t.Helper()
	if d := time.Since(start); d < least || d > most {
		t.Errorf("took %v, want %v to %v", d, least, most)
	}
}
