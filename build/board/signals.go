package board

import (
	"fmt"
	"time"
)

// signals are what the board says of the lobby's wires.
func (w *world) signals() (s signals, err error) {
	backend := struct{ Wires *signals }{&s}
	if err := w.api("GET", "backends/lobby", &backend); err != nil {
		return s, err
	}
	if backend.Wires == nil || len(s.Faults) > 0 {
		err = fmt.Errorf("the board can't use the lobby's wires: %q", s.Faults)
	}
	return s, err
}

type signals struct {
	Faults          []string
	Busy, Cup, Door *bool
	Inhibited       bool
	Water           *struct {
		Pulses, Missed, Rejected uint64
		Runs                     bool
		Hour                     struct{ Cups, Rinses, ML int }
	}
}

// shows waits until the page shows something.
func (l *wiring) shows(what string, ok func(signals) bool) error {
	return l.w.until("the page shows "+what, 15*time.Second, func() bool {
		s, err := l.w.signals()
		return err == nil && ok(s)
	})
}

// showing is shows as a step.
func (l *wiring) showing(what string, ok func(signals) bool) step {
	return func() error { return l.shows(what, ok) }
}

func is(b *bool, want bool) bool { return b != nil && *b == want }
