package coffee1900

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
	"crema/device/gpio"
	"crema/device/gpio/gpiotest"
	"crema/device/sim"
	simulated "crema/device/sim/coffee1900"
)

var wiring = Wiring{Busy: "BUSY", Flow: "FLOW", Cup: "CUP", Door: "DOOR", Start: "START", Inhibit: "INHIBIT", Reset: "RESET", Pull: true}

var pins = map[simulated.Pin]string{simulated.Busy: "BUSY", simulated.Flow: "FLOW", simulated.Cup: "CUP", simulated.Door: "DOOR",
	simulated.Start: "START", simulated.Inhibit: "INHIBIT", simulated.Reset: "RESET"}

// bench is a simulated machine whose header is wired to a board.
type bench struct {
	board   *gpiotest.Board
	machine *simulated.Machine
	sim     *simulated.Header
	header  *Header
	stop    func()
}

func newBench(t *testing.T, w Wiring, rate int) *bench {
	b := &bench{board: gpiotest.New("BUSY", "FLOW", "CUP", "DOOR", "START", "INHIBIT", "RESET")}
	b.machine = simulated.New(simulated.Options{Brew: time.Second})
	b.sim = b.machine.Header(simulated.HeaderOptions{Rate: rate, Out: func(p simulated.Pin, high bool) { b.board.Drive(pins[p], high) }})
	b.board.OnOutput = func(name string, high bool) {
		for p, n := range pins {
			if n == name {
				b.sim.Drive(p, high)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- b.sim.Run(ctx) }()
	synctest.Wait()
	b.header = NewHeader(b.board, w, HeaderOptions{})
	go func() { ended <- b.header.Run(ctx) }()
	synctest.Wait()
	b.stop = func() {
		cancel()
		for range 2 {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("Run = %v", err)
			}
		}
	}
	return b
}

// Cups and rinses of all sizes, at any rate, with edges that the kernel drops: the pulses
// are those that the machine gave, and each cup is a dose of its volume.
func TestHeaderRandomVolumes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 10 {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, wiring, 5+r.IntN(116))
			defer b.stop()
			var cups, rinses []uint64
			for range 12 {
				if r.IntN(2) == 0 {
					b.board.Lose("FLOW", r.IntN(8))
				}
				if slot := r.IntN(9); slot < 8 {
					if _, err := b.machine.Buy(sim.Order{Slot: slot, Brew: time.Duration(r.IntN(5000)) * time.Millisecond}); err != nil {
						t.Fatal(err)
					}
					cups = append(cups, 2*uint64(b.machine.Truth().Slots[slot].Volume))
				} else {
					b.sim.Rinse(20)
					rinses = append(rinses, 40)
				}
				time.Sleep(3 * time.Minute)
			}
			f := b.header.Signals().Flow
			if f.Pulses != b.sim.Pulses() || f.Rejected != 0 || f.Runs {
				t.Fatalf("%+v; the machine gave %d", f, b.sim.Pulses())
			}
			var gotCups, gotRinses []uint64
			for _, d := range f.Doses {
				if d.Busy == nil {
					t.Fatal("a dose of which nobody knows whether BUSY was low")
				} else if *d.Busy {
					gotCups = append(gotCups, d.Pulses)
				} else {
					gotRinses = append(gotRinses, d.Pulses)
				}
			}
			if !slices.Equal(cups, gotCups) || !slices.Equal(rinses, gotRinses) {
				t.Fatalf("cups %v, want %v; rinses %v, want %v", gotCups, cups, gotRinses, rinses)
			}
			var made int
			for _, n := range b.machine.Truth().Counters {
				made += int(n)
			}
			if made != len(gotCups) {
				t.Errorf("%d doses of cups, the counters say %d", len(gotCups), made)
			}
		})
	}
}

func TestDoseWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Wiring{Flow: "FLOW"}, 40)
		defer b.stop()
		pulse := func(after time.Duration) {
			time.Sleep(after)
			b.board.Drive("FLOW", false)
			b.board.Drive("FLOW", true)
		}
		pulse(0)
		pulse(1999 * time.Millisecond)
		pulse(2 * time.Second)
		if f := b.header.Signals().Flow; len(f.Doses) != 1 || f.Doses[0].Pulses != 2 || !f.Runs || f.Doses[0].Busy != nil {
			t.Errorf("%+v", f)
		}
		time.Sleep(1999 * time.Millisecond)
		if !b.header.Signals().Flow.Runs {
			t.Error("the dose ended early")
		}
		time.Sleep(time.Millisecond)
		if f := b.header.Signals().Flow; f.Runs || len(f.Doses) != 2 || f.Doses[1].End.Sub(f.Doses[1].Start) != 0 {
			t.Errorf("%+v", f)
		}
		pulse(time.Millisecond)
		pulse(time.Millisecond) // noise
		if f := b.header.Signals().Flow; f.Rejected != 1 || f.Pulses != 4 {
			t.Errorf("%+v", f)
		}
		time.Sleep(48 * time.Hour)
		if f := b.header.Signals().Flow; len(f.Doses) != 0 || f.Pulses != 4 {
			t.Errorf("after two days: %+v", f)
		}
	})
}

// A program that stood still in the midst of a dose gets its pulses late, all at once: what tells one dose from the next is when the
// kernel saw them.
func TestDosesOfLatePulses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(func() *bool { return nil })
		at, n := time.Duration(0), uint32(0)
		pulses := func(count int) {
			for range count {
				at, n = at+10*time.Millisecond, n+1
				f.edge(gpio.Edge{At: at, Seqno: n})
			}
		}
		pulses(50)
		time.Sleep(5 * time.Second)
		pulses(150)
		at += silence
		pulses(30)
		time.Sleep(silence)
		if got := f.figures().Doses; len(got) != 2 || got[0].Pulses != 200 || got[1].Pulses != 30 {
			t.Errorf("the doses are %+v, want one of 200 pulses and one of 30", got)
		}
	})
}

// One that stood still, and looks before it gets them, does not make two doses of one.
func TestDoseThatWasLookedAtBeforeItsLatePulses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(func() *bool { return nil })
		at, n := time.Duration(0), uint32(0)
		pulses := func(count int) {
			for range count {
				at, n = at+10*time.Millisecond, n+1
				f.edge(gpio.Edge{At: at, Seqno: n})
			}
		}
		pulses(50)
		begin := f.open.Start
		time.Sleep(5 * time.Second)
		if got := f.figures(); len(got.Doses) != 1 || got.Runs {
			t.Errorf("%+v", got)
		}
		pulses(150)
		if got := f.figures(); len(got.Doses) != 0 || !got.Runs {
			t.Errorf("%+v", got)
		}
		at += silence
		pulses(30)
		time.Sleep(silence)
		if got := f.figures().Doses; len(got) != 2 || got[0].Pulses != 200 || !got[0].Start.Equal(begin) || got[1].Pulses != 30 {
			t.Errorf("the doses are %+v, want one of 200 pulses and one of 30", got)
		}
	})
}

func TestContactsAreDebounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := gpiotest.New("CUP")
		h := NewHeader(board, Wiring{Cup: "CUP"}, HeaderOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.Run(ctx) }()
		synctest.Wait()
		for range 9 { // 18 ms of bouncing, low at last
			board.Drive("CUP", false)
			time.Sleep(time.Millisecond)
			board.Drive("CUP", true)
			time.Sleep(time.Millisecond)
		}
		board.Drive("CUP", false)
		if cup := h.Signals().Cup; cup == nil || *cup {
			t.Error("a contact that bounces is believed")
		}
		time.Sleep(26 * time.Millisecond)
		synctest.Wait()
		if cup := h.Signals().Cup; cup == nil || !*cup {
			t.Error("there is no cup after it stood")
		}
		cancel()
		<-done
	})
}

