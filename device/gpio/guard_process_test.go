package gpio_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"crema/device/gpio"
)

// TestMain is the guard where it is started as one. Its first output names the pipe on which it
// tells of itself: it has no environment.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == replaced {
		os.Exit(guardOfTheReplaced(os.Args[2]))
	}
	if len(os.Args) < 3 || os.Args[1] != gpio.GuardCommand {
		os.Exit(m.Run())
	}
	tells, err := os.OpenFile(os.Args[2], os.O_WRONLY, 0)
	if err != nil {
		os.Exit(1)
	}
	fmt.Fprintln(tells, os.Getpid(), strings.Join(os.Args[3:], " "), len(os.Environ()))
	told, err := io.ReadAll(os.Stdin)
	fmt.Fprintf(tells, "%s %v\n", told, err)
}

// replaced is the first argument of a copy of this program that another takes the place of, before it has a guard.
const replaced = "replaced"

func guardOfTheReplaced(tells string) int {
	self, err := os.Executable()
	if err == nil {
		err = os.Rename(self+".new", self)
	}
	var guard gpio.Guard
	if err == nil {
		guard, err = gpio.Chips{Consumer: "test"}.Guard([]string{tells})
	}
	if err == nil {
		_, _ = os.Stdin.Read(make([]byte, 1)) // its end: the test has heard of the guard
		err = guard.Close(true)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// The guard is the program that runs, also where another version has its place meanwhile.
func TestGuardOfAProgramThatWasReplaced(t *testing.T) {
	path, lines := told(t)
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	self := filepath.Join(t.TempDir(), "crema")
	if err := errors.Join(os.WriteFile(self, program, 0o755), os.WriteFile(self+".new", []byte("#!/bin/sh\necho the other version >&2\nexit 1\n"), 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, replaced, path)
	var said strings.Builder
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stood := make(chan struct{})
	go func() { begun(t, lines); close(stood) }()
	select {
	case <-stood:
		in.Close()
		if err := <-ended; err != nil {
			t.Errorf("%v: %s", err, &said)
		}
	case <-time.After(5 * time.Second): // it is tried anew without end
		t.Errorf("no guard of its own stands: %s", &said)
		cmd.Process.Kill()
		<-ended
		fmt.Fprintln(must(os.OpenFile(path, os.O_WRONLY, 0)), 0)
		<-stood
	}
}

func must(f *os.File, err error) *os.File {
	if err != nil {
		panic(err)
	}
	return f
}

// told are the lines that the guards of a test tell; path is their first output.
func told(t *testing.T) (path string, lines *bufio.Reader) {
	path = filepath.Join(t.TempDir(), "tells")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	tells, err := os.OpenFile(path, os.O_RDWR, 0) // its own writer, so that it never ends
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tells.Close() })
	return path, bufio.NewReader(tells)
}

// begun is the number of a guard that has begun.
func begun(t *testing.T, lines *bufio.Reader) (pid int) {
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(line, "%d", &pid); err != nil {
		t.Fatalf("the guard told %q: %v", line, err)
	}
	return pid
}

func guardOf(t *testing.T, outputs ...string) gpio.Guard {
	guard, err := gpio.Chips{Consumer: "test"}.Guard(outputs)
	if err != nil {
		t.Fatal(err)
	}
	return guard
}

// until waits for what other processes do.
func until(is func() bool) {
	for !is() {
		time.Sleep(time.Millisecond)
	}
}

// The guard that is killed is followed by another, which hears of the end.
func TestGuardIsStartedAnew(t *testing.T) {
	path, lines := told(t)
	t.Setenv("CREMA_ODOO_API_KEY", "secret")
	guard := guardOf(t, path, "A", "B")
	var pids [2]int
	for n := range pids {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(line, "%d A B 1\n", &pids[n]); err != nil {
			t.Fatalf("the guard was started with %q: %v", line, err)
		}
		if n == 0 {
			if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if pids[0] == pids[1] {
		t.Errorf("both have the number %d", pids[0])
	}
	if err := guard.Close(true); err != nil {
		t.Errorf("Close = %v", err)
	}
	if line, err := lines.ReadString('\n'); err != nil || line != "k <nil>\n" {
		t.Errorf("the guard was told %q, %v", line, err)
	}
}

// Close while a guard is dead does not wait for another.
func TestGuardThatDiedIsClosed(t *testing.T) {
	nothing := filepath.Join(t.TempDir(), "nothing") // it ends at once
	guard := guardOf(t, nothing)
	_ = guard.Close(true) // it may say how the guard ended
}

// A guard that can't be started anew is told of, until one can.
func TestGuardThatCannotBeStartedIsTold(t *testing.T) {
	path, lines := told(t)
	guard := guardOf(t, path)
	pid := begun(t, lines)
	if err := guard.Err(); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 0, Max: files.Max}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(func() bool { return guard.Err() != nil })
	if err := guard.Err(); !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("killed: %v", err)
	}
	until(func() bool { return errors.Is(guard.Err(), syscall.EMFILE) })
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	begun(t, lines)
	until(func() bool { return guard.Err() == nil })
	if err := guard.Close(true); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// One that stands still is not waited for without end.
func TestGuardThatDoesNotEndIsKilled(t *testing.T) {
	path, lines := told(t)
	guard := guardOf(t, path)
	pid := begun(t, lines)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := guard.Close(true); err == nil || !strings.Contains(err.Error(), "did not end") {
		t.Errorf("Close = %v", err)
	}
	until(func() bool { return syscall.Kill(pid, 0) != nil })
}

// Where not all is well the guard acts as if its program were gone.
func TestGuardThatIsNotToldAllIsWell(t *testing.T) {
	path, lines := told(t)
	guard := guardOf(t, path)
	begun(t, lines)
	if err := guard.Close(false); err != nil {
		t.Errorf("Close = %v", err)
	}
	if line, err := lines.ReadString('\n'); err != nil || line != " <nil>\n" {
		t.Errorf("the guard was told %q, %v", line, err)
	}
	path, lines = told(t)
	guard = guardOf(t, path)
	if err := syscall.Kill(begun(t, lines), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(func() bool { return guard.Err() != nil })
	if err := guard.Close(false); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("Close, with nobody to act: %v", err)
	}
}
