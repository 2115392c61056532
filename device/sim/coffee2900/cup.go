package coffee2900

import (
	"fmt"
	"time"

	"crema/device"
	"crema/device/sim"
)

// making is the cup in the making.
type making struct {
	entry                // what its entry will be, but for number and times
	Cup    sim.Cup       `json:"cup"` // what Truth will say of it
	Recipe device.Recipe `json:"recipe"`
}

// token is one that BREW was given, and the number that it got.
type token struct {
	Token  [8]byte `json:"token"`
	Number uint64  `json:"number"`
}

const tokensKept = 16

// Buy is a customer at the panel; see sim.Machine. A sale's payment is as ordered, a
// badge's text too; free and test cups have none.
func (m *Machine) Buy(o sim.Order) (sim.Cup, error) {
	defer m.act()()
	kind, ok := map[device.CupKind]int{"": kindSale, device.CupSale: kindSale, device.CupFree: kindFree, device.CupTest: kindTest}[o.Kind]
	if !ok {
		return sim.Cup{}, fmt.Errorf("a cup of kind %q at the panel: %w", o.Kind, device.ErrBadArgument)
	}
	payment, ok := map[device.Payment]int{device.PaymentNone: 0, device.PaymentCash: 1, device.PaymentCard: 2, device.PaymentBadge: 3}[o.Payment]
	if !ok {
		return sim.Cup{}, fmt.Errorf("payment %q: %w", o.Payment, device.ErrBadArgument)
	}
	if o.Slot < 0 || o.Slot >= len(m.kept.Slots) {
		return sim.Cup{}, fmt.Errorf("slot %d: %w", o.Slot, device.ErrBadArgument)
	}
	if m.locked {
		return sim.Cup{}, sim.ErrPanelLocked
	}
	if err := m.refuse(o.Slot); err != 0 {
		return sim.Cup{}, map[int]error{
			errBusy: device.ErrBusy, errNotReady: device.ErrNotReady,
			errDisabled: device.ErrSlotDisabled, errEmpty: device.ErrIngredientEmpty,
		}[err]
	}
	s := m.kept.Slots[o.Slot]
	e := entry{Slot: o.Slot, Kind: kind}
	cup := sim.Cup{Slot: o.Slot, Name: s.Name, Price: s.Price}
	switch kind {
	case kindSale:
		price := uint64(s.Price.Amount)
		e.Price, e.Currency, e.Payment, e.Badge = &price, s.Price.Currency, &payment, o.Badge
		cup.Kind, cup.Payment = device.CupSale, o.Payment
	case kindFree:
		none := 0
		e.Payment = &none
		cup.Kind = device.CupFree
	case kindTest:
		cup.Kind = device.CupTest
	}
	return m.start(e, cup, o.Brew), nil
}

// refuse is why the slot can't be made now, 0 where it can: the first of 4, 5, 6, 7.
func (m *Machine) refuse(slot int) int {
	s := m.kept.Slots[slot]
	switch {
	case m.kept.Making != nil:
		return errBusy
	case m.currentState() != stateReady:
		return errNotReady
	case !s.Enabled:
		return errDisabled
	case m.lacking(*s.Recipe):
		return errEmpty
	default:
		return 0
	}
}

// start begins a cup, and ends it at once where it takes no time.
func (m *Machine) start(e entry, cup sim.Cup, brew time.Duration) sim.Cup {
	cup.Number = m.kept.Next
	mk := &making{entry: e, Cup: cup, Recipe: *m.kept.Slots[e.Slot].Recipe}
	m.kept.Making = mk
	m.changed = true
	if brew <= 0 {
		m.finish()
		return cup
	}
	m.stopCup = time.AfterFunc(brew, func() {
		defer m.act()()
		if m.kept.Making == mk {
			m.stopCup = nil
			m.finish()
		}
	}).Stop
	m.noteState()
	return cup
}

// finish ends the cup in the making: ingredients, counter, entry.
func (m *Machine) finish() {
	mk := m.kept.Making
	m.kept.Making = nil
	mk.Used = m.use(mk.Recipe)
	m.kept.Counters[mk.Slot]++
	m.kept.Cups = append(m.kept.Cups, mk.Cup)
	if over := len(m.kept.Cups) - cupsKept; over > 0 {
		m.kept.Cups = append([]sim.Cup(nil), m.kept.Cups[over:]...)
	}
	m.record(mk.entry)
	m.noteState()
}

// abort is the power-up after a failure in the middle of a cup.
func (m *Machine) abort() {
	mk := m.kept.Making
	m.kept.Making = nil
	half := mk.Recipe
	half.Coffee, half.Water, half.Milk = half.Coffee/2, half.Water/2, half.Milk/2
	mk.Used = m.use(half)
	mk.Kind = kindAborted
	m.record(mk.entry)
}

// brew is BREW: the number of the entry to come, or why not.
func (m *Machine) brew(slot int, t [8]byte) (uint64, int) {
	for _, known := range m.kept.Tokens {
		if known.Token == t {
			return known.Number, 0
		}
	}
	if err := m.refuse(slot); err != 0 {
		return 0, err
	}
	s := m.kept.Slots[slot]
	number := m.kept.Next
	m.kept.Tokens = append(m.kept.Tokens, token{t, number})
	if over := len(m.kept.Tokens) - tokensKept; over > 0 {
		m.kept.Tokens = append([]token(nil), m.kept.Tokens[over:]...)
	}
	m.start(entry{Slot: slot, Kind: kindRemote}, sim.Cup{Slot: slot, Name: s.Name, Price: s.Price, Kind: device.CupRemote}, m.o.Brew)
	return number, 0
}
