package coffee2900_test

import (
	"os"
	"sync"
	"time"

	"crema/device"
)

// stuckLine never takes nor gives an octet.
type stuckLine struct {
	closed, expired chan struct{}
	close, expire   sync.Once
}

func newStuckLine() *stuckLine {
	return &stuckLine{closed: make(chan struct{}), expired: make(chan struct{})}
}

func (l *stuckLine) Read([]byte) (int, error) {
	select {
	case <-l.closed:
		return 0, device.ErrLineLost
	case <-l.expired:
		return 0, os.ErrDeadlineExceeded
	}
}

func (l *stuckLine) Write([]byte) (int, error) {
	<-l.closed
	return 0, device.ErrLineLost
}

func (l *stuckLine) SetReadDeadline(t time.Time) error {
	if !t.IsZero() {
		l.expire.Do(func() { close(l.expired) })
	}
	return nil
}

func (l *stuckLine) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}