func TestInterlocks(t *testing.T) {
	for _, x := range []struct {
		name            string
		busy, cup, door bool // the lines' levels
		w               Wiring
		start, reset    error
	}{
		{"all is well", true, false, false, wiring, nil, nil},
		{"a cup is being made", false, false, false, wiring, device.ErrBusy, device.ErrBusy},
		{"no cup", true, true, false, wiring, device.ErrNoCup, nil},
		{"the door is open", true, false, true, wiring, device.ErrDoorOpen, nil},
		{"nobody knows of a cup", true, false, false, Wiring{Busy: "BUSY", Door: "DOOR", Start: "START", Reset: "RESET"}, device.ErrUnsupported, nil},
		{"nobody knows of the door", true, false, false, Wiring{Busy: "BUSY", Cup: "CUP", Start: "START", Reset: "RESET"}, device.ErrUnsupported, nil},
		{"nobody knows whether it is busy", true, false, false, Wiring{Cup: "CUP", Door: "DOOR", Start: "START", Reset: "RESET"}, device.ErrUnsupported, device.ErrUnsupported},
		{"not wired", true, false, false, Wiring{Busy: "BUSY", Cup: "CUP", Door: "DOOR"}, device.ErrUnsupported, device.ErrUnsupported},
		{"a line that is not there", true, false, false, Wiring{Busy: "NONE", Cup: "CUP", Door: "DOOR", Start: "START", Reset: "RESET"}, device.ErrWires, device.ErrWires},
		{"an output that is not there", true, false, false, Wiring{Busy: "BUSY", Cup: "CUP", Door: "DOOR", Start: "NONE", Reset: "NONE"}, device.ErrWires, device.ErrWires},
	} {
		synctest.Test(t, func(t *testing.T) {
			board := gpiotest.New("BUSY", "CUP", "DOOR", "START", "RESET")
			edges := map[string]int{}
			board.OnOutput = func(name string, high bool) { edges[name]++ }
			board.Drive("BUSY", x.busy)
			board.Drive("CUP", x.cup)
			board.Drive("DOOR", x.door)
			h := NewHeader(board, x.w, HeaderOptions{})
			if err := errors.Join(h.Press(), h.Reset()); err == nil {
				t.Error("it can be pressed while nobody runs it")
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- h.Run(ctx) }()
			synctest.Wait()
			if err := h.Press(); !errors.Is(err, x.start) || (x.start == nil) != (err == nil) || (edges["START"] == 2) != (err == nil) {
				t.Errorf("%s: START = %v, want %v; %d edges", x.name, err, x.start, edges["START"])
			}
			if err := h.Reset(); !errors.Is(err, x.reset) || (x.reset == nil) != (err == nil) || (edges["RESET"] == 2) != (err == nil) {
				t.Errorf("%s: RESET = %v, want %v; %d edges", x.name, err, x.reset, edges["RESET"])
			}
			cancel()
			<-done
		})
	}
}

func TestLengthsOfPulses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := gpiotest.New("BUSY", "CUP", "DOOR", "START", "INHIBIT", "RESET")
		board.Drive("CUP", false)
		board.Drive("DOOR", false)
		lows, fell := map[string]time.Duration{}, map[string]time.Time{}
		board.OnOutput = func(name string, high bool) {
			if !high {
				fell[name] = time.Now()
			} else {
				lows[name] = time.Since(fell[name])
			}
		}
		w := wiring
		w.Flow = ""
		h := NewHeader(board, w, HeaderOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.Run(ctx) }()
		synctest.Wait()
		if err := errors.Join(h.Press(), h.Reset()); err != nil {
			t.Fatal(err)
		}
		if lows["START"] != 200*time.Millisecond || lows["RESET"] != 1200*time.Millisecond {
			t.Errorf("low for %v", lows)
		}
		// The end of the program waits for a pulse that is under way, and leaves all high.
		if err := h.Hold(true); err != nil || board.High("INHIBIT") || !h.Signals().Held {
			t.Errorf("hold: %v, INHIBIT high %t", err, board.High("INHIBIT"))
		}
		go h.Reset()
		time.Sleep(100 * time.Millisecond)
		cancel()
		<-done
		if lows["RESET"] != 1200*time.Millisecond || !board.High("RESET") || !board.High("INHIBIT") || !board.High("START") {
			t.Errorf("at the end: %v; INHIBIT high %t", lows, board.High("INHIBIT"))
		}
		if s := h.Signals(); s.Held || s.Busy != nil || len(s.Errs) != 6 {
			t.Errorf("closed: %+v", s)
		}
	})
}

