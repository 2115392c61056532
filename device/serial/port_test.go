package serial_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"crema/device"
	"crema/device/serial"
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

func dial(t *testing.T, path string) device.Line {
	t.Helper()
	line, err := serial.Dialer(path, 9600)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { line.Close() })
	return line
}

func refused(t *testing.T, path string) string {
	t.Helper()
	line, err := serial.Dialer(path, 9600)(t.Context())
	if err == nil {
		line.Close()
		t.Fatalf("%s was opened", path)
	}
	if !errors.Is(err, device.ErrLineLost) {
		t.Errorf("%v is not ErrLineLost", err)
	}
	return err.Error()
}

func TestEveryByteBothWays(t *testing.T) {
	p := openPTY(t)
	// A port is opened over whatever modes the last program left.
	for _, baud := range []int{9600, 115200} {
		line, err := serial.Dialer(p.Link(), baud)(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		if _, err := line.Write(all); err != nil {
			t.Fatal(err)
		}
		p.SetReadDeadline(time.Now().Add(5 * time.Second))
		line.SetReadDeadline(time.Now().Add(5 * time.Second))
		if got := read(t, p, 256); !bytes.Equal(got, all) {
			t.Errorf("the machine read % x", got)
		}
		p.Write(all)
		if got := read(t, line, 256); !bytes.Equal(got, all) {
			t.Errorf("the driver read % x", got)
		}
		if err := line.Close(); err != nil {
			t.Error(err)
		}
	}
}

func read(t *testing.T, r interface{ Read([]byte) (int, error) }, n int) []byte {
	t.Helper()
	var got []byte
	b := make([]byte, 512)
	for len(got) < n {
		k, err := r.Read(b)
		if err != nil {
			t.Fatalf("after %d of %d bytes: %v", len(got), n, err)
		}
		got = append(got, b[:k]...)
	}
	return got
}

// A child that is started while a port is opened does not get it: it would keep others out as long as it lives.
func TestNoChildHasThePort(t *testing.T) {
	p := openPTY(t)
	real, err := filepath.EvalSymlinks(p.Link())
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				opened <- nil
				return
			default:
			}
			line, err := serial.Dialer(p.Link(), 9600)(t.Context())
			if err == nil {
				err = line.Close()
			}
			if err != nil {
				opened <- err
				return
			}
		}
	}()
	for range 100 {
		has, err := exec.Command("ls", "-l", "/proc/self/fd").Output()
		if err != nil || strings.Contains(string(has), real+"\n") {
			t.Errorf("a child has\n%s(%v)", has, err)
			break
		}
	}
	close(done)
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// What another has open still, a child of another program for one, is no longer ours alone after Close.
func TestCloseLetsOthersIn(t *testing.T) {
	p := openPTY(t)
	line := dial(t, p.Link())
	exclusive := func(f *os.File) bool {
		n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGEXCL)
		if err != nil {
			t.Fatal(err)
		}
		return n != 0
	}
	other, err := os.OpenFile(p.Link(), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("only root can open it: %v", err)
	}
	defer other.Close()
	if !exclusive(other) {
		t.Error("others are let in while it is open")
	}
	if err := line.Close(); err != nil || exclusive(other) {
		t.Errorf("Close = %v, and nobody is let in", err)
	}
}

func TestDeadline(t *testing.T) {
	p := openPTY(t)
	line := dial(t, p.Link())
	start := time.Now()
	line.SetReadDeadline(start.Add(30 * time.Millisecond))
	if _, err := line.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, device.ErrLineLost) {
		t.Errorf("Read past the deadline = %v", err)
	}
	if took := time.Since(start); took < 30*time.Millisecond || took > 3*time.Second {
		t.Errorf("a deadline of 30 ms took %v", took)
	}
	// The line is none the worse for it.
	line.SetReadDeadline(time.Now().Add(5 * time.Second))
	p.Write([]byte("x"))
	read(t, line, 1)
}

func TestADeadlineReachesAReadUnderWay(t *testing.T) {
	line := dial(t, openPTY(t).Link())
	got := make(chan error, 1)
	go func() {
		_, err := line.Read(make([]byte, 1))
		got <- err
	}()
	line.SetReadDeadline(time.Unix(1, 0))
	wait(t, got, os.ErrDeadlineExceeded)
}

func TestCloseReachesAReadUnderWay(t *testing.T) {
	line := dial(t, openPTY(t).Link())
	got := make(chan error, 1)
	go func() {
		_, err := line.Read(make([]byte, 1))
		got <- err
	}()
	if err := line.Close(); err != nil {
		t.Error(err)
	}
	wait(t, got, device.ErrLineLost)
	if err := line.Close(); err != nil {
		t.Errorf("a second Close = %v", err)
	}
	for what, err := range map[string]error{"Write": second(line.Write([]byte("x"))), "SetReadDeadline": line.SetReadDeadline(time.Now())} {
		if !errors.Is(err, device.ErrLineLost) {
			t.Errorf("%s after Close = %v", what, err)
		}
	}
}

