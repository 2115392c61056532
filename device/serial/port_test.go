package serial_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	line := dial(t, p.Link())
	start := time.Now()
	_, err := line.Write(make([]byte, 1<<20)) // nobody reads at the far end
	if !errors.Is(err, device.ErrLineLost) {
		t.Errorf("Write = %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
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

func TestAPortOfAnotherGroup(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become another user for this")
	}
	p := openPTY(t)
	real, _ := os.Readlink(p.Link())
	if err := os.Chmod(real, 0o620); err != nil {
		t.Fatal(err)
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
	cmd := exec.Command(bin)
	cmd.Env = append(os.Environ(), "SERIAL_TEST_HOLD="+real)
	cmd.SysProcAttr = asNobody()
	out, _ := cmd.CombinedOutput()
	if !strings.Contains(string(out), "may not be opened by this user") || !strings.Contains(string(out), "usermod -a -G") {
		t.Errorf("another user's port: %s", out)
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
