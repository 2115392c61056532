package board

import (
	"context"
	"net"
	"sync"
	"time"

	"crema/device/sim"
)

// A cable lies between a simulated machine and the emulated board's end of its line. It stays plugged in over the board's
// restarts until it is pulled.
type cable struct {
	sim.Machine
	path string // the emulator's socket

	mu   sync.Mutex
	in   bool
	conn net.Conn
}

// run lets the machine speak whenever there is a board to speak to, until ctx ends.
func (c *cable) run(ctx context.Context) {
	defer context.AfterFunc(ctx, func() { c.plug(false) })()
	for ctx.Err() == nil {
		if line := c.dial(); line != nil {
			c.Serve(ctx, line) //nolint:errcheck // the line ends with the board, or by a pull
			line.Close()
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// dial is nil where there is no board, or the cable is out.
func (c *cable) dial() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = nil
	if c.in {
		if conn, err := net.Dial("unix", c.path); err == nil {
			c.conn = conn
		}
	}
	return c.conn
}

// plug puts the cable in, or pulls it.
func (c *cable) plug(in bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in = in
	if !in && c.conn != nil {
		c.conn.Close()
	}
}
