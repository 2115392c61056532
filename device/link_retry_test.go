package device_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
)

// tried is how often it was connected until now.
func (m *scripted) tried() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.tries)
}

// TestLinkRetry: who has put the cable right need not wait a quarter of an hour; who
// presses again and again does not lock anybody out.
func TestLinkRetry(t *testing.T) {
	for _, c := range []struct {
		err     error
		hurried bool
	}{
		{device.ErrNoReply, true},
		{errors.New("no such port"), true},
		{&device.WrongModelError{Want: "1900", Got: "2900"}, true},
		{device.ErrLogin, false},
		{&device.LockedOutError{Wait: time.Minute}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			var mended atomic.Bool
			m := newScripted(func(int) error {
				time.Sleep(2 * time.Second) // a try takes its time
				if mended.Load() {
					return nil
				}
				return c.err
			})
			l := device.NewLink(m, device.LinkOptions{})
			stop := run(t, l)
			time.Sleep(time.Hour + 7*time.Second)
			state, tries, began := l.Health().State, m.tried(), time.Now()
			for range 3 {
				l.Retry(t.Context())
			}
			if took := time.Since(began); took > 3*2*time.Second {
				t.Errorf("%v: three retries took %s", c.err, took)
			}
			if n := m.tried() - tries; (n > 0) != c.hurried || n > 4 || l.Health().State != state {
				t.Errorf("%v: three retries made %d tries, the state is %s", c.err, n, l.Health().State)
			}
			if !c.hurried {
				return
			}
			tries = m.tried()
			time.Sleep(time.Hour)
			if n := m.tried() - tries; n < 3 {
				t.Errorf("%v: in the hour after the retries there were %d tries", c.err, n)
			}
			mended.Store(true)
			l.Retry(t.Context())
			l.Retry(t.Context()) // the one before may have met a try that had begun
			if s := l.Health().State; s != device.LinkConnected {
				t.Errorf("%v: mended and retried, the state is %s", c.err, s)
			}
			l.Retry(t.Context()) // connected: at once
			stop()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			l.Retry(ctx)
			if ctx.Err() == nil {
				t.Error("a link that has ended tried to connect")
			}
		})
	}
}

// TestLinkRetryCostsNoWait: whoever tried in vain many times, and then leaves, finds
// the machine connected a minute after the cable was put right.
func TestLinkRetryCostsNoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mended atomic.Bool
		m := newScripted(func(int) error {
			if mended.Load() {
				return nil
			}
			return &device.WrongModelError{Want: "1900", Got: "2900"}
		})
		l := device.NewLink(m, device.LinkOptions{})
		run(t, l)
		for range 20 {
			synctest.Wait()
			l.Retry(t.Context())
		}
		synctest.Wait()
		mended.Store(true)
		time.Sleep(80 * time.Second)
		if s := l.Health().State; s != device.LinkConnected {
			t.Errorf("after 80 s the state is %s", s)
		}
	})
}
