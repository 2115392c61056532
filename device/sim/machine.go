package sim

import (
	"context"
	"errors"
	"io"
	"time"

	"crema/device"
)

// Machine is a simulated coffee machine. All methods are safe for concurrent use;
// only Serve runs one at a time.
type Machine interface {
	// Serve speaks on the line until ctx ends or the line fails, and returns ctx's error
	// or the line's. Where the line has SetReadDeadline, as [PTY] and net.Conn do, the
	// end of ctx interrupts a read, else Serve returns after the next one. Only one
	// Serve runs at a time; call it again for a new line. What the machine remembers
	// stays over the change: pulling a cable is no restart.
	Serve(ctx context.Context, line io.ReadWriter) error
	// Buy is a customer at the panel. The cup is finished after o.Brew, at once where
	// that is 0; Buy does not wait for it. Refused with ErrPanelLocked, or with what the
	// machine would tell: device.ErrBusy, device.ErrNotReady, device.ErrSlotDisabled,
	// device.ErrIngredientEmpty, device.ErrBadArgument (no such slot, kind or payment).
	Buy(o Order) (Cup, error)
	// Restart is a power cycle: what power-up clears is cleared, a cup in the making is
	// lost, and the machine says so on its line if it has something to say.
	Restart()
	// Alarm raises the alarm with this code (cause true), or takes its cause away: it
	// is then set until it is acknowledged.
	Alarm(code int, cause bool)
	// Acknowledge is somebody at the machine who acknowledges the alarm with this code: it is over if its cause is gone,
	// else as soon as that is.
	Acknowledge(code int)
	// Truth is what really happened, for tests to compare with.
	Truth() Truth
	// Save is what a machine keeps without power, as JSON; Load puts it back, before
	// the first Serve. Load refuses what Save of this model did not write.
	Save() ([]byte, error)
	Load(state []byte) error
	// OnChange sets the one function that is called with what Save would return, each
	// time that changed and before the machine tells anybody. It runs with the machine
	// locked and must not call it.
	OnChange(f func(state []byte))
}

// What only some simulated machines can do.
type (
	// CounterResetter is a machine whose counters can be reset.
	CounterResetter interface{ ResetCounters() }
	// SlotEditor is a machine whose slots can be changed at its panel.
	SlotEditor interface {
		EditSlot(n int, edit func(*device.Slot)) error
	}
	// ModelSetter is a machine that can pass itself off as another model.
	ModelSetter interface{ SetModel(model string) }
)

// ErrPanelLocked refuses a customer while the controller has the panel locked.
var ErrPanelLocked = errors.New("the panel is locked")

// Order is what a customer asks for.
type Order struct {
	Slot    int            `json:"slot"`
	Payment device.Payment `json:"payment"` // where the machine knows payments
	Kind    device.CupKind `json:"kind"`    // sale, free or test; empty: sale
	Badge   string         `json:"badge,omitempty"`
	Brew    time.Duration  `json:"-"` // how long the cup takes; 0: at once
}

// Cup is one cup that a machine made.
type Cup struct {
	Number  uint64         `json:"number"` // the journal's, or the counter's value after it
	Slot    int            `json:"slot"`
	Name    string         `json:"name"`  // the slot's, when the cup was started
	Price   device.Money   `json:"price"` // likewise; of every kind
	Kind    device.CupKind `json:"kind"`  // remote for the controller's
	Payment device.Payment `json:"payment"`
}

// Truth is what really happened in a machine.
type Truth struct {
	Model  string        `json:"model"`
	Serial string        `json:"serial"`
	Slots  []device.Slot `json:"slots"`
	Cups   []Cup         `json:"cups"` // the finished ones, in order; aborted ones are not here
	// Counters is what the machine's own counters show now, by slot.
	Counters map[int]uint64 `json:"counters"`
	Epoch    int            `json:"epoch"`
	Locked   bool           `json:"locked"`
	State    string         `json:"state"` // device.State's word
	// Alarms are the codes of those that are set, rising.
	Alarms []int `json:"alarms"`
}
