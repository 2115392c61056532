package coffee1900

import (
	"fmt"
	"time"

	"crema/device"
	"crema/device/sim"
)

// brewing is the cup in the making.
type brewing struct {
	time  time.Duration // of a cup started by BR
	cup   *sim.Cup
	timer *time.Timer
}

// level is what LV tells, in percent.
type level struct{ Beans, Water, Grounds int }

// refusal is why no cup of slot n can be started now, 0 where it can: the first of the
// manual's 04 to 07.
func (m *Machine) refusal(n int) int {
	switch {
	case m.brewing.cup != nil:
		return errBusy
	case m.state() != 'R':
		return errNotReady
	case !m.slots[n].enabled:
		return errDisabled
	case m.alarms.cause&(waterEmpty|beansEmpty) != 0:
		return errEmpty
	}
	return 0
}

// Buy is a customer at the panel.
func (m *Machine) Buy(o sim.Order) (sim.Cup, error) {
	if o.Kind == "" {
		o.Kind = device.CupSale
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case o.Kind != device.CupSale && o.Kind != device.CupFree && o.Kind != device.CupTest:
		return sim.Cup{}, fmt.Errorf("%w: nobody buys a %q cup at the panel", device.ErrBadArgument, o.Kind)
	case o.Slot < 0 || o.Slot >= len(m.slots):
		return sim.Cup{}, fmt.Errorf("%w: there is no slot %d", device.ErrBadArgument, o.Slot)
	case m.locked, m.header != nil && m.header.inhibited:
		return sim.Cup{}, sim.ErrPanelLocked
	}
	switch m.refusal(o.Slot) {
	case errBusy:
		return sim.Cup{}, device.ErrBusy
	case errNotReady:
		return sim.Cup{}, device.ErrNotReady
	case errDisabled:
		return sim.Cup{}, device.ErrSlotDisabled
	case errEmpty:
		return sim.Cup{}, device.ErrIngredientEmpty
	}
	cup := m.cup(o.Slot, o.Kind)
	cup.Payment = o.Payment
	if m.header != nil {
		m.header.chosen = o.Slot
	}
	m.start(cup, o.Brew)
	return cup, nil
}

// cup is the next cup of slot n; its number is what the slot's counter will show if
// nobody resets it meanwhile.
func (m *Machine) cup(n int, kind device.CupKind) sim.Cup {
	s := m.slots[n].device(n)
	return sim.Cup{Number: uint64(m.counters[n] + 1), Slot: n, Name: s.Name, Price: s.Price, Kind: kind}
}

// start begins the cup, which is finished after d.
func (m *Machine) start(cup sim.Cup, d time.Duration) {
	m.brewing.cup = &cup
	if m.header != nil {
		m.header.begin(d)
		return
	}
	if d <= 0 {
		m.finish()
		return
	}
	started := m.brewing.cup
	m.brewing.timer = time.AfterFunc(d, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.brewing.cup == started { // else a restart came first
			m.finish()
		}
	})
}

// finish ends the cup in the making: the counter goes up now, not before.
func (m *Machine) finish() {
	cup := *m.brewing.cup
	m.brewing.cup = nil
	m.counters[cup.Slot]++
	cup.Number = uint64(m.counters[cup.Slot])
	m.cups = append(m.cups, cup)
	m.level.use()
	m.changed()
}

// abort loses the cup in the making.
func (m *Machine) abort() {
	if m.brewing.timer != nil {
		m.brewing.timer.Stop()
	}
	m.brewing.cup = nil
}

// use takes what a cup takes; somebody tends to it before it runs out.
func (l *level) use() {
	if l.Beans--; l.Beans < 10 {
		l.Beans = 100
	}
	if l.Water -= 2; l.Water < 10 {
		l.Water = 100
	}
	if l.Grounds++; l.Grounds > 90 {
		l.Grounds = 0
	}
}