func second(_ int, err error) error { return err }

func wait(t *testing.T, got <-chan error, want error) {
	t.Helper()
	select {
	case err := <-got:
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the read is never told")
	}
}

func TestUnplugAndBack(t *testing.T) {
	p := openPTY(t)
	line := dial(t, p.Link())
	got := make(chan error, 1)
	go func() {
		_, err := line.Read(make([]byte, 1))
		got <- err
	}()
	p.Unplug()
	wait(t, got, device.ErrLineLost)
	if _, err := line.Write([]byte("x")); !errors.Is(err, device.ErrLineLost) {
		t.Errorf("Write to a pulled port = %v", err)
	}
	if msg := refused(t, p.Link()); !strings.Contains(msg, "is not there") {
		t.Errorf("a pulled port: %s", msg)
	}
	if err := p.Plug(); err != nil {
		t.Fatal(err)
	}
	line.Close()
	line = dial(t, p.Link())
	p.Write([]byte("x"))
	line.SetReadDeadline(time.Now().Add(5 * time.Second))
	read(t, line, 1)
}

func TestWhatCameBeforeIsThrownAway(t *testing.T) {
	p := openPTY(t)
	p.Write([]byte("<05,OK,stale"))
	line := dial(t, p.Link())
	p.Write([]byte("fresh"))
	line.SetReadDeadline(time.Now().Add(5 * time.Second))
	if got := read(t, line, 5); string(got) != "fresh" {
		t.Errorf("read %q", got)
	}
}

func TestAPortThatTakesNothingIsGivenUp(t *testing.T) {
	p := openPTY(t)
	before := runtime.NumGoroutine()
	line := dial(t, p.Link())
	got := make(chan error, 1)
	go func() {
		_, err := line.Read(make([]byte, 1))
		got <- err
	}()
	start := time.Now()
	_, err := line.Write(make([]byte, 1<<20)) // nobody reads at the far end
	if !errors.Is(err, device.ErrLineLost) || !strings.Contains(err.Error(), "takes no bytes") {
		t.Errorf("Write = %v", err)
	}
	if took := time.Since(start); took < 2*time.Second || took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	wait(t, got, device.ErrLineLost)
	settle(t, before)

	// Nothing of it is left when the port is opened again.
	line = dial(t, p.Link())
	if _, err := line.Write([]byte("fresh")); err != nil {
		t.Fatal(err)
	}
	p.SetReadDeadline(time.Now().Add(5 * time.Second))
	for last := []byte(nil); !bytes.HasSuffix(last, []byte("fresh")); {
		b := make([]byte, 4096)
		n, err := p.Read(b)
		if err != nil {
			t.Fatalf("after % x: %v", last, err)
		}
		last = append(last, b[:n]...)
		if len(last) > 1<<16 {
			t.Fatal("the old write goes on")
		}
	}
}

func TestCloseReachesAWriteUnderWay(t *testing.T) {
	p := openPTY(t)
	before := runtime.NumGoroutine()
	line := dial(t, p.Link())
	got := make(chan error, 2)
	for range 2 { // the second waits for the first
		go func() { got <- second(line.Write(make([]byte, 1<<20))) }()
	}
	time.Sleep(50 * time.Millisecond)
	start := time.Now()
	if err := line.Close(); err != nil {
		t.Error(err)
	}
	wait(t, got, device.ErrLineLost)
	wait(t, got, device.ErrLineLost)
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
	settle(t, before)
}

