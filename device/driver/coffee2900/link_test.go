package coffee2900_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
	"crema/device/driver/coffee2900"
	"crema/device/sim"
	sim2900 "crema/device/sim/coffee2900"
)

var renamed = "Ristretto"

// A reply that is lost: the very same frame again, and the machine does it once.
func TestLostReplyIsAskedForAgainWithTheSameFrame(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		old, err := m.ReadSlot(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		w.took()
		w.set(nil, first(2, ofType(2), drop))
		start := time.Now()
		now, err := m.WriteSlot(t.Context(), old, device.SlotChange{Name: &renamed})
		if err != nil || now.Name != renamed || now.Rev != old.Rev+1 {
			t.Fatalf("WriteSlot = %+v, %v", now, err)
		}
		within(t, start, 800*time.Millisecond, 801*time.Millisecond)
		sent := w.took()
		if len(sent) != 4 || !bytes.Equal(sent[0], sent[1]) || !bytes.Equal(sent[1], sent[2]) || bytes.Equal(sent[2], sent[3]) {
			t.Errorf("sent % x, want one frame three times, then another", sent)
		}
	})
}

// No reply at all: after three repeats the link is down, and what a change did is unknown.
func TestSilenceTakesTheLinkDown(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		w.took()
		w.set(drop, nil)
		start := time.Now()
		err := m.Lock(t.Context(), true)
		if !errors.Is(err, device.ErrNoReply) || !errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("Lock on a dead line = %v, want ErrNoReply and ErrOutcomeUnknown", err)
		}
		within(t, start, 1600*time.Millisecond, 1601*time.Millisecond)
		if n := len(w.took()); n != 4 {
			t.Errorf("sent %d frames, want one and three repeats", n)
		}
		if _, err := m.Levels(t.Context()); !errors.Is(err, device.ErrAway) {
			t.Errorf("Levels on a link that is down = %v, want ErrAway", err)
		}
		if _, err := m.Connect(t.Context()); !errors.Is(err, device.ErrNoReply) {
			t.Errorf("Connect on a dead line = %v, want ErrNoReply", err)
		}
		w.set(nil, nil)
		w.took()
		connect(t, m)
		if sent := w.took(); !operation(1)(sent[0]) {
			t.Errorf("a new connection begins with % x, want HELLO", sent[0])
		}
		// A question leaves nothing unknown.
		w.set(drop, nil)
		if _, err := m.Levels(t.Context()); !errors.Is(err, device.ErrNoReply) || errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("Levels on a dead line = %v, want ErrNoReply alone", err)
		}
	})
}

// Replies that come late, doubled and after their time never pass for others.
func TestLateAndDoubledReplies(t *testing.T) {
	o := sim2900.Options{Delay: func(op uint64) time.Duration {
		return map[uint64]time.Duration{4: 700 * time.Millisecond, 14: 1500 * time.Millisecond}[op]
	}}
	bench(t, o, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		w.set(nil, func(b []byte) [][]byte { return [][]byte{b, b, b} })
		for n := range 20 {
			if s, err := m.ReadSlot(t.Context(), n); err != nil || s.Number != n {
				t.Fatalf("ReadSlot(%d) = %+v, %v", n, s, err)
			}
			if _, err := m.ReadCounters(t.Context()); err != nil {
				t.Fatalf("ReadCounters: %v", err)
			}
		}
	})
}

// What an earlier session left on the line is no reply to the new one's requests, its
// HELLO above all: a stale nonce would cost a wrong login.
func TestStaleRepliesAfterReconnect(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		var stale [][]byte
		w.set(nil, func(b []byte) [][]byte {
			stale = append(stale, b)
			return deliver(b)
		})
		for range 5 {
			connect(t, m)
			if _, err := m.ReadSlot(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			left := append([][]byte(nil), stale...)
			w.set(nil, func(b []byte) [][]byte {
				stale = append(stale, b)
				return append(left, b, b)
			})
		}
		logins := 0
		for _, b := range w.took() {
			if operation(2)(b) {
				logins++
			}
		}
		if logins != 5 {
			t.Errorf("%d logins for 5 connections", logins)
		}
	})
}

// A copy of HELLO that arrives in the middle of the session ends the login; the driver
// logs in again and repeats what it asked, which is no restart.
func TestDelayedHelloInTheMiddle(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		hello := w.took()[0]
		old, err := m.ReadSlot(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		// The write is done, its reply lost, and then comes the copy of HELLO.
		w.set(first(1, operation(5), func(b []byte) [][]byte { return [][]byte{b, hello} }), first(1, ofType(2), drop))
		now, err := m.WriteSlot(t.Context(), old, device.SlotChange{Name: &renamed})
		if err != nil || now.Name != renamed || now.Rev != old.Rev+1 {
			t.Errorf("WriteSlot = %+v, %v", now, err)
		}
		select {
		case e := <-m.Events():
			t.Errorf("event %+v of a machine that was not restarted", e)
		default:
		}
	})
}

