package e2e

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onDisk gives the board's data a disk of their own of so many MiB. Only root may mount
// one; for others the test is skipped.
func (w *world) onDisk(mib string) {
	w.t.Helper()
	dir := filepath.Join(w.dir, "data")
	if err := w.mkdir("data"); err != nil {
		w.t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+mib+"m"); err != nil {
		w.t.Skipf("no disk can be mounted here: %v", err)
	}
	w.t.Cleanup(func() {
		w.kill()
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			w.t.Error(err)
		}
	})
}

// fill leaves no room on the board's disk; empty gives it back.
func (w *world) fill() (empty func()) {
	w.t.Helper()
	path := w.data("somebody-elses")
	f, err := os.Create(path)
	if err != nil {
		w.t.Fatal(err)
	}
	for part := make([]byte, 1<<20); len(part) > 0; {
		if _, err = f.Write(part); err != nil {
			part = part[:len(part)/2]
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		w.t.Fatal(err)
	}
	f.Close()
	return func() {
		if err := os.Remove(path); err != nil {
			w.t.Fatal(err)
		}
	}
}

// tryStart starts the board and waits until it answers, or has ended: then it tells with
// what words.
func (w *world) tryStart() (words string) {
	w.t.Helper()
	if err := os.Remove(w.data("api.addr")); err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.EROFS) {
		w.t.Fatal(err)
	}
	var said strings.Builder
	board := exec.Command(crema, "serve", "--config", filepath.Join(w.dir, "crema.toml"))
	board.Stdout, board.Stderr = w.log, &said
	board.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := board.Start(); err != nil {
		w.t.Fatal(err)
	}
	dead := make(chan struct{})
	go func() { defer close(dead); _ = board.Wait() }()
	ended := func() bool {
		select {
		case <-dead:
			return true
		default:
			return false
		}
	}
	w.until("the board answers or ends", patience, func() bool { return ended() || w.api("GET", "status", nil) })
	if ended() {
		return said.String()
	}
	w.board, w.dead = board, dead
	return ""
}

// TestFullDisk fills the board's disk while customers buy, cuts the power on the full disk,
// and makes room again. It says why as long as nothing can be kept; the machines remember
// meanwhile, and in the end every cup is booked once.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onDisk("96")
	w.begin()
	lobby, kitchen := w.customers(w.lobby, 60*time.Millisecond), w.customers(w.kitchen, 60*time.Millisecond)
	for range length(1, 2, 10) {
		empty := w.fill()
		w.until("healthz says that the disk is full", patience, func() bool {
			status, h := w.healthz()
			return status == http.StatusServiceUnavailable && strings.Contains(h.FirstError, "full") && strings.Contains(h.FirstError, "make room on the disk that holds "+filepath.Join(w.dir, "data"))
		})
		contains(t, "the page", w.page(), "can’t keep what happens", "make room")
		w.pause(w.random(300*time.Millisecond, 2*time.Second))
		if w.rng.IntN(2) == 0 {
			w.kill()
			if words := w.tryStart(); words != "" {
				contains(t, "a start on a full disk", words, "no space left on device")
				empty()
				w.start()
			} else {
				empty()
			}
		} else {
			empty()
		}
		w.up()
		w.until("healthz is content", patience, func() bool { status, _ := w.healthz(); return status == http.StatusOK })
	}
	lobby()
	kitchen()
	w.settle(2 * time.Minute)
	w.compare()
}

// TestReadOnlyDisk starts the board on a disk that can't be written, as a card becomes that
// is worn out: it ends and says why, and goes on once it can be written again.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onDisk("96")
	w.begin()
	lobby, kitchen := w.customers(w.lobby, 60*time.Millisecond), w.customers(w.kitchen, 60*time.Millisecond)
	w.pause(w.random(300*time.Millisecond, time.Second))
	w.kill()
	dir := filepath.Join(w.dir, "data")
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, "size=96m"); err != nil {
		t.Fatal(err)
	}
	if words := w.tryStart(); !strings.Contains(words, dir) || !strings.Contains(words, "read-only") {
		t.Errorf("a start on a disk that can't be written: %q", words)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=96m"); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.up()
	lobby()
	kitchen()
	w.settle(2 * time.Minute)
	w.compare()
}
