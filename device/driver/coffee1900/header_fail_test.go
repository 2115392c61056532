package coffee1900

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
	"crema/device/gpio"
	"crema/device/gpio/gpiotest"
)

// broken is a header whose lines fail as a test says, how often each, and -1 always.
type broken struct {
	board *gpiotest.Board
	h     *Header
	log   bytes.Buffer
	fails map[string]int // by call and line: "set high START"
	calls map[string]int
	stop  func()
}

// runBroken has a header run in a bubble.
func runBroken(t *testing.T, fails map[string]int, before func(*Header)) *broken {
	b := &broken{board: gpiotest.New("BUSY", "FLOW", "CUP", "DOOR", "START", "INHIBIT", "RESET"), fails: fails, calls: map[string]int{}}
	b.board.Drive("CUP", false)
	b.board.Drive("DOOR", false)
	b.board.Fail(func(c gpiotest.Call, line string) error {
		what := strings.TrimSpace(string(c) + " " + line)
		b.calls[what]++
		if b.fails[what] == 0 {
			return nil
		}
		b.fails[what]--
		return syscall.EIO
	})
	b.h = NewHeader(b.board, wiring, HeaderOptions{Logger: slog.New(slog.NewTextHandler(&b.log, nil))})
	if before != nil {
		before(b.h)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.h.Run(ctx) }()
	synctest.Wait()
	b.stop = func() { cancel(); <-done }
	return b
}

// faults are the wires that can't be used.
func (b *broken) faults() (names string) {
	for _, e := range b.h.Signals().Errs {
		names += e.Wire + " "
	}
	return names
}

// INHIBIT that does not become low is not told as if it were, and is tried again.
func TestHoldThatFailsAtTheStartIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := runBroken(t, map[string]int{"set low INHIBIT": 1}, func(h *Header) {
			if err := h.Hold(true); err != nil {
				t.Fatal(err)
			}
		})
		if s := b.h.Signals(); s.Held || b.faults() != "inhibit " || !b.board.High("INHIBIT") || b.board.Held("INHIBIT") {
			t.Errorf("held %t, faults %q, INHIBIT high %t, open %t", s.Held, b.faults(), b.board.High("INHIBIT"), b.board.Held("INHIBIT"))
		}
		time.Sleep(reopen)
		synctest.Wait()
		if s := b.h.Signals(); !s.Held || b.faults() != "" || b.board.High("INHIBIT") {
			t.Errorf("later: held %t, faults %q, INHIBIT high %t", s.Held, b.faults(), b.board.High("INHIBIT"))
		}
		b.stop()
	})
}

// So is one that does not when somebody asks, and one that does not become high again.
func TestHoldThatFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := runBroken(t, map[string]int{"set low INHIBIT": 2}, nil)
		var wire *device.WireError
		if err := b.h.Hold(true); !errors.As(err, &wire) || !errors.Is(err, syscall.EIO) || b.h.Signals().Held {
			t.Errorf("Hold(true) = %v, held %t", err, b.h.Signals().Held)
		}
		time.Sleep(reopen)
		synctest.Wait()
		if !b.h.Signals().Held || b.board.High("INHIBIT") {
			t.Error("INHIBIT is not tried again")
		}
		b.fails["set high INHIBIT"] = 2
		if err := b.h.Hold(false); err != nil || b.h.Signals().Held || !b.board.High("INHIBIT") {
			t.Errorf("Hold(false) = %v, INHIBIT high %t: it is not opened anew at once", err, b.board.High("INHIBIT"))
		}
		b.stop()
	})
}

// A pulse that does not end by itself ends by opening the line anew: at once, or a second later.
func TestPulseThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := runBroken(t, map[string]int{"set high START": 2}, nil)
		if err := b.h.Press(); !errors.Is(err, device.ErrOutcomeUnknown) || !b.board.High("START") || b.faults() != "" {
			t.Errorf("Press = %v; START high %t, faults %q", err, b.board.High("START"), b.faults())
		}
		b.fails["set high RESET"], b.fails["open RESET"] = 2, 4 // the first two are at once
		if err := b.h.Reset(); !errors.Is(err, device.ErrOutcomeUnknown) || b.board.High("RESET") || b.faults() != "reset " {
			t.Errorf("Reset = %v; RESET high %t, faults %q", err, b.board.High("RESET"), b.faults())
		}
		time.Sleep(3 * soon)
		synctest.Wait()
		if !b.board.High("RESET") || b.faults() != "" {
			t.Errorf("%s later: RESET high %t, faults %q", 3*soon, b.board.High("RESET"), b.faults())
		}
		if err := errors.Join(b.h.Press(), b.h.Reset()); err != nil {
			t.Errorf("then: %v", err)
		}
		b.stop()
	})
}

