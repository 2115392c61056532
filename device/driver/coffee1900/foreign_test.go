package coffee1900_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crema/device"
	"crema/device/driver/coffee1900"
	"crema/device/serial"
	"crema/device/sim"
	sim2900 "crema/device/sim/coffee2900"
)

// TestAnotherMachineOnTheLine: what is on a real line instead of a 1900, and what
// Connect makes of it.
func TestAnotherMachineOnTheLine(t *testing.T) {
	says := func(answer func(heard string) string) func(context.Context, *sim.PTY) {
		return func(_ context.Context, line *sim.PTY) {
			b := make([]byte, 512)
			for {
				n, err := line.Read(b)
				if err != nil {
					return
				}
				if _, err := line.Write([]byte(answer(string(b[:n])))); err != nil {
					return
				}
			}
		}
	}
	a2900 := func(model string) func(context.Context, *sim.PTY) {
		return func(ctx context.Context, line *sim.PTY) {
			m := sim2900.New(sim2900.Options{})
			m.SetModel(model)
			_ = sim.Serve(ctx, m, line)
		}
	}
	for name, c := range map[string]struct {
		there func(context.Context, *sim.PTY)
		want  error
		got   string // the model that is named
	}{
		"a 2900":            {a2900("2900"), nil, "2900"},
		"one of its kin":    {a2900("2910"), nil, "2910"},
		"nobody":            {says(func(string) string { return "" }), device.ErrNoReply, ""},
		"its own echo":      {says(func(heard string) string { return heard }), device.ErrBadReply, ""},
		"a shell":           {says(func(string) string { return "login: " }), device.ErrBadReply, ""},
		"a flood":           {says(func(string) string { return strings.Repeat("~\x02<", 400) }), device.ErrBadReply, ""},
		"a HELLO cut short": {says(func(string) string { return "\x7e\x02\x00\xa8\x01\x6429" }), device.ErrBadReply, ""},
		"a model of octets": {says(func(string) string { return "\x7e\x02\x00\xa8\x01\x64\x00\x01\x02\x03" }), device.ErrBadReply, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pty, err := sim.OpenPTY(filepath.Join(t.TempDir(), "tty"))
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			ctx, cancel := context.WithCancel(context.Background())
			go func() { defer close(ended); c.there(ctx, pty) }()
			t.Cleanup(func() { cancel(); pty.Close(); <-ended })
			m := coffee1900.New(serial.Dialer(pty.Link(), 9600), coffee1900.Options{Reply: 50 * time.Millisecond})
			_, err = m.Connect(t.Context())
			var wrong *device.WrongModelError
			if errors.As(err, &wrong) != (c.got != "") || wrong != nil && (wrong.Got != c.got || wrong.Want != "1900") {
				t.Errorf("Connect = %v, want the model %q", err, c.got)
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("Connect = %v, want %v", err, c.want)
			}
		})
	}
}