// settle waits until no more goroutines run than before.
func settle(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func TestUnplugEndsAWriteUnderWay(t *testing.T) {
	p := openPTY(t)
	line := dial(t, p.Link())
	got := make(chan error, 1)
	go func() { got <- second(line.Write(make([]byte, 1<<20))) }()
	time.Sleep(50 * time.Millisecond)
	start := time.Now()
	p.Unplug()
	wait(t, got, device.ErrLineLost)
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

// Bytes don't wait for a deadline.
func TestRepliesAreHandedOnAtOnce(t *testing.T) {
	p := openPTY(t)
	line := dial(t, p.Link())
	line.SetReadDeadline(time.Now().Add(time.Minute))
	var took []time.Duration
	for range 50 {
		sent := make(chan time.Time, 1)
		go func() {
			time.Sleep(3 * time.Millisecond) // the read waits by then
			sent <- time.Now()
			p.Write([]byte("x"))
		}()
		read(t, line, 1)
		took = append(took, time.Since(<-sent))
	}
	slices.Sort(took)
	if median := took[len(took)/2]; median > 5*time.Millisecond {
		t.Errorf("a byte takes %v", median)
	}
}

func TestMode(t *testing.T) {
	p := openPTY(t)
	real, _ := os.Readlink(p.Link())
	for baud, speed := range map[int]uint32{9600: unix.B9600, 115200: unix.B115200} {
		other, err := os.OpenFile(real, os.O_RDWR|unix.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		fd := int(other.Fd())
		mode := func() *unix.Termios {
			m, err := unix.IoctlGetTermios(fd, unix.TCGETS)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		const (
			in    = unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON | unix.IXOFF | unix.PARMRK | unix.INPCK | unix.BRKINT
			out   = unix.OPOST
			local = unix.ICANON | unix.ECHO | unix.ISIG | unix.IEXTEN
			line  = unix.CSIZE | unix.PARENB | unix.CSTOPB | unix.CRTSCTS | unix.CREAD | unix.CLOCAL | unix.CBAUD
		)
		m := mode()
		m.Iflag |= in
		m.Oflag |= out | unix.ONLCR
		m.Lflag |= local
		m.Cflag = m.Cflag&^(line) | unix.CS7 | unix.PARENB | unix.CSTOPB | unix.CRTSCTS | unix.B300
		if err := unix.IoctlSetTermios(fd, unix.TCSETS, m); err != nil {
			t.Fatal(err)
		}
		opened, err := serial.Dialer(p.Link(), baud)(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m = mode()
		if m.Iflag&in != 0 || m.Oflag&out != 0 || m.Lflag&local != 0 {
			t.Errorf("at %d baud it is not raw: %+v", baud, m)
		}
		if got, want := m.Cflag&line, unix.CS8|unix.CREAD|unix.CLOCAL|speed; got != want {
			t.Errorf("at %d baud: mode %#o, want %#o", baud, got, want)
		}
		opened.Close()
	}
}

// The library waits by select(2), which ends at the file with the number 1023.
func TestManyOpenFiles(t *testing.T) {
	p := openPTY(t)
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Skip(err)
		}
		defer f.Close()
		if f.Fd() > 1024 {
			break
		}
	}
	line := dial(t, p.Link())
	p.Write([]byte("x"))
	line.SetReadDeadline(time.Now().Add(5 * time.Second))
	read(t, line, 1)
}

// A line on which nothing is said costs the board nothing: whoever waits for it is woken by bytes and by its deadline.
func TestASilentLineWakesNobody(t *testing.T) {
	line := dial(t, openPTY(t).Link())
	switches := func() int64 {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return int64(u.Nvcsw)
	}
	least := int64(math.MaxInt64) // other tests' goroutines may still have something to do
	for range 25 {
		before := switches()
		line.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if _, err := line.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("Read = %v", err)
		}
		if least = min(least, switches()-before); least <= 8 {
			return
		}
	}
	t.Errorf("0.2 s of silence took %d switches", least)
}

// A child, such as the guard of the outputs, must not keep the port open when crema has given it back.
func TestChildrenDontInheritThePort(t *testing.T) {
	p := openPTY(t)
	dial(t, p.Link())
	real, _ := os.Readlink(p.Link())
	out, err := exec.Command("ls", "-l", "/proc/self/fd").CombinedOutput()
	if err != nil || bytes.Contains(out, []byte(real+"\n")) {
		t.Errorf("%v, a child has open:\n%s", err, out)
	}
}

func TestOneAtATime(t *testing.T) {
	p := openPTY(t)
	line := dial(t, p.Link())
	other := filepath.Join(t.TempDir(), "other-name")
	real, _ := os.Readlink(p.Link())
	if err := os.Symlink(real, other); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{p.Link(), other, real} {
		if msg := refused(t, path); !strings.Contains(msg, "in use by this program itself") {
			t.Errorf("a second open: %s", msg)
		}
	}
	line.Close()
	dial(t, other)
}

// The test binary itself is the other program.
func TestMain(m *testing.M) {
	path := os.Getenv("SERIAL_TEST_HOLD")
	if path == "" {
		os.Exit(m.Run())
	}
	if _, err := serial.Dialer(path, 9600)(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	select {}
}

func TestAnotherProgramIsNamedAndItsDeathFreesThePort(t *testing.T) {
	p := openPTY(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SERIAL_TEST_HOLD="+p.Link())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 64)
	n, _ := out.Read(said)
	if string(said[:n]) != "held\n" {
		t.Fatalf("the other program said %q", said[:n])
	}
	if msg := refused(t, p.Link()); !strings.Contains(msg, fmt.Sprintf("serial.test (process %d)", cmd.Process.Pid)) {
		t.Errorf("a port in use: %s", msg)
	}
	cmd.Process.Kill()
	cmd.Wait()
	dial(t, p.Link())
}

func lockFile(t *testing.T, link string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(link)
	if err != nil {
		t.Fatal(err)
	}
	dir := "/run/lock"
	if unix.Access(dir, unix.W_OK) != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "LCK..pts_"+filepath.Base(real))
}

func TestLockFilesOfOtherPrograms(t *testing.T) {
	p := openPTY(t)
	path := lockFile(t, p.Link())
	t.Cleanup(func() { os.Remove(path) })

	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	for _, stale := range []string{
		fmt.Sprintf("%10d\n", dead.Process.Pid),
		fmt.Sprintf("%10d\nflock\n", os.Getppid()), // ours, its number taken by a process that has nothing to do with it
		"", "garbage", "-7\n",
	} {
		if err := os.WriteFile(path, []byte(stale), 0o644); err != nil {
			t.Fatal(err)
		}
		line := dial(t, p.Link())
		if b, _ := os.ReadFile(path); !strings.HasPrefix(string(b), fmt.Sprintf("%10d\n", os.Getpid())) {
			t.Errorf("%q was not taken over: %q", stale, b)
		}
		line.Close()
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the lock file is left behind: %v", err)
		}
	}

	if err := os.WriteFile(path, fmt.Appendf(nil, "%10d minicom root\n", os.Getppid()), 0o644); err != nil {
		t.Fatal(err)
	}
	if msg := refused(t, p.Link()); !strings.Contains(msg, fmt.Sprintf("(process %d)", os.Getppid())) || !strings.Contains(msg, path) {
		t.Errorf("a port that a living program locks: %s", msg)
	}
	if b, _ := os.ReadFile(path); !strings.Contains(string(b), "minicom") {
		t.Error("the living program's lock file was touched")
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "absent"): "is not there: plug the machine in",
		file:                         "is not a serial port",
		dir:                          "is not a serial port",
		"/dev/null":                  "is not a serial port",
		"":                           "no port is given",
	} {
		if msg := refused(t, path); !strings.Contains(msg, want) {
			t.Errorf("%q: %s", path, msg)
		}
	}
	if _, err := serial.Dialer(file, 9601)(t.Context()); err == nil || !strings.Contains(err.Error(), "9601 baud") {
		t.Errorf("9601 baud: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := serial.Dialer(openPTY(t).Link(), 9600)(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with its context ended: %v", err)
	}
}

func TestAPortThatTheKernelRefuses(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become another user for this")
	}
	bin := filepath.Join("/tmp", fmt.Sprintf("serial-test-%d", os.Getpid()))
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bin, self, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(bin) })
	for name, c := range map[string]struct {
		mode   os.FileMode
		taken  bool
		advice string
	}{
		"may not be opened by this user": {0o620, false, "usermod -a -G"},
		"is in use by another program":   {0o666, true, "fuser -v"},
	} {
		t.Run(name, func(t *testing.T) {
			p := openPTY(t)
			real, _ := os.Readlink(p.Link())
			if err := os.Chmod(real, c.mode); err != nil {
				t.Fatal(err)
			}
			if c.taken { // by a program that knows nothing of lock files
				f, err := os.OpenFile(real, os.O_RDWR|unix.O_NOCTTY, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if err := unix.IoctlSetInt(int(f.Fd()), unix.TIOCEXCL, 0); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(bin)
			cmd.Env = append(os.Environ(), "SERIAL_TEST_HOLD="+real)
			cmd.SysProcAttr = asNobody()
			out, _ := cmd.CombinedOutput()
			if !strings.Contains(string(out), name) || !strings.Contains(string(out), c.advice) {
				t.Errorf("another user's port: %s", out)
			}
		})
	}
}

func TestRecord(t *testing.T) {
	p := openPTY(t)
	var trace bytes.Buffer
	line, err := serial.Record(serial.Dialer(p.Link(), 9600), &trace)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	line.Write([]byte(">01,ID*20\r\n"))
	p.Write([]byte("<00,UP,7*32\r\n"))
	line.SetReadDeadline(time.Now().Add(5 * time.Second))
	read(t, line, 13)
	got := trace.String()
	if !strings.HasPrefix(got, "> ") || !strings.Contains(got, `">01,ID*20\r\n"`) || !strings.Contains(got, `"<00,UP,7*32\r\n"`) {
		t.Errorf("the trace: %s", got)
	}
}
