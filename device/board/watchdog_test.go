package board

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bowl is a watchdog's device that remembers when it was fed.
type bowl struct {
	mu     sync.Mutex
	fed    []time.Time
	closed bool
	hang   time.Duration // the next feeding takes so long
}

func (b *bowl) every() time.Duration { return 5 * time.Second }

func (b *bowl) feed() error {
	b.mu.Lock()
	hang := b.hang
	b.hang = 0
	b.mu.Unlock()
	time.Sleep(hang)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fed = append(b.fed, time.Now())
	return nil
}

func (b *bowl) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

// last is how long ago it was fed last.
func (b *bowl) last() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.fed) == 0 {
		return 1 << 62
	}
	return time.Since(b.fed[len(b.fed)-1])
}

// watch opens a watchdog on a bowl until the test ends.
func watch(t *testing.T, path string) (*Watchdog, *bowl) {
	t.Helper()
	b := new(bowl)
	d := newWatchdog(WatchdogOptions{Note: path}, "this boot", false, []feeder{b})
	d.Ready()
	t.Cleanup(func() {
		if err := d.Close(); err != nil || !b.closed {
			t.Errorf("close: %v; the device was told: %v", err, b.closed)
		}
	})
	return d, b
}

func TestWatchdogFeedsWhileAllLoopsSpeak(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	synctest.Test(t, func(t *testing.T) {
		d, b := watch(t, path)
		busy, idle, short := d.Loop("busy"), d.Loop("idle"), d.Loop("short")
		idle(time.Hour) // as it says, for a driver's own time
		short(time.Second)
		short(0) // it has ended
		for range 600 {
			busy(7 * time.Second)
			time.Sleep(5 * time.Second)
			if b.last() > 5*time.Second || len(d.Stuck()) != 0 {
				t.Fatalf("all speak in time, and it was fed %s ago; stuck: %v", b.last(), d.Stuck())
			}
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a note was written: %v", err)
		}
		idle(0)
		busy(0)
	})
}

func TestWatchdogStopsFeeding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	synctest.Test(t, func(t *testing.T) {
		d, b := watch(t, path)
		good, bad := d.Loop("good"), d.Loop("bad")
		release := make(chan struct{})
		go func() {
			bad(time.Minute)
			freezes(release)
			bad(time.Minute)
		}()
		for range 12 {
			good(time.Minute)
			time.Sleep(10 * time.Second)
		}
		if fed := b.last(); fed < 50*time.Second {
			t.Errorf("one was silent for two minutes, and it was fed %s ago", fed)
		}
		if s := d.Stuck(); len(s) != 1 || s[0].Loop != "bad" {
			t.Errorf("stuck is %v", s)
		}
		next := newWatchdog(WatchdogOptions{Note: path}, "the next boot", false, nil)
		defer next.Close()
		if s, ok := next.Last(); !ok || s.Loop != "bad" || next.SameBoot(s) || !strings.Contains(s.Doing, "board.freezes ← ") {
			t.Errorf("the next start is told %+v, %v", s, ok)
		}
		// It goes on after all: nothing is to be told any more.
		close(release)
		good(time.Minute)
		time.Sleep(6 * time.Second)
		if s := d.Stuck(); len(s) != 0 || b.last() > 5*time.Second {
			t.Errorf("all go on, and stuck is %v, fed %s ago", s, b.last())
		}
		d.noting.Wait()
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the note is still there: %v", err)
		}
	})
}

// freezes is what a loop hangs in.
func freezes(release <-chan struct{}) { <-release }

// TestWatchdogItselfHeldUp is a program that was stopped as a whole: its loops had no time.
func TestWatchdogItselfHeldUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	synctest.Test(t, func(t *testing.T) {
		d, b := watch(t, path)
		alive := d.Loop("stopped with it")
		alive(time.Minute)
		b.mu.Lock()
		b.hang = time.Hour
		b.mu.Unlock()
		time.Sleep(time.Hour + 20*time.Second)
		if s := d.Stuck(); len(s) != 0 || b.last() > 5*time.Second {
			t.Errorf("stuck is %v, fed %s ago", s, b.last())
		}
		time.Sleep(time.Minute)
		if s := d.Stuck(); len(s) != 1 {
			t.Errorf("it is still silent, and stuck is %v", s)
		}
	})
}

