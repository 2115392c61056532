package coffee

import (
	"context"
	"fmt"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
)

// fakeMachine is a Coffee 1900 or 2900 as its manual says, without its line: what the
// connector sees of it through a driver. It keeps the truth. Simulated machines with
// their true bytes and real drivers are in the tests of the whole; this one can be
// stopped and meddled with between any two calls.
type fakeMachine struct {
	w      *world
	model  string
	serial string
	slots  []device.Slot
	locked bool
	alarms []device.Alarm

	made []made          // every finished cup, in order
	lost map[string]bool // keys of those that nobody may have seen

	// The 1900's, as truth: unwrapped.
	era uint64
	n   [8]uint64

	// The 2900's.
	boot     uint64
	entries  []device.Entry // all that were ever written; the ring has the last 256
	acked    uint64
	counts   map[int]uint64
	tokens   map[device.Token]uint64
	clockSet bool

	restarted bool // the next call finds out
	brewing   int  // calls of Status until the cup in the making is done; 0: none
	brewKind  device.CupKind
	brewSlot  int
	brewOf    device.Slot // what it held when the cup was started
}

// made is one finished cup.
type made struct {
	key   string
	name  string
	price device.Money // what was paid
	kind  device.CupKind
	slot  int
}

func newFakeMachine(w *world, model string) *fakeMachine {
	m := &fakeMachine{w: w, model: model, serial: "00184467", era: 3, boot: 5, counts: map[int]uint64{}, lost: map[string]bool{}, tokens: map[device.Token]uint64{}}
	currency := ""
	if model == "2900" {
		m.serial, currency = "29-000731", "EUR"
	}
	for s := range 8 {
		m.n[s] = 65_528 + uint64(s) // they wrap soon
		m.slots = append(m.slots, device.Slot{Number: s, Rev: 1, Name: fmt.Sprintf("Drink %d", 100+s), Enabled: true,
			Price: device.Money{Amount: int64(100 + s), Currency: currency}, Volume: 40})
		if model == "1900" {
			m.slots[s].Rev = 0
		}
	}
	return m
}

func (m *fakeMachine) is1900() bool { return m.model == "1900" }

// driver is the machine with the capabilities of its model.
func (m *fakeMachine) driver() device.Machine {
	if m.is1900() {
		return fake1900{m}
	}
	return fake2900{m}
}

// Buy is a customer whose cup is done at once.
func (m *fakeMachine) Buy(slot int) bool {
	if !m.start(slot, device.CupSale, 1) {
		return false
	}
	m.brew()
	return true
}

// start begins a cup that is done after so many calls of Status.
func (m *fakeMachine) start(slot int, kind device.CupKind, calls int) bool {
	if m.brewing > 0 || !m.slots[slot].Enabled || m.locked && kind != device.CupRemote {
		return false
	}
	m.brewing, m.brewSlot, m.brewKind, m.brewOf = calls, slot, kind, m.slots[slot]
	return true
}

// brew is time that passes.
func (m *fakeMachine) brew() {
	if m.brewing == 0 {
		return
	}
	if m.brewing--; m.brewing == 0 {
		m.finish(m.brewSlot, m.brewKind)
	}
}

// finish counts a cup, of what its slot held when it was started.
func (m *fakeMachine) finish(slot int, kind device.CupKind) {
	s := m.brewOf
	cup := made{name: s.Name, price: s.Price, kind: kind, slot: slot}
	if kind == device.CupRemote {
		cup.price.Amount = 0
	}
	if m.is1900() {
		m.n[slot]++
		cup.key = ledger.Key1900(m.serial, m.era, slot, m.n[slot])
	} else {
		e := m.entry(slot, kind)
		m.counts[slot]++
		cup.key = ledger.Key2900(m.serial, e.Number)
	}
	m.made = append(m.made, cup)
}

func (m *fakeMachine) entry(slot int, kind device.CupKind) device.Entry {
	e := device.Entry{Number: uint64(len(m.entries)) + 1, Uptime: time.Duration(len(m.entries)) * time.Second, Slot: slot, Kind: kind}
	if m.clockSet {
		e.Time = m.w.clock.wall.Truncate(time.Second)
	}
	if kind == device.CupSale {
		price := m.brewOf.Price
		e.Price, e.Payment = &price, device.PaymentCard
	}
	if old := max(e.Number, 257) - 256; e.Number > 256 && old > m.acked {
		m.lost[ledger.Key2900(m.serial, old)] = true // if it was not read
	}
	m.entries = append(m.entries, e)
	return e
}

// Restart is a power cycle. The cup in the making is lost.
func (m *fakeMachine) Restart(noticed bool) {
	if m.brewing > 0 && !m.is1900() {
		aborted := m.entry(m.brewSlot, device.CupAborted)
		if m.brewKind == device.CupSale {
			price := m.brewOf.Price
			m.entries[aborted.Number-1].Price = &price
		}
	}
	m.locked, m.brewing, m.clockSet = false, 0, false
	m.boot++
	m.restarted = noticed || !m.is1900() // the 2900 needs a new login
}

// Reset sets the counters of a 1900 to 0.
func (m *fakeMachine) Reset() { m.era, m.n = m.era+1, [8]uint64{} }

// Edit is a change at the panel of a 2900.
func (m *fakeMachine) Edit(slot int, f func(*device.Slot)) {
	f(&m.slots[slot])
	m.slots[slot].Rev++
}

