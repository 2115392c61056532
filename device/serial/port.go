package serial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"crema/device"
)

// writePatience is how long a port may take nothing. Without flow control a real one
// always goes on; a pseudo terminal whose far end hangs does not.
const writePatience = 2 * time.Second

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
	file *os.File
	lock *lock

	closing sync.Once
	closed  error
}

var _ device.Line = (*port)(nil)

func open(path string, baud int) (*port, error) {
	speed, ok := speeds()[baud]
	if !ok {
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
	file, err := openFile(path, real, speed)
	if err != nil {
		held.release()
		return nil, err
	}
	return &port{path: path, file: file, lock: held}, nil
}

// openFile opens non-blocking, since a modem line that is low would otherwise keep the
// open waiting, and since files have deadlines only so.
func openFile(path, real string, speed uint32) (*os.File, error) {
	fd, err := unix.Open(real, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, unopened(path, real, err)
	}
	if err := setUp(fd, speed); err != nil {
		unix.Close(fd)
		return nil, unopened(path, real, err)
	}
	return os.NewFile(uintptr(fd), real), nil
}

// Read reads what has come, waiting for the first byte up to the deadline.
func (p *port) Read(b []byte) (int, error) {
	n, err := p.file.Read(b)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		// EIO and an end of file are what the kernel says of a port that was pulled.
		err = p.lost(err)
	}
	return n, err
}

// Write hands b to the port; the last byte may still be on its way when it returns. A
// port that takes nothing for two seconds is given up.
func (p *port) Write(b []byte) (int, error) {
	if err := p.file.SetWriteDeadline(time.Now().Add(writePatience)); err != nil {
		return 0, p.lost(err)
	}
	n, err := p.file.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("it takes no bytes for %v", writePatience)
	}
	if err != nil {
		err = p.lost(err)
	}
	return n, err
}

func (p *port) lost(err error) error {
	return fmt.Errorf("%w: port %s: %w", device.ErrLineLost, p.path, err)
}

// SetReadDeadline bounds the read that runs and those that follow.
func (p *port) SetReadDeadline(t time.Time) error {
	if err := p.file.SetReadDeadline(t); err != nil {
		return p.lost(err)
	}
	return nil
}

// Close gives the port back; again it does nothing.
func (p *port) Close() error {
	p.closing.Do(func() {
		// The exclusive mode ends with the last one that has the port open, which need not
		// be us: a pseudo terminal's maker has it open too.
		if conn, err := p.file.SyscallConn(); err == nil {
			_ = conn.Control(func(fd uintptr) { _ = unix.IoctlSetInt(int(fd), unix.TIOCNXCL, 0) })
		}
		p.closed = p.file.Close()
		p.lock.release()
	})
	return p.closed
}
