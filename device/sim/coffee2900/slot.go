package coffee2900

import (
	"fmt"
	"regexp"
	"unicode/utf8"

	"crema/device"
)

var currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)

// checkSlot tells whether the machine can hold s.
func checkSlot(s device.Slot) bool {
	r := s.Recipe
	return len(s.Name) >= 1 && len(s.Name) <= 40 && utf8.ValidString(s.Name) &&
		s.Price.Amount >= 0 && s.Price.Amount <= 1_000_000 && currencyForm.MatchString(s.Price.Currency) &&
		r != nil && r.Coffee >= 0 && r.Water >= 0 && r.Milk >= 0 && r.Temperature >= 0
}

// EditSlot changes a slot at the panel: its revision goes up and event 6 is told.
// device.ErrBadArgument for no such slot, or for what a slot can't hold; number and
// revision are not edit's to change.
func (m *Machine) EditSlot(n int, edit func(*device.Slot)) error {
	defer m.act()()
	if n < 0 || n >= len(m.kept.Slots) {
		return fmt.Errorf("slot %d: %w", n, device.ErrBadArgument)
	}
	s := m.kept.Slots[n]
	recipe := *s.Recipe
	s.Recipe = &recipe
	edit(&s)
	s.Number, s.Rev = n, m.kept.Slots[n].Rev+1
	if !checkSlot(s) {
		return fmt.Errorf("slot %d: %+v: %w", n, s, device.ErrBadArgument)
	}
	m.kept.Slots[n] = s
	m.changed = true
	m.tell(dict{{0, evSlotChanged}, {1, n}})
	return nil
}

// readSlot is the reply to SLOT.READ.
func (m *Machine) readSlot(n int) dict {
	s := m.kept.Slots[n]
	r := s.Recipe
	return dict{
		{1, n}, {2, s.Rev}, {3, s.Name}, {4, int(s.Price.Amount)}, {5, s.Price.Currency}, {6, s.Enabled},
		{7, dict{{1, int(r.Coffee)}, {2, int(r.Water)}, {3, int(r.Milk)}, {4, int(r.Temperature)}}},
	}
}

// writeSlot is SLOT.WRITE: the reply, or the error's payload.
func (m *Machine) writeSlot(body dict) (reply, refusal dict) {
	n, ok := m.slotArg(body)
	rev, isRev := uintArg(body, 2)
	if !ok || !isRev {
		return nil, failure(errArgument)
	}
	s := m.kept.Slots[n]
	changed, ok := change(&s, body)
	switch {
	case !ok || !checkSlot(s):
		return nil, failure(errArgument)
	case rev != s.Rev:
		return nil, append(failure(errRev), pair{1, s.Rev})
	case m.kept.Alarms[memoryAlarm].Cause:
		return nil, failure(errMemory)
	}
	if changed {
		s.Rev++
		m.kept.Slots[n] = s
		m.changed = true
	}
	return dict{{2, s.Rev}}, nil
}

// change puts the keys 3 to 7 of body into s; ok is false for a value of another type.
func change(s *device.Slot, body dict) (changed, ok bool) {
	ok = true
	set := func(key uint64, put func(v any) bool) {
		if v, has := body.get(key); has {
			changed = true
			ok = ok && put(v)
		}
	}
	set(3, func(v any) (is bool) { s.Name, is = v.(string); return is })
	set(4, func(v any) bool {
		n, is := v.(uint64)
		s.Price.Amount = int64(min(n, 1<<40))
		return is
	})
	set(5, func(v any) (is bool) { s.Price.Currency, is = v.(string); return is })
	set(6, func(v any) (is bool) { s.Enabled, is = v.(bool); return is })
	set(7, func(v any) bool {
		d, is := v.(dict)
		if !is {
			return false
		}
		var amounts [4]int64
		for i := range amounts {
			n, is := uintArg(d, uint64(i+1))
			if !is || n > 1<<31 {
				return false
			}
			amounts[i] = int64(n)
		}
		s.Recipe = &device.Recipe{
			Coffee: device.Decigram(amounts[0]), Water: device.Millilitre(amounts[1]),
			Milk: device.Millilitre(amounts[2]), Temperature: device.Decicelsius(amounts[3]),
		}
		return true
	})
	return changed, ok
}