func TestWatchdogOfAStartThatHangs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	synctest.Test(t, func(t *testing.T) {
		b := new(bowl)
		d := newWatchdog(WatchdogOptions{Note: path}, "this boot", false, []feeder{b})
		defer d.Close()
		time.Sleep(startWithin)
		if b.last() > 5*time.Second {
			t.Errorf("a long start is stopped: fed %s ago", b.last())
		}
		time.Sleep(time.Minute)
		if b.last() < 30*time.Second {
			t.Error("a start that hangs is fed for ever")
		}
		d.Ready()
		d.Ending()
		time.Sleep(endWithin + time.Minute)
		if s := d.Stuck(); len(s) != 1 || !strings.Contains(s[0].Loop, "end") {
			t.Errorf("an end that hangs: stuck is %v", s)
		}
	})
}

func TestWatchdogNote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	open := func(boot string, reset bool) *Watchdog {
		d := newWatchdog(WatchdogOptions{Note: path}, boot, reset, nil)
		t.Cleanup(func() { d.Close() })
		return d
	}
	if s, ok := open("1", false).Last(); ok {
		t.Errorf("a first start is told %v", s)
	}
	open("1", false).writeNote(Stuck{Loop: "the store", Boot: "1"})
	d := open("1", false)
	if s, ok := d.Last(); !ok || s.Loop != "the store" || !d.SameBoot(s) {
		t.Errorf("told %v, %v", s, ok)
	}
	if s, ok := open("2", true).Last(); !ok || s.Loop != "the store" {
		t.Errorf("not committed yet, and now told %v, %v", s, ok)
	}
	d = open("2", true)
	if err := d.Told(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d = open("2", true)
		if s, ok := d.Last(); ok {
			t.Errorf("told again: %v", s)
		}
		d.writeNote(Stuck{Loop: "the store", Boot: "2"})
		d.removeNote() // it went on
	}
	if s, ok := open("3", true).Last(); !ok || s.Loop != "" || open("3", true).SameBoot(s) {
		t.Errorf("the device had the board restarted, and nobody says why: %v, %v", s, ok)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, ok := open("3", false).Last(); ok {
		t.Errorf("a torn note tells %v", s)
	}
}

// TestWatchdogNoteOfASlowDisk: what is noted late is what is so by then, in whatever order those who note it come to it.
func TestWatchdogNoteOfASlowDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	d := newWatchdog(WatchdogOptions{Note: path}, "1", false, nil)
	defer d.Close()
	set := func(stuck ...Stuck) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.stuck = stuck
	}
	for range 20 {
		d.note.Lock() // the disk stands still
		for n := range 6 {
			if set(); n%2 == 0 {
				set(Stuck{Loop: "the store", Boot: "1"})
			}
			d.noting.Go(d.keepNote)
		}
		d.note.Unlock()
		d.noting.Wait()
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("all goes on, and a note says that it does not: %v", err)
		}
	}
	set(Stuck{Loop: "the store", Boot: "1"})
	d.keepNote()
	if s := d.readNote(false); s.Loop != "the store" {
		t.Errorf("the note tells %+v", s)
	}
	set()
	d.keepNote()
}

func TestWatchdogDevice(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, words := range map[string]string{
		filepath.Join(dir, "none"): "no such file or directory: load the driver",
		file:                       "is no watchdog",
		"/dev/null":                "is no watchdog",
		dir:                        "is a directory",
	} {
		d, err := OpenWatchdog(WatchdogOptions{Device: path})
		if err == nil {
			d.Close()
		}
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), "take `watchdog` out of the configuration") {
			t.Errorf("%s: %v, want %q", path, err, words)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "V" {
		t.Errorf("what was opened in vain was told %q, %v: want its magic end", b, err)
	}
}

func TestWatchdogOfSystemd(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	heard := func() string {
		var buf [64]byte
		n, err := l.Read(buf[:])
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	t.Setenv("NOTIFY_SOCKET", socket)
	d, err := OpenWatchdog(WatchdogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Restarts() {
		t.Error("a unit without WatchdogSec is said to restart")
	}
	d.Ready()
	if got := heard(); got != "READY=1" {
		t.Errorf("it says %q first", got)
	}
	d.Ending()
	if got := heard(); got != "STOPPING=1" {
		t.Errorf("then it says %q", got)
	}
	d.Close()

	t.Setenv("WATCHDOG_USEC", "40000")
	if d, err = OpenWatchdog(WatchdogOptions{}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := heard(); got != "WATCHDOG=1" || !d.Restarts() {
			t.Errorf("it says %q; restarts: %v", got, d.Restarts())
		}
	}
	d.Close()
	t.Setenv("WATCHDOG_PID", "1")
	if s := systemdOf(); s.timeout != 0 {
		t.Error("another process's watchdog is fed")
	}
}
