package coffee2900

import (
	"log/slog"
	"math/rand/v2"
	"time"

	"crema/device"
)

// What a 2900 can do beyond device.Machine.
var (
	_ device.Machine       = (*Machine)(nil)
	_ device.Brewer        = (*Machine)(nil)
	_ device.CounterReader = (*Machine)(nil)
	_ device.JournalReader = (*Machine)(nil)
	_ device.ClockSetter   = (*Machine)(nil)
)

// model is what HELLO tells (manual 2).
const model = "2900"

// Options says how to speak to the machine. The zero value connects to nobody: a 2900
// wants a login.
type Options struct {
	// User and Password are those of the machine's service login. Password is called for
	// every login, so that it isn't kept; nil refuses every login with device.ErrLogin.
	User     string
	Password func() (string, error)
	// Name is what the controller calls itself to the machine; empty: "crema".
	Name string
	// Logger gets what an operator reads and, at debug level, repeats and what was
	// dropped, never the content of a frame; nil: nowhere.
	Logger *slog.Logger
	// Reply is how long one try waits for its reply; 0: the manual's 400 ms.
	Reply time.Duration
}

// Machine is a Coffee 2900 on a line. It is used by one goroutine at a time; only
// Events may be read beside it.
type Machine struct {
	dial   device.Dialer
	o      Options
	log    *slog.Logger
	events chan device.Event

	seq      byte // of the next request; goes on over connections
	conn     *conn
	identity device.Identity // of the last session; zero before
}

// New makes a driver; it opens nothing before Connect.
func New(dial device.Dialer, o Options) *Machine {
	if o.Name == "" {
		o.Name = "crema"
	}
	if o.Reply == 0 {
		o.Reply = replyTimeout
	}
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Machine{
		dial:   dial,
		o:      o,
		log:    log,
		events: make(chan device.Event, eventsKept),
		seq:    byte(rand.Uint32()),
	}
}

// Limits is what a 2900 can hold (manual 2).
func (m *Machine) Limits() device.Limits {
	return device.Limits{
		NameBytes:  nameMax,
		PriceMax:   priceMax,
		Currency:   true,
		Revisions:  true,
		BrewTokens: true,
	}
}

// Events tells what the machine says unasked, doubled ones left out. It holds the
// newest 64 and drops the oldest when nobody listens; it is never closed.
func (m *Machine) Events() <-chan device.Event { return m.events }

// Close gives the line back; the machine can be connected again. Closing what isn't
// connected does nothing.
func (m *Machine) Close() error {
	if m.conn == nil {
		return nil
	}
	err := m.conn.close()
	m.conn = nil
	return err
}
