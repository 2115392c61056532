package coffee1900

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"crema/device"
)

// What a 1900 can do beyond device.Machine.
var (
	_ device.Machine       = (*Machine)(nil)
	_ device.Brewer        = (*Machine)(nil)
	_ device.CounterReader = (*Machine)(nil)
)

// model is what ID tells.
const model = "1900"

// Options says how to speak to the machine; the zero value is the manual's way.
type Options struct {
	// Logger gets every line at debug level; nil: nowhere.
	Logger *slog.Logger
	// Reply is how long one try waits for its reply; 0: the manual's 300 ms.
	Reply time.Duration
	// WriteReply is the same of a slot's change; 0: the manual's 800 ms.
	WriteReply time.Duration
}

// Machine is a Coffee 1900 on a line. It is used by one goroutine at a time; only
// Events may be received from elsewhere.
type Machine struct {
	dial   device.Dialer
	o      Options
	log    *slog.Logger
	events chan device.Event

	conn     *conn // nil: not connected
	tag      byte  // the last one used; goes on over connections
	identity device.Identity
}

// New makes a driver; it opens nothing before Connect.
func New(dial device.Dialer, o Options) *Machine {
	if o.Reply == 0 {
		o.Reply = replyTime
	}
	if o.WriteReply == 0 {
		o.WriteReply = writeTime
	}
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Machine{dial: dial, o: o, log: log, events: make(chan device.Event, 16)}
}

// Limits is what a 1900 can hold.
func (m *Machine) Limits() device.Limits {
	return device.Limits{NameBytes: nameBytes, Latin1: true, NameWithout: ",*<>", PriceMax: priceMax}
}

// Events tells of restarts, the only thing that a 1900 says unasked. It holds the newest
// and drops the oldest when nobody listens; it is never closed.
func (m *Machine) Events() <-chan device.Event { return m.events }

// restarted tells of a banner.
func (m *Machine) restarted() {
	for {
		select {
		case m.events <- device.Event{Kind: device.EventRestarted}:
			return
		default:
		}
		select {
		case <-m.events: // the oldest, for want of room
		default:
		}
	}
}

// Connect opens the line and asks twice who is there: the machine may remember the tag
// of another program's last request, and would answer the first ID with its reply.
// device.WrongModelError: another machine; device.ErrBadReply: something that is no
// such machine; device.ErrNoReply: silence. A restart meanwhile does no harm, and what
// Events held from before is dropped: a connection begins with its own.
func (m *Machine) Connect(ctx context.Context) (device.Identity, error) {
	if err := m.Close(); err != nil {
		m.log.Debug("closing the line of before", "error", err)
	}
	line, err := m.dial(ctx)
	if err != nil {
		return device.Identity{}, fmt.Errorf("connect: %w", err)
	}
	// Who had the line before may have heard a reply just now.
	m.conn = &conn{line: line, last: time.Now()}
	id, err := m.identify(ctx)
	for n := 1; n < maxTags && errors.Is(err, device.ErrRestarted); n++ {
		id, err = m.identify(ctx)
	}
	if m.conn != nil && (errors.Is(err, device.ErrNoReply) || errors.Is(err, device.ErrBadReply)) {
		if other := m.foreign(ctx); other != "" {
			err = &device.WrongModelError{Want: model, Got: other}
		}
	}
	if err != nil {
		_ = m.Close() // why there is no connection is the error
		return device.Identity{}, fmt.Errorf("connect: %w", err)
	}
	for len(m.events) > 0 {
		<-m.events
	}
	m.identity = id
	return id, nil
}

// identify is ID with a tag whose reply may be anybody's, and ID with one that is ours.
func (m *Machine) identify(ctx context.Context) (device.Identity, error) {
	anything := func([]string) error { return nil }
	a, err := m.exchange(ctx, m.freshTag(), request{ask: "ID", within: m.o.Reply, accept: anything, once: true})
	// A refusal or two that differ are a reply too: of another program's request.
	if err != nil && a.lines == 0 || errors.Is(err, device.ErrLineLost) || errors.Is(err, device.ErrRestarted) || ctx.Err() != nil {
		return device.Identity{}, m.nobody(err)
	}
	var fields []string
	keep := func(f []string) error {
		fields = f
		if len(f) == 0 || f[0] == "" {
			return errForm
		}
		return nil
	}
	if err := m.do(ctx, request{ask: "ID", within: m.o.Reply, accept: keep}, false); err != nil {
		return device.Identity{}, m.nobody(err)
	}
	return parseIdentity(fields)
}

// nobody says more of a machine that did not answer as one: whether anything came.
func (m *Machine) nobody(err error) error {
	switch {
	case m.conn == nil || !errors.Is(err, device.ErrNoReply) && !errors.Is(err, device.ErrUnsupported):
		return err
	case m.conn.heard == 0:
		return fmt.Errorf("%w: check that it is switched on, the cable and the port", err)
	}
	return fmt.Errorf("%w: what answers on this line does not speak as a Coffee %s does: check `version`, the port and the cable (%w)", device.ErrBadReply, model, err)
}

func parseIdentity(f []string) (device.Identity, error) {
	if f[0] != model {
		return device.Identity{}, &device.WrongModelError{Want: model, Got: f[0]}
	}
	bad := func(why error) (device.Identity, error) {
		return device.Identity{}, fmt.Errorf("%w: ID: %w", device.ErrBadReply, why)
	}
	if err := wantFields(f, 4); err != nil {
		return bad(err)
	}
	if len(f[1]) != 8 {
		return bad(fmt.Errorf("serial number %q has not 8 digits", f[1]))
	}
	for _, c := range f[1] {
		if c < '0' || c > '9' {
			return bad(fmt.Errorf("serial number %q has not 8 digits", f[1]))
		}
	}
	if f[2] == "" {
		return bad(errors.New("no firmware version"))
	}
	slots, err := number(f[3], 1, 16) // more counters would not fit into a line
	if err != nil {
		return bad(fmt.Errorf("slots: %w", err))
	}
	return device.Identity{Model: f[0], Serial: f[1], Firmware: f[2], Slots: slots}, nil
}

// Close gives the line back; the machine can be connected again. Closing what is not
// connected does nothing.
func (m *Machine) Close() error {
	if m.conn == nil {
		return nil
	}
	err := m.conn.line.Close()
	m.conn = nil
	return err
}
