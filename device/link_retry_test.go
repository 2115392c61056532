package device_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
)

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
			state, tries, began := l.Health().State, m.count(), time.Now()
			for range 3 {
				l.Retry(t.Context())
			}
			if took := time.Since(began); took > 3*2*time.Second {
				t.Errorf("%v: three retries took %s", c.err, took)
			}
			if n := m.count() - tries; (n > 0) != c.hurried || n > 4 || l.Health().State != state {
				t.Errorf("%v: three retries made %d tries, the state is %s", c.err, n, l.Health().State)
			}
			if !c.hurried {
				return
			}
			tries = m.count()
			time.Sleep(time.Hour)
			if n := m.count() - tries; n < 3 {
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
			tries = m.count()
			l.Retry(t.Context()) // nobody tries any more: at once
			if n := m.count() - tries; n != 0 {
				t.Errorf("a link that has ended tried to connect %d times", n)
			}
			mended.Store(false) // and run once more it is as it was
			stop = run(t, l)
			l.Retry(t.Context())
			if n := m.count() - tries; n == 0 {
				t.Error("a link that is run again does not try to connect")
			}
			stop()
		})
	}
}

// TestLinkRetryAsTheLinkEnds: who asked for a try that never comes is not left waiting.
func TestLinkRetryAsTheLinkEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trying := make(chan struct{})
		m := newScripted(func(n int) error {
			if n > 1 {
				<-trying // the second try takes until the link ends
			}
			return device.ErrNoReply
		})
		l := device.NewLink(m, device.LinkOptions{})
		stop := run(t, l)
		synctest.Wait()
		returned := make(chan struct{})
		go func() {
			defer close(returned)
			l.Retry(t.Context())
		}()
		synctest.Wait()
		go stop()
		synctest.Wait()
		close(trying)
		<-returned
	})
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
