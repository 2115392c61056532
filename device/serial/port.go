package serial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	bugst "go.bug.st/serial"
	"golang.org/x/sys/unix"

	"crema/device"
)

const (
	// readSlice is how long a read waits before it looks at its deadline again.
	readSlice = 20 * time.Millisecond

	// writePatience is how long a port may take nothing. Without flow control a real one
	// always goes on; a pseudo terminal whose far end hangs does not.
	writePatience = 2 * time.Second

	// A write that is under way when its port is closed has freeAfter to end by itself,
	// and is then freed again and again, for at most freePatience.
	freeAfter    = 5 * time.Millisecond
	freePatience = time.Second
)

// Dialer opens the port at path, a device file or a link to one, at baud bits per second,
// with eight data bits, no parity, one stop bit and no flow control. It opens nothing
// before it is called, and may be called again after a loss. Its errors are
// device.ErrLineLost and say what a technician can do: the port is absent, forbidden,
// in use (by whom) or no serial port at all.
func Dialer(path string, baud int) device.Dialer {
	return func(ctx context.Context) (device.Line, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := open(path, baud)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", device.ErrLineLost, err)
		}
		return p, nil
	}
}

// port is an open line.
type port struct {
	path string
	tty  bugst.Port
	mode *bugst.Mode
	lock *lock

	reading  sync.Mutex // held by the one read under way
	deadline atomic.Pointer[time.Time]
	writing  chan struct{} // full while a write is under way, and for good once the port is closed

	over    chan struct{} // closed when Close begins
	closing sync.Once
	closed  error
}

var _ device.Line = (*port)(nil)

func open(path string, baud int) (*port, error) {
	// The library would try any other speed too, and take 0 for 9600.
	if !slices.Contains(speeds(), baud) {
		return nil, fmt.Errorf("port %s: no serial port runs at %d baud", path, baud)
	}
	real, err := locate(path)
	if err != nil {
		return nil, err
	}
	held, err := acquire(real)
	if err != nil {
		return nil, fmt.Errorf("port %s %w", path, err)
	}
	mode := &bugst.Mode{BaudRate: baud, DataBits: 8, Parity: bugst.NoParity, StopBits: bugst.OneStopBit}
	tty, err := openEmpty(real, mode)
	if err != nil {
		held.release()
		return nil, unopened(path, real, err)
	}
	p := &port{path: path, tty: tty, mode: mode, lock: held, writing: make(chan struct{}, 1), over: make(chan struct{})}
	p.deadline.Store(new(time.Time))
	return p, nil
}

// openEmpty throws away what came before: it was not said to us.
func openEmpty(real string, mode *bugst.Mode) (bugst.Port, error) {
	tty, err := bugst.Open(real, mode)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(tty.ResetInputBuffer(), tty.ResetOutputBuffer()); err != nil {
		return nil, errors.Join(fmt.Errorf("empty it: %w", err), tty.Close())
	}
	return tty, nil
}

// speeds are those that machines use, in bits per second.
func speeds() []int {
	return []int{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600}
}

// Read reads what has come, waiting for the first byte up to the deadline.
func (p *port) Read(b []byte) (int, error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	for {
		wait, err := p.slice()
		if err != nil || len(b) == 0 {
			return 0, err
		}
		n, err := p.readFor(wait, b)
		if err != nil {
			return n, p.lost(err)
		}
		if n > 0 {
			return n, nil
		}
	}
}

// slice is how long a read may wait next; the error is that it may not.
func (p *port) slice() (time.Duration, error) {
	if p.isOver() {
		return 0, p.lost(os.ErrClosed)
	}
	deadline := *p.deadline.Load()
	if deadline.IsZero() {
		return readSlice, nil
	}
	left := time.Until(deadline)
	if left <= 0 {
		return 0, os.ErrDeadlineExceeded
	}
	return min(left, readSlice), nil
}

// readFor reads no bytes where none came.
func (p *port) readFor(wait time.Duration, b []byte) (n int, err error) {
	defer func() {
		// The library's set of files for select(2) has room for 1024.
		if r := recover(); r != nil {
			n, err = 0, fmt.Errorf("too many files are open to wait for it: %v", r)
		}
	}()
	if err := p.tty.SetReadTimeout(wait); err != nil {
		return 0, err
	}
	n, err = p.tty.Read(b)
	if hasCode(err, bugst.PortClosed) { // so the library takes an end of file; we close nothing under a read
		err = errors.New("its far end is gone")
	}
	return n, err
}

// Write hands b to the port; the last byte may still be on its way when it returns. A
// port that takes nothing for two seconds is given up and closed.
func (p *port) Write(b []byte) (int, error) {
	select {
	case p.writing <- struct{}{}:
	case <-p.over:
		return 0, p.lost(os.ErrClosed)
	}
	type outcome struct {
		n   int
		err error
	}
	done := make(chan outcome, 1)
	own := slices.Clone(b) // the caller has b back before a write that hangs has ended
	go func() {
		n, err := p.send(own)
		<-p.writing
		done <- outcome{n, err}
	}()
	patience := time.NewTimer(writePatience)
	defer patience.Stop()
	select {
	case o := <-done:
		if o.err != nil {
			return o.n, p.lost(o.err)
		}
		return o.n, nil
	case <-p.over:
		return 0, p.lost(os.ErrClosed)
	case <-patience.C:
		return 0, p.lost(errors.Join(fmt.Errorf("it takes no bytes for %v", writePatience), p.Close()))
	}
}

// send writes all of b. A signal may cut a write short.
func (p *port) send(b []byte) (n int, err error) {
	for n < len(b) {
		if p.isOver() {
			return n, os.ErrClosed
		}
		k, err := p.tty.Write(b[n:])
		n += k
		if err != nil && !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
	return n, nil
}

func (p *port) isOver() bool {
	select {
	case <-p.over:
		return true
	default:
		return false
	}
}

func (p *port) lost(err error) error {
	return fmt.Errorf("%w: port %s: %w", device.ErrLineLost, p.path, err)
}

// SetReadDeadline bounds the read that runs and those that follow.
func (p *port) SetReadDeadline(t time.Time) error {
	if p.isOver() {
		return p.lost(os.ErrClosed)
	}
	p.deadline.Store(&t)
	return nil
}

// Close gives the port back; again it does nothing. A write that nothing ends keeps
// the port, and its lock, for as long as it hangs: nobody else's bytes shall be mixed
// with what is left of it.
func (p *port) Close() error {
	p.closing.Do(func() {
		close(p.over)
		if !p.endWrites() {
			p.closed = errors.New("a write to it still hangs: unplug it")
			go func() {
				p.writing <- struct{}{}
				_ = p.giveBack()
			}()
			return
		}
		p.closed = p.giveBack()
	})
	return p.closed
}

// endWrites returns when no write is under way and none can begin, false where one
// does not end.
func (p *port) endWrites() bool {
	for start := time.Now(); time.Since(start) < freePatience; {
		select {
		case p.writing <- struct{}{}:
			return true
		case <-time.After(freeAfter):
		}
		// Room alone does not wake a write to a pseudo terminal, a new mode does. Neither
		// matters where it fails: then the port is gone, and the write ends by that.
		_ = p.tty.ResetOutputBuffer()
		_ = p.tty.SetMode(p.mode)
	}
	return false
}

// giveBack waits for the read under way, which ends within its slice.
func (p *port) giveBack() error {
	p.reading.Lock()
	defer p.reading.Unlock()
	err := p.tty.Close()
	p.lock.release()
	return err
}
