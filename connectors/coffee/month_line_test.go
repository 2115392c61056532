package coffee_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"crema/device"
	"crema/device/driver/coffee1900"
	"crema/device/driver/coffee2900"
	"crema/device/sim"
)

// cable is the line to a simulated machine, in memory.
type cable struct {
	t testing.TB
	m sim.Machine

	mu    sync.Mutex
	muted bool
	out   bool
	stop  func()
}

// end is the driver's end of the line.
type end struct {
	net.Conn
	c *cable
}

func (e end) Write(b []byte) (int, error) {
	e.c.mu.Lock()
	muted := e.c.muted
	e.c.mu.Unlock()
	if muted {
		return len(b), nil // gone, and nobody answers
	}
	return e.Conn.Write(b)
}

// dial is a device.Dialer; each line ends the one before.
func (c *cable) dial(context.Context) (device.Line, error) {
	c.pull()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out {
		return nil, device.ErrLineLost
	}
	near, far := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		err := c.m.Serve(ctx, far)
		if !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
			c.t.Errorf("Serve: %v", err)
		}
	}()
	c.stop = sync.OnceFunc(func() {
		near.Close()
		far.Close()
		cancel()
		<-served
	})
	return end{near, c}, nil
}

// pull ends the line that is open.
func (c *cable) pull() {
	c.mu.Lock()
	stop := c.stop
	c.stop = nil
	c.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// mute leaves the line open and lets nothing through.
func (c *cable) mute(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.muted = on
}

// unplug takes the line and the port away.
func (c *cable) unplug(on bool) {
	c.mu.Lock()
	c.out = on
	c.mu.Unlock()
	if on {
		c.pull()
	}
}

// pulse notes when a machine was polled.
type pulse struct {
	mu    sync.Mutex
	n     int
	last  time.Time // zero: it can't be polled
	again bool      // it could not be polled until last

	gap, allGaps time.Duration // the longest: between two polls, of late and ever
	back         time.Duration // and until the first after it could not be
}

// beat is a poll.
func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pause()
	p.n++
	p.again = false
	if !p.last.IsZero() {
		p.last = time.Now()
	}
}

// pause takes the present pause into account; p.mu is held.
func (p *pulse) pause() {
	switch {
	case p.last.IsZero():
	case p.again:
		p.back = max(p.back, time.Since(p.last))
	default:
		p.gap = max(p.gap, time.Since(p.last))
	}
}

// begin: from now on it can be polled.
func (p *pulse) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.again = time.Now(), true
}

// end: it can't be polled any more.
func (p *pulse) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pause()
	p.last = time.Time{}
}

// worst is the longest time without a poll since it was last asked for: between two, and
// until the first.
func (p *pulse) worst() (gap, again time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pause()
	gap, again = p.gap, p.back
	p.allGaps, p.gap, p.back = max(p.allGaps, gap), 0, 0
	return gap, again
}

// ever is the longest time between two polls of all.
func (p *pulse) ever() time.Duration {
	p.worst()
	return p.allGaps
}

func (p *pulse) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// watched1900 and watched2900 are the drivers; each poll begins with the status.
type watched1900 struct {
	*coffee1900.Machine
	polls *pulse
}

func (m watched1900) Status(ctx context.Context) (device.Status, error) {
	s, err := m.Machine.Status(ctx)
	if err == nil {
		m.polls.beat()
	}
	return s, err
}

type watched2900 struct {
	*coffee2900.Machine
	polls *pulse
}

func (m watched2900) Status(ctx context.Context) (device.Status, error) {
	s, err := m.Machine.Status(ctx)
	if err == nil {
		m.polls.beat()
	}
	return s, err
}

// reach is how the network between the board and Odoo is.
type reach int

const (
	connected reach = iota
	refused         // nobody listens
	silent          // connections are taken, and nothing is ever said
)

// network is a net.Listener and its dialer, in memory.
type network struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	reach reach
}

func newNetwork() *network {
	return &network{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *network) set(r reach) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.reach = r
}

// Dial connects to whatever listens.
func (n *network) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	n.mu.Lock()
	r := n.reach
	n.mu.Unlock()
	if r == refused {
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	near, far := net.Pipe()
	if r == silent {
		go io.Copy(io.Discard, far) //nolint:errcheck // it ends when the other side hangs up
		return near, nil
	}
	select {
	case n.conns <- far:
		return near, nil
	case <-n.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept, Close and Addr make it a net.Listener.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *network) Addr() net.Addr { return &net.TCPAddr{} }
