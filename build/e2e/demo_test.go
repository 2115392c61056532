package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// TestDemo starts the demo, as somebody does who wants to see crema: it sells and books by
// itself, ends when it is asked to, and goes on where it was.
func TestDemo(t *testing.T) {
	t.Parallel()
	w := bareWorld(t)
	if err := os.Symlink("board", filepath.Join(w.dir, "data")); err != nil { // where the world looks for its board
		t.Fatal(err)
	}
	had := 0
	for range 2 {
		said := new(spoken)
		w.board = exec.Command(crema, "demo", "--data", w.dir, "--listen", "127.0.0.1:0", "--buy", "900")
		w.board.Stdout, w.board.Stderr = said, w.log
		w.board.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := w.board.Start(); err != nil {
			t.Fatal(err)
		}
		dead, cmd := make(chan struct{}), w.board
		w.dead = dead
		go func() { defer close(dead); _ = cmd.Wait() }()
		now := 0
		w.until("more cups are booked", patience, func() bool {
			list, _ := w.cups("booked")
			now = len(list)
			return now >= had+10
		})
		contains(t, "the demo", said.String(), "listening on http://127.0.0.1:", "this link logs in once")
		if code, _ := w.end(syscall.SIGTERM); code != 0 {
			t.Errorf("the demo ended with exit code %d", code)
		}
		had = now
	}
}

// spoken is what a process has said until now.
type spoken struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *spoken) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *spoken) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
