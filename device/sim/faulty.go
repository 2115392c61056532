package sim

import (
	"io"
	"math/rand/v2"
	"sync"
	"time"
)

// Fault is one way in which a message is spoiled on its way.
type Fault string

// The faults of a line.
const (
	FaultNoise   Fault = "noise"   // one to four bytes that nobody sent, anywhere
	FaultDrop    Fault = "drop"    // the whole message is lost
	FaultCut     Fault = "cut"     // its end is lost
	FaultCorrupt Fault = "corrupt" // one byte arrives as another
	FaultDelay   Fault = "delay"   // it arrives late, and all after it
	FaultDouble  Fault = "double"  // it arrives twice
)

// Faults are all of them.
func Faults() []Fault {
	return []Fault{FaultNoise, FaultDrop, FaultCut, FaultCorrupt, FaultDelay, FaultDouble}
}

// FaultOptions says how bad a line is. A message is what one Write was given, and what
// one Read of the line below returned.
type FaultOptions struct {
	Rate     float64       // the share of messages that are spoiled, 0 to 1, each way
	Seed     int64         // the same seed spoils the same messages in the same way
	Kinds    []Fault       // nil: all
	MaxDelay time.Duration // of FaultDelay; 0: 300 ms
}

// FaultyLine is a line with faults, both ways. One goroutine may read and another
// write; SetFaults and SetReadDeadline may be called at any time.
type FaultyLine struct {
	line    io.ReadWriter
	in, out way
	pending []byte // what was read and spoiled and is still to be handed out
	chunk   [4096]byte
}

// Faulty spoils what is read from and written to line.
func Faulty(line io.ReadWriter, o FaultOptions) *FaultyLine {
	f := &FaultyLine{line: line}
	f.SetFaults(o)
	return f
}

// SetFaults changes what goes wrong from now on; a zero Rate: nothing.
func (f *FaultyLine) SetFaults(o FaultOptions) {
	if o.MaxDelay == 0 {
		o.MaxDelay = 300 * time.Millisecond
	}
	if o.Kinds == nil {
		o.Kinds = Faults()
	}
	// A generator each way: what one side says must not shift what happens to the
	// other's.
	f.in.set(o, 1)
	f.out.set(o, 2)
}

// SetReadDeadline passes the deadline on to the line, where that has one.
func (f *FaultyLine) SetReadDeadline(t time.Time) error {
	if line, ok := f.line.(interface{ SetReadDeadline(time.Time) error }); ok {
		return line.SetReadDeadline(t)
	}
	return nil
}

func (f *FaultyLine) Read(b []byte) (int, error) {
	for len(f.pending) == 0 {
		n, err := f.line.Read(f.chunk[:])
		if n > 0 {
			f.pending = f.in.pass(f.chunk[:n])
		}
		if err != nil && len(f.pending) == 0 {
			return 0, err
		}
	}
	n := copy(b, f.pending)
	f.pending = f.pending[n:]
	return n, nil
}

func (f *FaultyLine) Write(b []byte) (int, error) {
	if spoiled := f.out.pass(b); len(spoiled) > 0 {
		if _, err := f.line.Write(spoiled); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// way is one direction of the line.
type way struct {
	mu  sync.Mutex
	o   FaultOptions
	rng *rand.Rand
}

func (w *way) set(o FaultOptions, stream uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.o, w.rng = o, rand.New(rand.NewPCG(uint64(o.Seed), stream))
}

// pass returns what arrives of msg, after the delay that it suffers.
func (w *way) pass(msg []byte) []byte {
	spoiled, delay := w.spoil(msg)
	if delay > 0 {
		time.Sleep(delay)
	}
	return spoiled
}

func (w *way) spoil(msg []byte) ([]byte, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.o.Rate <= 0 || w.rng.Float64() >= w.o.Rate || len(msg) == 0 || len(w.o.Kinds) == 0 {
		return msg, 0
	}
	out := append([]byte(nil), msg...)
	switch w.o.Kinds[w.rng.IntN(len(w.o.Kinds))] {
	case FaultNoise:
		noise := make([]byte, 1+w.rng.IntN(4))
		for i := range noise {
			noise[i] = byte(w.rng.Uint32())
		}
		at := w.rng.IntN(len(out) + 1)
		out = append(out[:at:at], append(noise, out[at:]...)...)
	case FaultDrop:
		out = nil
	case FaultCut:
		out = out[:w.rng.IntN(len(out))]
	case FaultCorrupt:
		out[w.rng.IntN(len(out))] ^= byte(1 + w.rng.IntN(255))
	case FaultDelay:
		return out, time.Duration(w.rng.Int64N(int64(w.o.MaxDelay)))
	case FaultDouble:
		out = append(out, msg...)
	}
	return out, 0
}
