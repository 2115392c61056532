package coffee1900_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
	"crema/device/sim"
	"crema/device/sim/coffee1900"
)

// wire is the controller's end of a header: the levels, and the falling edges of each line.
type wire struct {
	mu    sync.Mutex
	high  map[coffee1900.Pin]bool
	falls map[coffee1900.Pin][]time.Duration
	began time.Time
}

func (w *wire) is(p coffee1900.Pin) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.high[p]
}

func (w *wire) fallsOf(p coffee1900.Pin) []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.falls[p]
}

// wired runs a machine with a header in the bubble of a test.
func wired(t *testing.T, o coffee1900.HeaderOptions, do func(*coffee1900.Machine, *coffee1900.Header, *wire)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{high: map[coffee1900.Pin]bool{}, falls: map[coffee1900.Pin][]time.Duration{}, began: time.Now()}
		o.Out = func(p coffee1900.Pin, high bool) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if was, known := w.high[p]; known && was && !high {
				w.falls[p] = append(w.falls[p], time.Since(w.began))
			}
			w.high[p] = high
		}
		m := coffee1900.New(coffee1900.Options{Brew: 2 * time.Second})
		h := m.Header(o)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.Run(ctx) }()
		synctest.Wait()
		do(m, h, w)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestCupOnTheHeader(t *testing.T) {
	wired(t, coffee1900.HeaderOptions{Rate: 100}, func(m *coffee1900.Machine, h *coffee1900.Header, w *wire) {
		if !w.is(coffee1900.Busy) || !w.is(coffee1900.Flow) || !w.is(coffee1900.Cup) || w.is(coffee1900.Door) {
			t.Errorf("at rest: %v", w.high)
		}
		if _, err := m.Buy(sim.Order{Slot: 1}); err != nil { // 80 ml: 160 pulses in 1.6 s
			t.Fatal(err)
		}
		synctest.Wait()
		if w.is(coffee1900.Busy) {
			t.Error("BUSY is high while the cup is made")
		}
		time.Sleep(1590 * time.Millisecond)
		if n := m.Truth().Counters[1]; n != 0 {
			t.Errorf("%d cups counted before the water ran", n)
		}
		time.Sleep(20 * time.Millisecond)
		if n := m.Truth().Counters[1]; n != 1 || !w.is(coffee1900.Busy) {
			t.Errorf("%d cups, BUSY %t", n, w.is(coffee1900.Busy))
		}
		falls := w.fallsOf(coffee1900.Flow)
		if len(falls) != 160 || h.Pulses() != 160 || falls[159]-falls[0] != 1590*time.Millisecond {
			t.Errorf("%d pulses from %v to %v", len(falls), falls[0], falls[len(falls)-1])
		}
		h.Rinse(10)
		time.Sleep(time.Second)
		if n := len(w.fallsOf(coffee1900.Flow)); n != 180 || m.Truth().Counters[1] != 1 || len(w.fallsOf(coffee1900.Busy)) != 1 {
			t.Errorf("after a rinse: %d pulses", n)
		}
	})
}

func TestStartInhibitReset(t *testing.T) {
	wired(t, coffee1900.HeaderOptions{Rate: 120}, func(m *coffee1900.Machine, h *coffee1900.Header, w *wire) {
		press := func(d time.Duration) {
			h.Drive(coffee1900.Start, false)
			time.Sleep(d)
			h.Drive(coffee1900.Start, true)
			time.Sleep(5 * time.Second)
		}
		for _, d := range []time.Duration{99, 301, 5000} {
			if press(d * time.Millisecond); len(m.Truth().Cups) != 0 {
				t.Fatalf("a pulse of %d ms made a cup", d)
			}
		}
		for i, d := range []time.Duration{100, 300} {
			press(d * time.Millisecond)
			if cups := m.Truth().Cups; len(cups) != i+1 || cups[i].Kind != device.CupRemote || cups[i].Slot != 0 {
				t.Fatalf("after a pulse of %d ms: %+v", d, cups)
			}
		}
		h.Drive(coffee1900.Inhibit, false)
		if _, err := m.Buy(sim.Order{}); !errors.Is(err, sim.ErrPanelLocked) {
			t.Errorf("the panel sells under INHIBIT: %v", err)
		}
		h.Drive(coffee1900.Inhibit, true)
		if _, err := m.Buy(sim.Order{Slot: 7}); err != nil {
			t.Error(err)
		}
		h.Drive(coffee1900.Reset, false)
		time.Sleep(999 * time.Millisecond)
		h.Drive(coffee1900.Reset, true)
		time.Sleep(5 * time.Second)
		if cups := m.Truth().Cups; len(cups) != 3 {
			t.Errorf("a short RESET ended the cup: %v", cups)
		}
		if _, err := m.Buy(sim.Order{Slot: 7}); err != nil {
			t.Error(err)
		}
		h.Drive(coffee1900.Reset, false)
		time.Sleep(time.Second + time.Millisecond)
		h.Drive(coffee1900.Reset, true)
		time.Sleep(5 * time.Second)
		if cups := m.Truth().Cups; len(cups) != 3 || !w.is(coffee1900.Busy) {
			t.Errorf("RESET for a second: %v, BUSY %t", cups, w.is(coffee1900.Busy))
		}
	})
}

func TestCupBouncesAndDoor(t *testing.T) {
	wired(t, coffee1900.HeaderOptions{}, func(m *coffee1900.Machine, h *coffee1900.Header, w *wire) {
		for _, there := range []bool{true, false} {
			began := time.Now()
			if h.PutCup(there); w.is(coffee1900.Cup) == there || time.Since(began) > 20*time.Millisecond {
				t.Errorf("cup %t: CUP high %t after %v", there, w.is(coffee1900.Cup), time.Since(began))
			}
		}
		if len(w.fallsOf(coffee1900.Cup)) < 4 {
			t.Error("CUP does not bounce")
		}
		h.OpenDoor(true)
		if !w.is(coffee1900.Door) || m.Truth().State != "error" {
			t.Errorf("door open: DOOR high %t, state %s", w.is(coffee1900.Door), m.Truth().State)
		}
		if h.OpenDoor(false); w.is(coffee1900.Door) {
			t.Error("DOOR is high with the door closed")
		}
		if m.Truth().State != "error" {
			t.Error("the alarm went without being acknowledged")
		}
	})
}
