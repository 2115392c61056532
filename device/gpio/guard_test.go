package gpio_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"crema/device/gpio"
	"crema/device/gpio/gpiotest"
)

func TestGuardReleasesWhenItsProgramIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := gpiotest.New("A", "B")
		board.Drive("A", false) // left low by the dead
		board.Take("B", "somebody")
		died, alive := io.Pipe()
		done := make(chan error)
		go func() { done <- gpio.Stand(died, board, []string{"A", "B"}) }()
		synctest.Wait()
		if board.High("A") {
			t.Fatal("the guard acts while its program lives")
		}
		alive.Close()
		synctest.Wait()
		if !board.High("A") || board.Held("A") {
			t.Errorf("A is high %t, held %t", board.High("A"), board.Held("A"))
		}
		time.Sleep(time.Second)
		board.Drive("B", false)
		board.Take("B", "") // the kernel frees it late
		if err := <-done; err != nil || !board.High("B") {
			t.Errorf("%v; B is high %t", err, board.High("B"))
		}
	})
}

// An output that another program holds keeps none of the others low.
func TestGuardTriesAllOutputsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := gpiotest.New("A", "B", "C")
		board.Take("A", "another program")
		board.Take("B", "the kernel, for a moment")
		board.Drive("B", false)
		board.Drive("C", false)
		done := make(chan error)
		go func() { done <- gpio.Stand(strings.NewReader(""), board, []string{"A", "B", "C"}) }()
		synctest.Wait()
		if !board.High("C") {
			t.Error("C waits for A")
		}
		board.Take("B", "")
		time.Sleep(100 * time.Millisecond)
		if !board.High("B") {
			t.Error("B waits for A")
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestGuardStopsTrying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := gpiotest.New("A")
		board.Take("A", "crema") // started anew
		if err := gpio.Stand(strings.NewReader(""), board, []string{"A"}); err != nil {
			t.Error(err)
		}
		var none *gpio.NoLineError
		if err := gpio.Stand(strings.NewReader(""), board, []string{"Z"}); !errors.As(err, &none) {
			t.Error(err)
		}
	})
}

func TestGuardThatIsToldAllIsWell(t *testing.T) {
	board := gpiotest.New("A")
	board.Drive("A", false)
	if err := gpio.Stand(strings.NewReader("k"), board, []string{"A"}); err != nil || board.High("A") {
		t.Errorf("%v; A is high %t", err, board.High("A"))
	}
}

// Signals that end a service come to its guard too. That of systemd's watchdog would leave the lines as they are.
func TestGuardOutlivesItsProgram(t *testing.T) {
	died, alive := io.Pipe()
	board, done := gpiotest.New("A"), make(chan error)
	board.Drive("A", false)
	go func() { done <- gpio.Stand(died, board, []string{"A"}) }()
	if _, err := alive.Write(nil); err != nil { // it reads: the signals are seen to
		t.Fatal(err)
	}
	for _, end := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGABRT, syscall.SIGQUIT} {
		if err := syscall.Kill(os.Getpid(), end); err != nil {
			t.Fatal(err)
		}
	}
	alive.Close()
	if err := <-done; err != nil || !board.High("A") {
		t.Errorf("%v; A is high %t", err, board.High("A"))
	}
}

func TestLineThatIsNotThereIsItsName(t *testing.T) {
	for _, name := range []string{"no such line", "no such chip/3", "gpiochip0/3"} {
		if got := (gpio.Chips{}).Same(name); got != name {
			t.Errorf("%s is %s", name, got)
		}
	}
}

func TestNamesOfLines(t *testing.T) {
	for name, why := range map[string]string{
		"gpiochip0/17": "number changes", "/17": "offset", "pinctrl-rp1/x": "offset", "pinctrl-rp1/-1": "offset",
		"no such line": "there is no line", "no such chip/3": "there is no line",
	} {
		var none *gpio.NoLineError
		if _, err := (gpio.Chips{Consumer: "test"}).Output(name); !errors.As(err, &none) || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
