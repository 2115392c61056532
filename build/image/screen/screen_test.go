package screen

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A held is a screen that shows nothing until it is let go, and fails then.
type held struct {
	let   chan struct{}
	shown strings.Builder
}

func (h *held) Write(p []byte) (int, error) {
	<-h.let
	h.shown.Write(p)
	return 0, errors.New("it is gone")
}

// Whoever writes is not held up by a screen that is, and hears of no error; what there is room for is shown in the end.
func TestHeld(t *testing.T) {
	h := &held{let: make(chan struct{})}
	s := on(h)
	for range 3 * waiting {
		if n, err := io.WriteString(s, "x"); n != 1 || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	s.Flush(time.Millisecond) // does not wait for ever
	close(h.let)
	s.Flush(time.Hour)
	if n := strings.Count(h.shown.String(), "x"); n < waiting || n > waiting+1 {
		t.Errorf("%d of %d are shown, want %d", n, 3*waiting, waiting)
	}
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := Open(path)
	p := []byte("crema")
	_, _ = s.Write(p)
	p[0] = 'X' // the caller's again
	s.Flush(time.Hour)
	if text, err := os.ReadFile(path); err != nil || string(text) != "crema" {
		t.Errorf("%q, %v", text, err)
	}
}
