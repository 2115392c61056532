package sim_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"crema/device/sim"
)

func openPTY(t *testing.T) *sim.PTY {
	t.Helper()
	p, err := sim.OpenPTY(filepath.Join(t.TempDir(), "machine"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// plainOpen is what a controller does that sets no modes at all.
func plainOpen(t *testing.T, path string) *os.File {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	f.SetDeadline(time.Now().Add(5 * time.Second))
	t.Cleanup(func() { f.Close() })
	return f
}

func readFull(t *testing.T, f interface{ Read([]byte) (int, error) }, n int) []byte {
	t.Helper()
	var got []byte
	buf := make([]byte, 4096)
	for len(got) < n {
		k, err := f.Read(buf)
		if err != nil {
			t.Fatalf("read after %d of %d bytes: %v", len(got), n, err)
		}
		got = append(got, buf[:k]...)
	}
	return got
}

func everyByte() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func TestPTYCarriesEveryByteBothWays(t *testing.T) {
	p := openPTY(t)
	c := plainOpen(t, p.Link())
	p.SetReadDeadline(time.Now().Add(5 * time.Second))
	for range 2 {
		if _, err := c.Write(everyByte()); err != nil {
			t.Fatal(err)
		}
		if got := readFull(t, p, 256); !bytes.Equal(got, everyByte()) {
			t.Fatalf("controller → machine: % x", got)
		}
		if _, err := p.Write(everyByte()); err != nil {
			t.Fatal(err)
		}
		if got := readFull(t, c, 256); !bytes.Equal(got, everyByte()) {
			t.Fatalf("machine → controller: % x", got)
		}
	}
}

func TestPTYWithoutReaderLosesAndDoesNotBlock(t *testing.T) {
	p := openPTY(t)
	done := make(chan error, 1)
	go func() {
		big := make([]byte, 64<<10)
		_, err := p.Write(big)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("a write without a reader blocks")
	}
}

func TestPTYControllersComeAndGo(t *testing.T) {
	p := openPTY(t)
	p.SetReadDeadline(time.Now().Add(10 * time.Second))
	for i := range 20 {
		c := plainOpen(t, p.Link())
		msg := []byte{'m', byte(i), '\r', '\n'}
		if _, err := c.Write(msg); err != nil {
			t.Fatal(err)
		}
		if got := readFull(t, p, len(msg)); !bytes.Equal(got, msg) {
			t.Fatalf("round %d: machine read %q", i, got)
		}
		c.Close()
	}
}

// A controller that is killed leaves its exclusive mode to a far end that is still
// open; a real port would forget it.
func TestPTYForgetsWhatTheLastControllerLeft(t *testing.T) {
	p := openPTY(t)
	c := plainOpen(t, p.Link())
	if err := control(c, func(fd int) error {
		if err := unix.IoctlSetInt(fd, unix.TIOCEXCL, 0); err != nil {
			return err
		}
		tio, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return err
		}
		tio.Lflag |= unix.ECHO | unix.ICANON
		return unix.IoctlSetTermios(fd, unix.TCSETS, tio)
	}); err != nil {
		t.Fatal(err)
	}
	p.Write([]byte("unread"))
	c.Close()

	deadline := time.Now().Add(5 * time.Second)
	for range time.Tick(20 * time.Millisecond) { // while somebody has it open nothing is forgotten
		c := plainOpen(t, p.Link())
		var exclusive, unread int
		var tio *unix.Termios
		if err := control(c, func(fd int) (err error) {
			if exclusive, err = unix.IoctlGetInt(fd, unix.TIOCGEXCL); err != nil {
				return err
			}
			if unread, err = unix.IoctlGetInt(fd, unix.TIOCINQ); err != nil {
				return err
			}
			tio, err = unix.IoctlGetTermios(fd, unix.TCGETS)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if exclusive == 0 && unread == 0 && tio.Lflag&(unix.ECHO|unix.ICANON) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after the last controller left: exclusive %d, %d bytes unread, modes %#x", exclusive, unread, tio.Lflag)
		}
	}
}

// The kernel makes one event of two alike: who opens the port twice and closes it once still has it open.
func TestPTYKeepsWhatIsOpen(t *testing.T) {
	p := openPTY(t)
	for range 50 {
		c := plainOpen(t, p.Link())
		plainOpen(t, p.Link()).Close()
		p.Write([]byte("unread"))
		readFull(t, c, len("unread"))
		c.Close()
	}
}

func control(f *os.File, fn func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) { failed = fn(int(fd)) })
	return errors.Join(err, failed)
}

func TestPTYUnplugAndPlug(t *testing.T) {
	p := openPTY(t)
	c := plainOpen(t, p.Link())

	reading := make(chan error, 1)
	go func() {
		_, err := p.Read(make([]byte, 16))
		reading <- err
	}()
	p.Unplug()
	select {
	case err := <-reading:
		if !errors.Is(err, sim.ErrUnplugged) {
			t.Errorf("the machine's read = %v, want ErrUnplugged", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the machine's read does not notice the unplugging")
	}
	if n, err := c.Read(make([]byte, 16)); err == nil {
		t.Errorf("the controller still reads %d bytes", n)
	}
	if _, err := os.Lstat(p.Link()); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("the link is still there: %v", err)
	}
	if _, err := p.Write([]byte("x")); !errors.Is(err, sim.ErrUnplugged) {
		t.Errorf("the machine's write = %v, want ErrUnplugged", err)
	}

	for range 2 { // a second Plug changes nothing
		if err := p.Plug(); err != nil {
			t.Fatal(err)
		}
	}
	c = plainOpen(t, p.Link())
	p.Write([]byte("back"))
	if got := readFull(t, c, 4); string(got) != "back" {
		t.Errorf("after plugging in: %q", got)
	}
}

func TestPTYRefusesAFileInItsPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "machine")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.OpenPTY(path); err == nil {
		t.Fatal("a file was replaced by a link")
	}
	if b, _ := os.ReadFile(path); string(b) != "precious" {
		t.Errorf("the file now has %q", b)
	}
}

func TestPTYReplacesTheLinkOfADeadSimulator(t *testing.T) {
	path := filepath.Join(t.TempDir(), "machine")
	if err := os.Symlink("/dev/pts/99999", path); err != nil {
		t.Fatal(err)
	}
	p, err := sim.OpenPTY(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	plainOpen(t, path)
}

// Of two simulators on one path the later has it, and keeps it when the other ends.
func TestPTYLeavesTheLinkOfAnother(t *testing.T) {
	link := filepath.Join(t.TempDir(), "tty")
	first, err := sim.OpenPTY(link)
	if err != nil {
		t.Fatal(err)
	}
	second, err := sim.OpenPTY(link)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	first.Close()
	if _, err := os.Stat(link); err != nil {
		t.Errorf("the second's link went with the first: %v", err)
	}
	second.Close()
	if _, err := os.Lstat(link); err == nil {
		t.Error("the second left its link")
	}
}
