package e2e

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestWatchdog is the program under systemd, which is played by the test: it hears from
// the program while that runs, and nothing while the kernel gives it no time.
func TestWatchdog(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	socket := filepath.Join(w.dir, "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	must(t, err)
	defer l.Close()
	hears := func(word string) {
		t.Helper()
		must(t, l.SetReadDeadline(time.Now().Add(patience)))
		for got := ""; got != word; {
			var buf [64]byte
			n, err := l.Read(buf[:])
			if err != nil {
				t.Fatalf("%s is not heard: %v", word, err)
			}
			got = string(buf[:n])
		}
	}
	// What the program before left: its queue had stood still.
	must(t, w.mkdir("data"))
	w.write("data/watchdog", `{"stuck":{"loop":"the queue","since":"2026-11-22T10:00:00Z","boot":"another","doing":"queue.(*Queue).see"}}`)
	w.start(func(c *exec.Cmd) {
		c.Env = append(os.Environ(), "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=400000")
	})
	hears("READY=1")
	hears("WATCHDOG=1")
	told := []string{"A part of crema stood still", "the queue, made no progress from 2026-11-22 10:00:00 UTC on, so the board was restarted", "queue.(*Queue).see"}
	contains(t, "the page", w.page(), told...)

	must(t, w.board.Process.Signal(syscall.SIGSTOP))
	w.until("the program stands still", patience, func() bool {
		b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(w.board.Process.Pid), "stat"))
		must(t, err)
		_, rest, _ := strings.Cut(string(b), ") ")
		return strings.HasPrefix(rest, "T")
	})
	must(t, l.SetReadDeadline(time.Now().Add(50*time.Millisecond))) // what it had said before
	for buf := make([]byte, 64); err == nil; {
		_, err = l.Read(buf)
	}
	must(t, l.SetReadDeadline(time.Now().Add(time.Second)))
	if _, err := l.Read(make([]byte, 64)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a program that has stopped is heard: %v", err)
	}
	must(t, w.board.Process.Signal(syscall.SIGCONT))
	hears("WATCHDOG=1")
	if status, h := w.healthz(); status != 200 {
		t.Errorf("it goes on, and healthz is %d %+v", status, h)
	}
	must(t, w.board.Process.Signal(syscall.SIGTERM))
	hears("STOPPING=1")
	<-w.dead
	w.board = nil

	// Once is enough; a device that is not there is told in words.
	w.start()
	w.up()
	if n := strings.Count(w.page(), told[1]); n != 1 {
		t.Errorf("after another start the page tells it %d times", n)
	}
	if code, _ := w.end(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	w.write("crema.toml", "watchdog = \"/dev/no-watchdog\"\n"+w.oneBackend("2900"))
	w.cmd("serve").expect(t, "a watchdog that is not there", 1, "the watchdog /dev/no-watchdog can't be used", "take `watchdog` out of the configuration")
}
