package sim

import (
	"io"
	"time"
)

// Fault is one way in which a message is spoiled on its way.
type Fault string

// The faults of a line.
const (
	FaultNoise   Fault = "noise"   // bytes that nobody sent, anywhere
	FaultDrop    Fault = "drop"    // the whole message is lost
	FaultCut     Fault = "cut"     // its end is lost
	FaultCorrupt Fault = "corrupt" // one byte arrives as another
	FaultDelay   Fault = "delay"   // it arrives late
	FaultDouble  Fault = "double"  // it arrives twice
)

// FaultOptions says how bad a line is.
type FaultOptions struct {
	Rate     float64       // the share of messages that are spoiled, 0 to 1, each way
	Seed     int64         // the same seed spoils the same messages
	Kinds    []Fault       // nil: all
	MaxDelay time.Duration // of FaultDelay; 0: 300 ms
}

// FaultyLine is a line with faults, both ways.
type FaultyLine struct{}

// Faulty spoils what is read from and written to line.
func Faulty(line io.ReadWriter, o FaultOptions) *FaultyLine { panic("todo") }

func (f *FaultyLine) Read(b []byte) (int, error)  { panic("todo") }
func (f *FaultyLine) Write(b []byte) (int, error) { panic("todo") }

// SetReadDeadline passes the deadline on to the line, where that has one.
func (f *FaultyLine) SetReadDeadline(t time.Time) error { panic("todo") }

// SetFaults changes what goes wrong from now on.
func (f *FaultyLine) SetFaults(o FaultOptions) { panic("todo") }
