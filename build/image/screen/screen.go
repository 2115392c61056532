package screen

import (
	"bytes"
	"io"
	"os"
	"time"
)

// waiting is how many texts may wait to be shown.
const waiting = 1024

// A Screen shows what is written to it, from a goroutine of its own: one that is held (Ctrl-S), slow or broken holds nobody up.
// What it has no room for then is lost. Its methods may be called concurrently.
type Screen struct{ texts chan text }

type text struct {
	bytes []byte
	shown chan struct{} // closed when it is; nil where nobody waits
}

// Open is the screen at a device, or standard error, which gokrazy keeps, where that can't be opened.
func Open(device string) *Screen {
	f, err := os.OpenFile(device, os.O_WRONLY, 0)
	if err != nil {
		f = os.Stderr
	}
	return on(f)
}

func on(w io.Writer) *Screen {
	s := &Screen{make(chan text, waiting)}
	go func() {
		for t := range s.texts {
			_, _ = w.Write(t.bytes) // nobody could be told
			if t.shown != nil {
				close(t.shown)
			}
		}
	}()
	return s
}

// Write shows p soon. It does not wait, and never fails.
func (s *Screen) Write(p []byte) (int, error) {
	select {
	case s.texts <- text{bytes: bytes.Clone(p)}:
	default:
	}
	return len(p), nil
}

// Flush waits until all that was written is shown, but not longer than a time.
func (s *Screen) Flush(longest time.Duration) {
	late := time.After(longest)
	shown := make(chan struct{})
	select {
	case s.texts <- text{shown: shown}:
	case <-late:
		return
	}
	select {
	case <-shown:
	case <-late:
	}
}