func TestHeaderIsInertAtStartAndHoldsWhatIsWished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := gpiotest.New("START", "INHIBIT", "RESET")
		board.OnOutput = func(name string, high bool) { t.Errorf("%s became %t at start", name, high) }
		w := Wiring{Start: "START", Inhibit: "INHIBIT", Reset: "RESET"}
		h := NewHeader(board, w, HeaderOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.Run(ctx) }()
		synctest.Wait()
		board.OnOutput = nil
		cancel()
		<-done
		if err := h.Hold(true); err != nil || !board.High("INHIBIT") {
			t.Errorf("%v: INHIBIT is low while nobody runs the header", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		go func() { done <- h.Run(ctx) }()
		synctest.Wait()
		if board.High("INHIBIT") {
			t.Error("what was wished is forgotten")
		}
		cancel()
		<-done
	})
}

func TestLineThatIsInUseIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := gpiotest.New("BUSY")
		board.Take("BUSY", "spi0 CS0")
		h := NewHeader(board, Wiring{Busy: "BUSY"}, HeaderOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.Run(ctx) }()
		synctest.Wait()
		if s := h.Signals(); s.Busy != nil || len(s.Errs) != 1 || s.Errs[0].Error() != `busy: line "BUSY" is in use by "spi0 CS0": take another line, or end that` {
			t.Errorf("%v", s.Errs)
		}
		board.Take("BUSY", "")
		time.Sleep(31 * time.Second)
		if s := h.Signals(); s.Busy == nil || *s.Busy || len(s.Errs) != 0 {
			t.Errorf("%+v", s)
		}
		cancel()
		<-done
	})
}

// A whole machine: START makes a cup, INHIBIT stops the panel, RESET restarts it.
func TestHeaderMovesTheMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, wiring, 40)
		defer b.stop()
		if err := b.header.Press(); !errors.Is(err, device.ErrNoCup) {
			t.Errorf("%v", err)
		}
		b.sim.PutCup(true)
		time.Sleep(time.Second)
		if err := b.header.Press(); err != nil {
			t.Fatal(err)
		}
		if busy := b.header.Signals().Busy; busy == nil || !*busy {
			t.Error("START made no cup")
		}
		time.Sleep(time.Minute)
		if n := len(b.machine.Truth().Cups); n != 1 {
			t.Errorf("%d cups", n)
		}
		if err := b.header.Hold(true); err != nil {
			t.Error(err)
		}
		if _, err := b.machine.Buy(sim.Order{}); !errors.Is(err, sim.ErrPanelLocked) {
			t.Errorf("%v", err)
		}
		if err := b.header.Hold(false); err != nil {
			t.Error(err)
		}
		if _, err := b.machine.Buy(sim.Order{}); err != nil {
			t.Errorf("the panel is freed: %v", err)
		}
		time.Sleep(time.Minute)
		if n := len(b.machine.Truth().Cups); n != 2 || b.machine.Restarts() != 0 {
			t.Errorf("%d cups; restarted %d times", n, b.machine.Restarts())
		}
		if err := b.header.Reset(); err != nil || b.machine.Restarts() != 1 {
			t.Errorf("%v; restarted %d times", err, b.machine.Restarts())
		}
	})
}