// do is one call: others act before it, and the process may die before and after it.
func (m *fakeMachine) do(f func() error) error {
	if m.w.meddle != nil && !m.w.fuse.isBlown() {
		m.w.meddle()
	}
	if err := m.w.fuse.event(); err != nil {
		return err
	}
	if m.restarted {
		return device.ErrRestarted
	}
	if err := f(); err != nil {
		return err
	}
	return m.w.fuse.event()
}

func (m *fakeMachine) Connect(context.Context) (id device.Identity, err error) {
	m.restarted = false
	err = m.do(func() error {
		id = device.Identity{Model: m.model, Serial: m.serial, Slots: len(m.slots)}
		if !m.is1900() {
			id.Boot = m.boot
		}
		return nil
	})
	return id, err
}

func (m *fakeMachine) Close() error                { return nil }
func (m *fakeMachine) Events() <-chan device.Event { return nil }
func (m *fakeMachine) Limits() device.Limits {
	if m.is1900() {
		return limits1900
	}
	return limits2900
}

func (m *fakeMachine) Status(context.Context) (s device.Status, err error) {
	err = m.do(func() error {
		m.brew()
		s.Alarms = m.alarms
		if s.State = device.StateReady; m.brewing > 0 {
			s.State = device.StateBrewing
		}
		if !m.is1900() {
			locked := m.locked
			s.Next, s.OldestUnacknowledged, s.Locked = m.next(), m.acked+1, &locked
		}
		return nil
	})
	return s, err
}

func (m *fakeMachine) next() uint64 { return uint64(len(m.entries)) + 1 }

func (m *fakeMachine) oldest() uint64 { return max(m.next(), 257) - 256 }

func (m *fakeMachine) Slots(context.Context) (revs []device.SlotRev, err error) {
	err = m.do(func() error {
		for _, s := range m.slots {
			revs = append(revs, device.SlotRev{Number: s.Number, Rev: s.Rev})
		}
		return nil
	})
	return revs, err
}

func (m *fakeMachine) ReadSlot(_ context.Context, n int) (s device.Slot, err error) {
	err = m.do(func() error { s = m.slots[n]; return nil })
	return s, err
}

func (m *fakeMachine) WriteSlot(_ context.Context, old device.Slot, c device.SlotChange) (s device.Slot, err error) {
	err = m.do(func() error {
		now := &m.slots[old.Number]
		if now.Rev != old.Rev {
			return &device.RevDiffersError{Current: now.Rev}
		}
		if c.Name != nil {
			now.Name = *c.Name
		}
		if c.Price != nil {
			now.Price = *c.Price
		}
		if c.Enabled != nil {
			now.Enabled = *c.Enabled
		}
		if !m.is1900() {
			now.Rev++
		}
		s = *now
		return nil
	})
	return s, err
}

func (m *fakeMachine) Lock(_ context.Context, locked bool) error {
	return m.do(func() error { m.locked = locked; return nil })
}

func (m *fakeMachine) AckAlarm(context.Context, int) error { return m.do(func() error { return nil }) }

func (m *fakeMachine) Levels(context.Context) ([]device.Level, error) {
	return nil, m.do(func() error { return nil })
}

func (m *fakeMachine) ReadCounters(context.Context) (c device.Counters, err error) {
	err = m.do(func() error {
		c.Cups = map[int]uint64{}
		if m.is1900() {
			c.Epoch, c.Modulus = uint8(m.era), 65536
			for s, n := range m.n {
				c.Cups[s] = n % 65536
			}
			return nil
		}
		c.Modulus = 1 << 32
		for s := range m.slots {
			c.Cups[s] = m.counts[s]
		}
		return nil
	})
	return c, err
}

func (m *fakeMachine) Brew(_ context.Context, slot int, token device.Token) (b device.Brewing, err error) {
	err = m.do(func() error {
		if n, known := m.tokens[token]; known && !m.is1900() {
			b.Number = n
			return nil
		}
		switch {
		case m.brewing > 0:
			return device.ErrBusy
		case !m.slots[slot].Enabled:
			return device.ErrSlotDisabled
		}
		m.start(slot, device.CupRemote, 3)
		if !m.is1900() {
			m.tokens[token], b.Number = m.next(), m.next()
		}
		return nil
	})
	return b, err
}

type fake1900 struct{ *fakeMachine }

type fake2900 struct{ *fakeMachine }

func (m fake2900) ReadJournal(_ context.Context, from uint64, n int) (p device.JournalPage, err error) {
	err = m.do(func() error {
		p.Next, p.Oldest = m.next(), m.oldest()
		for number := max(from, m.oldest()); number < m.next() && len(p.Entries) < n; number++ {
			p.Entries = append(p.Entries, m.entries[number-1])
		}
		return nil
	})
	return p, err
}

func (m fake2900) AckJournal(_ context.Context, upTo uint64) error {
	return m.do(func() error {
		if upTo >= m.next() {
			return device.ErrBadArgument
		}
		m.acked = max(m.acked, upTo)
		return nil
	})
}

func (m fake2900) SetClock(context.Context, time.Time) error {
	return m.do(func() error { m.clockSet = true; return nil })
}

var (
	_ device.Brewer        = fake1900{}
	_ device.CounterReader = fake1900{}
	_ device.Brewer        = fake2900{}
	_ device.JournalReader = fake2900{}
	_ device.ClockSetter   = fake2900{}
)