// A context that ends is obeyed at once, and says what it can't know.
func TestContextEnds(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		w.set(nil, drop)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := m.Brew(ctx, 0, device.Token{1})
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("Brew = %v, want the deadline and ErrOutcomeUnknown", err)
		}
		within(t, start, 100*time.Millisecond, 101*time.Millisecond)
		if _, err := m.Brew(ctx, 0, device.Token{2}); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("Brew with a context that is over = %v, want nothing sent", err)
		}
		w.set(nil, nil)
		if _, err := m.Status(t.Context()); err != nil {
			t.Errorf("Status afterwards: %v", err)
		}
		if n := len(w.machine.Truth().Cups); n != 1 {
			t.Errorf("%d cups, want the one of token 1", n)
		}
	})
}

// The cable is pulled in the middle of a call.
func TestLineLost(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		w.set(nil, drop)
		time.AfterFunc(time.Second, w.unplug)
		start := time.Now()
		err := m.SetClock(t.Context(), time.Now())
		if !errors.Is(err, device.ErrLineLost) || !errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("SetClock = %v, want ErrLineLost and ErrOutcomeUnknown", err)
		}
		within(t, start, time.Second, time.Second+time.Millisecond)
		w.set(nil, nil)
		connect(t, m)
		w.unplug()
		synctest.Wait()
		if err := m.Lock(t.Context(), true); !errors.Is(err, device.ErrLineLost) || errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("Lock on a line that is gone = %v, want ErrLineLost, and nothing sent", err)
		}
	})
}

// A line that takes nothing blocks nobody.
func TestWritesThatBlock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := coffee2900.New(func(context.Context) (device.Line, error) { return newStuckLine(), nil },
			coffee2900.Options{User: "service", Password: password})
		start := time.Now()
		if _, err := m.Connect(t.Context()); !errors.Is(err, device.ErrNoReply) {
			t.Errorf("Connect = %v, want ErrNoReply", err)
		}
		within(t, start, 0, 3*time.Second)
	})
}

// Events come by the hundred with nobody listening: the machine gets its ACKs, calls go
// on, and the newest are there to be read.
func TestEventsNeverBlock(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		for range 300 {
			if err := w.machine.SetLevel(2, 40_000); err != nil {
				t.Fatal(err)
			}
			if _, err := w.machine.Buy(sim.Order{Slot: 5, Kind: device.CupFree}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		s, err := m.Status(t.Context())
		if err != nil || s.Next != 301 {
			t.Fatalf("Status = %+v, %v", s, err)
		}
		var last device.Event
		n := 0
		for len(m.Events()) > 0 {
			last = <-m.Events()
			n++
		}
		if n == 0 || n > 64 || last.Number < 290 {
			t.Errorf("%d events, the last %+v; want up to 64, the newest", n, last)
		}
	})
}

// An event whose ACK is lost comes again and is told once.
func TestEventsAreAcknowledgedAndToldOnce(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		w.took()
		w.set(first(3, ofType(4), drop), nil)
		w.machine.Alarm(11, true)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		acks := w.took()
		if len(acks) != 4 || !bytes.Equal(acks[0], acks[3]) {
			t.Errorf("ACKs % x, want the same four times", acks)
		}
		e := <-m.Events()
		if e.Kind != device.EventAlarmRaised || e.Number != 11 || e.Alarm == nil || *e.Alarm != (device.Alarm{Code: 11, Severity: device.SeverityInfo, Text: "cleaning due", Fix: "Clean the machine, as its manual says."}) {
			t.Errorf("event %+v %+v", e, e.Alarm)
		}
		if n := len(m.Events()); n != 0 {
			t.Errorf("%d more events", n)
		}
	})
}

// Noise that passes the check of a frame makes the machine complain of bad CBOR; the
// driver asks again, and not under the seq that the complaint is remembered by.
func TestNoiseThatPassesTheCheck(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		spoil := func(b []byte) [][]byte {
			content := append([]byte{b[1]}, b[2:5]...)
			if b[2] == 0x7D {
				content = append([]byte{b[1], b[3] ^ 0x20}, 0xFF)
			}
			return [][]byte{frameOf(content)}
		}
		w.set(first(1, operation(1), spoil), nil)
		connect(t, m)
		w.set(first(1, operation(2), spoil), nil)
		connect(t, m)
		w.set(first(1, operation(7), spoil), nil)
		if b, err := m.Brew(t.Context(), 0, device.Token{1}); err != nil || b.Number != 1 {
			t.Errorf("Brew = %+v, %v", b, err)
		}
		w.set(func(b []byte) [][]byte {
			if operation(7)(b) {
				return spoil(b)
			}
			return deliver(b)
		}, nil)
		if _, err := m.Brew(t.Context(), 0, device.Token{2}); !errors.Is(err, device.ErrBadArgument) {
			t.Errorf("Brew that is never read = %v", err)
		}
	})
}

// frameOf is a frame with a right FCS, worked out bit by bit.
func frameOf(content []byte) []byte {
	sum := uint16(0xFFFF)
	for _, c := range content {
		sum ^= uint16(c)
		for range 8 {
			if sum&1 == 1 {
				sum = sum>>1 ^ 0x8408
			} else {
				sum >>= 1
			}
		}
	}
	b := []byte{0x7E}
	for _, c := range append(content, byte(^sum), byte(^sum>>8)) {
		if c == 0x7D || c == 0x7E {
			b = append(b, 0x7D)
			c ^= 0x20
		}
		b = append(b, c)
	}
	return append(b, 0x7E)
}
