package serial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	bugst "go.bug.st/serial"
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

// port is an open line. Go's runtime waits for it, which needs neither a thread nor a timer while it is silent.
type port struct {
	path string
	file *os.File
	lock *lock

	writing sync.Mutex // held by the one write under way
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
	file, err := openEmpty(real, baud)
	if err != nil {
		held.release()
		return nil, unopened(path, real, cause(err))
	}
	return &port{path: path, file: file, lock: held}, nil
}

// openEmpty throws away what came before: it was not said to us. The device is open already when the library opens it, by its
// path and for the children of this program too: so it does not take long, and no child begins meanwhile.
func openEmpty(real string, baud int) (*os.File, error) {
	file, err := os.OpenFile(real, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	err = setMode(real, baud)
	if err == nil {
		err = control(file, func(fd int) error { // the library lets others in again
			return errors.Join(unix.IoctlSetInt(fd, unix.TIOCEXCL, 0), unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIOFLUSH))
		})
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// setMode has the library set the device's mode, which is the same for all who have it open.
func setMode(real string, baud int) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	tty, err := bugst.Open(real, &bugst.Mode{BaudRate: baud, DataBits: 8, Parity: bugst.NoParity, StopBits: bugst.OneStopBit})
	if err != nil {
		return err
	}
	return tty.Close()
}

// control runs do with the file's number, which stays its own so long.
func control(file *os.File, do func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var said error
	return errors.Join(raw.Control(func(fd uintptr) { said = do(int(fd)) }), said)
}

// speeds are those that machines use, in bits per second.
func speeds() []int {
	return []int{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600}
}

// Read reads what has come, waiting for the first byte up to the deadline.
func (p *port) Read(b []byte) (int, error) {
	n, err := p.file.Read(b)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, os.ErrDeadlineExceeded
	case errors.Is(err, io.EOF): // so the kernel says that the device went away under a read
		return n, p.lost(errors.New("its far end is gone"))
	case err != nil:
		return n, p.lost(err)
	}
	return n, nil
}

// Write hands b to the port; the last byte may still be on its way when it returns. A
// port that takes nothing for two seconds is given up and closed.
func (p *port) Write(b []byte) (int, error) {
	n, err := p.write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errors.Join(fmt.Errorf("it takes no bytes for %v", writePatience), p.Close())
	}
	if err != nil {
		return n, p.lost(err)
	}
	return n, nil
}

// write throws away what a write that is ended early left in the port: nobody else's bytes shall be mixed with it.
func (p *port) write(b []byte) (n int, err error) {
	p.writing.Lock()
	defer p.writing.Unlock()
	if p.file.SetWriteDeadline(time.Now().Add(writePatience)) != nil {
		return 0, os.ErrClosed
	}
	held := control(p.file, func(fd int) error { // Close ends the write, and closes the file when this returns
		if n, err = p.file.Write(b); n < len(b) {
			_ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) // where that fails the device is gone
		}
		return nil
	})
	return n, cmp.Or(err, held)
}

func (p *port) lost(err error) error {
	return fmt.Errorf("%w: port %s: %w", device.ErrLineLost, p.path, cause(err))
}

// cause is err without the name of the device, which is told anyway, by the name that the technician knows.
func cause(err error) error {
	if of, ok := err.(*fs.PathError); ok {
		return of.Err
	}
	return err
}

// SetReadDeadline bounds the read that runs and those that follow.
func (p *port) SetReadDeadline(t time.Time) error {
	if p.file.SetReadDeadline(t) != nil {
		return p.lost(os.ErrClosed)
	}
	return nil
}

// Close gives the port back, and ends the read and the write under way; again it does nothing.
func (p *port) Close() error {
	p.closing.Do(func() {
		_ = control(p.file, func(fd int) error { return unix.IoctlSetInt(fd, unix.TIOCNXCL, 0) }) // where that fails the device is gone
		p.closed = p.file.Close()
		p.lock.release()
	})
	return p.closed
}
