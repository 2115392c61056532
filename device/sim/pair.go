package sim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// pair is both ends of one pseudo terminal. The far end (the slave) is kept open here
// too: without it the near end fails with EIO whenever no controller is there, and
// the kernel forgets the raw mode.
type pair struct {
	master, slave *os.File
	name          string
	opens         *os.File // inotify on the far end; nil where the kernel has none
}

func openPair() (*pair, error) {
	p, err := openEnds()
	if err != nil {
		return nil, fmt.Errorf("open a pseudo terminal: %w", err)
	}
	if err := p.reset(); err != nil {
		p.close()
		return nil, fmt.Errorf("make %s raw: %w", p.name, err)
	}
	p.watch()
	return p, nil
}

// openEnds opens both ends non-blocking, so that they have deadlines.
func openEnds() (*pair, error) {
	near, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	master := os.NewFile(uintptr(near), "/dev/ptmx")
	number, err := unix.IoctlGetInt(near, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(near, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		master.Close()
		return nil, err
	}
	name := fmt.Sprintf("/dev/pts/%d", number)
	far, err := unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		master.Close()
		return nil, err
	}
	return &pair{master: master, slave: os.NewFile(uintptr(far), name), name: name}, nil
}

// write sends what fits within writePatience and loses the rest.
func (p *pair) write(b []byte) (int, error) {
	p.master.SetWriteDeadline(time.Now().Add(writePatience))
	n, err := p.master.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return len(b), nil
	}
	return n, err
}

func (p *pair) close() {
	if p.opens != nil {
		p.opens.Close()
	}
	p.master.Close()
	p.slave.Close()
}

// watch looks out for the last controller's going, for the slave that is kept open
// here keeps what a real port would forget then: the controller's exclusive mode
// (TIOCEXCL), which would shut out the next one, and bytes that nobody read. A kernel
// without inotify only loses that nicety.
func (p *pair) watch() {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return
	}
	opens := os.NewFile(uintptr(fd), "inotify")
	if _, err := unix.InotifyAddWatch(fd, p.name, unix.IN_OPEN|unix.IN_CLOSE); err != nil {
		opens.Close()
		return
	}
	p.opens = opens
	go p.follow(opens)
}

// follow ends when the pair is closed. The kernel makes one event of two alike, so that events can't be counted: when somebody has
// closed the far end, it is looked for others who have it open, and whoever opens it meanwhile is told by an event again.
func (p *pair) follow(opens *os.File) {
	buf := make([]byte, 4096)
	for {
		n, err := opens.Read(buf)
		if err != nil {
			return
		}
		var last uint32
		for b := buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
			last = binary.NativeEndian.Uint32(b[4:])
			b = b[unix.SizeofInotifyEvent+binary.NativeEndian.Uint32(b[12:]):]
		}
		if last&unix.IN_CLOSE != 0 && !p.held() && !waiting(opens) {
			p.reset()
		}
	}
}

// held tells whether a program has the far end open that is not this pair.
func (p *pair) held() bool {
	own := -1
	if conn, err := p.slave.SyscallConn(); err == nil {
		conn.Control(func(fd uintptr) { own = int(fd) }) //nolint:errcheck // closed: there is nothing to reset
	}
	ours := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), own)
	files, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is right
	return slices.ContainsFunc(files, func(file string) bool {
		name, err := os.Readlink(file)
		return err == nil && name == p.name && file != ours
	})
}

// waiting tells whether there is an event that was not read.
func waiting(events *os.File) (yes bool) {
	conn, err := events.SyscallConn()
	if err != nil {
		return false
	}
	err = conn.Control(func(fd uintptr) {
		n, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
		yes = err == nil && n > 0
	})
	return yes && err == nil
}

// reset brings the far end into the state of a port that nobody has open: raw, open
// to anyone, nothing in its buffer.
func (p *pair) reset() error {
	conn, err := p.slave.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		failed = errors.Join(
			raw(int(fd)),
			unix.IoctlSetInt(int(fd), unix.TIOCNXCL, 0),
			unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCIFLUSH),
		)
	})
	return errors.Join(err, failed)
}

// raw is cfmakeraw(3): no echo, no lines, no signals, eight bits.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag &^= unix.CSIZE | unix.PARENB
	t.Cflag |= unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}