// What can't be made high at the end is left to the guard.
func TestOutputThatDoesNotBecomeHighAtTheEnd(t *testing.T) {
	for _, opens := range []int{0, 1} { // how often it can't be opened anew
		synctest.Test(t, func(t *testing.T) {
			b := runBroken(t, nil, nil)
			if err := b.h.Hold(true); err != nil {
				t.Fatal(err)
			}
			b.fails = map[string]int{"set high INHIBIT": 1, "open INHIBIT": opens}
			before := b.calls["open START"]
			b.stop()
			if !b.board.High("INHIBIT") || b.board.Held("INHIBIT") {
				t.Errorf("INHIBIT is high %t, open %t", b.board.High("INHIBIT"), b.board.Held("INHIBIT"))
			}
			if acted := b.calls["open START"] > before; acted != (opens > 0) {
				t.Errorf("opened anew in vain %d times; the guard acted %t", opens, acted)
			}
		})
	}
}

// Outputs that nobody guards are told, by each of them, and logged once.
func TestGuardThatIsMissingIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := runBroken(t, nil, nil)
		b.fails = map[string]int{"guard": -1}
		if got := b.faults(); got != "reset start inhibit " {
			t.Errorf("the faults are of %q", got)
		}
		time.Sleep(3 * reopen)
		synctest.Wait()
		if n := strings.Count(b.log.String(), "nothing makes"); n != 1 {
			t.Errorf("logged %d times: %s", n, &b.log)
		}
		b.fails = nil
		if got := b.faults(); got != "" {
			t.Errorf("then the faults are of %q", got)
		}
		b.stop()
	})
}

// An input that can't be read any more is told, and opened anew; no cup is started meanwhile.
func TestInputThatCannotBeReadIsOpenedAnew(t *testing.T) {
	for wire, line := range map[string]string{"busy": "BUSY", "cup": "CUP", "door": "DOOR", "flow": "FLOW"} {
		synctest.Test(t, func(t *testing.T) {
			b := runBroken(t, map[string]int{"read " + line: 1, "open " + line: 0}, nil)
			b.fails["open "+line] = 1
			s := b.h.Signals()
			if len(s.Errs) != 1 || s.Errs[0].Wire != wire || !errors.Is(s.Errs[0], syscall.EIO) || !strings.Contains(s.Errs[0].Error(), line) {
				t.Errorf("%s: the faults are %v", wire, s.Errs)
			}
			for name, read := range map[string]*bool{"busy": s.Busy, "cup": s.Cup, "door": s.Door} {
				if (read == nil) != (name == wire) {
					t.Errorf("%s can't be read, and %s is read as %v", wire, name, read)
				}
			}
			synctest.Wait() // it is opened in vain
			if b.board.Held(line) || b.faults() != wire+" " {
				t.Errorf("%s: held %t, faults %q", wire, b.board.Held(line), b.faults())
			}
			if err := b.h.Press(); wire != "flow" && !errors.Is(err, device.ErrWires) {
				t.Errorf("%s can't be read, and START = %v", wire, err)
			}
			time.Sleep(reopen)
			synctest.Wait()
			if !b.board.Held(line) || b.faults() != "" {
				t.Errorf("%s later: held %t, faults %q", wire, b.board.Held(line), b.faults())
			}
			if err := b.h.Press(); err != nil {
				t.Errorf("%s: START = %v", wire, err)
			}
			for range 5 { // each time it can be opened, and never read
				b.fails["read "+line] = 1
				b.h.Signals()
				synctest.Wait()
			}
			if n := strings.Count(b.log.String(), "can't be read"); n != 1 || b.faults() != "" {
				t.Errorf("%s: logged %d times, faults %q", wire, n, b.faults())
			}
			b.stop()
		})
	}
}

// What is to be done about a wire goes by what is wrong with it.
func TestWhatToDoAboutAWire(t *testing.T) {
	for _, x := range []struct {
		err  error
		says string
	}{
		{&gpio.NoLineError{Line: "X"}, ""},
		{&gpio.InUseError{Line: "X", Consumer: "spi0 CS0"}, "End what has that line"},
		{fmt.Errorf("line: %w", syscall.EACCES), "group gpio"},
		{fmt.Errorf("%w: %w", errAlone, syscall.EAGAIN), "second process"},
		{fmt.Errorf("%w: %w", errAlone, syscall.EPERM), "second process"},
		{fmt.Errorf("line: %w", syscall.EMFILE), "dmesg"},
		{errClosed, "Switch the backend on"},
	} {
		if got := fix(x.err); !strings.Contains(got, x.says) || (got == "") != (x.says == "") {
			t.Errorf("%v: %q, want %q", x.err, got, x.says)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		b := runBroken(t, nil, nil)
		b.fails = map[string]int{"guard": -1}
		for _, e := range b.h.Signals().Errs {
			if !strings.Contains(e.Fix, "second process") {
				t.Errorf("%s: %q", e, e.Fix)
			}
		}
		b.stop()
	})
}
