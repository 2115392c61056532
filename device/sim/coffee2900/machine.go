package coffee2900

import (
	"context"
	"io"
	"log/slog"
	"time"

	"crema/device"
	"crema/device/sim"
)

var (
	_ sim.Machine    = (*Machine)(nil)
	_ sim.SlotEditor = (*Machine)(nil)
)

// Options says which machine to simulate; the zero value is a good one.
type Options struct {
	Serial   string        // empty: "29-000731"
	Firmware string        // empty: "4.2.0"
	User     string        // empty: "service"
	Password string        // empty: "s3cret"
	Slots    []device.Slot // empty: 32 slots, the first six with drinks
	// Brew is how long a cup takes that the controller starts; 0: it is finished at once.
	Brew time.Duration
	// Delay is how long the machine takes over each reply, by operation; nil: no time. With
	// different delays replies overtake each other, as the manual allows.
	Delay func(op uint64) time.Duration
	// Now is the machine's inner clock, of which it shows only differences; nil: time.Now.
	Now func() time.Time
	// Nonce fills the 16 octets of HELLO; nil: crypto/rand.
	Nonce func(b []byte)
	// Logger gets what the machine does, at debug level; nil: nowhere.
	Logger *slog.Logger
}

// Machine is a simulated Coffee 2900. All methods are safe for concurrent use.
type Machine struct{}

// New makes a machine that has just been powered up for the first time.
func New(o Options) *Machine { panic("todo") }

func (m *Machine) Serve(ctx context.Context, line io.ReadWriter) error { panic("todo") }
func (m *Machine) Buy(o sim.Order) (sim.Cup, error)                    { panic("todo") }
func (m *Machine) Restart()                                            { panic("todo") }
func (m *Machine) Alarm(code int, cause bool)                          { panic("todo") }
func (m *Machine) Truth() sim.Truth                                    { panic("todo") }
func (m *Machine) Save() ([]byte, error)                               { panic("todo") }
func (m *Machine) Load(state []byte) error                             { panic("todo") }
func (m *Machine) OnChange(f func(state []byte))                       { panic("todo") }

// EditSlot changes a slot at the panel: its revision goes up and event 6 is told.
func (m *Machine) EditSlot(n int, edit func(*device.Slot)) error { panic("todo") }

// SetJournalNext sets the number of the next journal entry; the journal is then empty.
func (m *Machine) SetJournalNext(n uint64) { panic("todo") }

// SetModel makes the machine pass itself off as another model in HELLO.
func (m *Machine) SetModel(model string) { panic("todo") }
