package sim

import (
	"time"
)

// PTY is a serial line to a simulated machine: a pseudo terminal whose far end
// appears as a symbolic link. It never blocks the machine for want of a reader.
type PTY struct{}

// OpenPTY makes a pseudo terminal and the symbolic link to its far end.
func OpenPTY(link string) (*PTY, error) { panic("todo") }

// Read reads what the controller sent.
func (p *PTY) Read(b []byte) (int, error) { panic("todo") }

// Write sends to the controller.
func (p *PTY) Write(b []byte) (int, error) { panic("todo") }

// SetReadDeadline bounds the reads that follow.
func (p *PTY) SetReadDeadline(t time.Time) error { panic("todo") }

// SetFaults changes what goes wrong on the line from now on; a zero Rate: nothing.
func (p *PTY) SetFaults(o FaultOptions) { panic("todo") }

// Unplug pulls the cable: whoever has the far end open loses it, and the link is gone.
func (p *PTY) Unplug() { panic("todo") }

// Plug puts the cable back under the same link.
func (p *PTY) Plug() error { panic("todo") }

// Close unplugs for good.
func (p *PTY) Close() error { panic("todo") }
