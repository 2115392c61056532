package coffee2900

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"crema/device"
)

// state is the manual's state number in package device's words.
func state(n uint64) device.State {
	switch n {
	case 0:
		return device.StateStandby
	case 1:
		return device.StateHeating
	case 2:
		return device.StateReady
	case 3:
		return device.StateBrewing
	case 4:
		return device.StateCleaning
	case 5:
		return device.StateError
	default:
		return device.StateUnknown
	}
}

// Status reads state, temperature, alarms, where the journal stands, and whether the
// panel is locked. It asks the journal too, for nothing: STATUS alone would never
// notice that the machine was restarted, frees its panel and lost its clock (manual 2).
func (m *Machine) Status(ctx context.Context) (device.Status, error) {
	s, err := m.status(ctx)
	if err != nil {
		return s, err
	}
	_, h, err := m.try(ctx, newRequest(opJournalRead).uint(1, s.Next).uint(2, 1))
	if err != nil {
		return device.Status{}, fmt.Errorf("STATUS: %w", err)
	}
	if h.relogin {
		return m.status(ctx) // the first may be from before the restart
	}
	return s, nil
}

func (m *Machine) status(ctx context.Context) (device.Status, error) {
	f, err := m.call(ctx, newRequest(opStatus))
	if err != nil {
		return device.Status{}, err
	}
	locked := f.bool(6)
	s := device.Status{
		State:                state(f.uint(1, 1<<32)),
		Temperature:          device.Decicelsius(f.signed(2)),
		Next:                 f.uint(4, numberMax),
		OldestUnacknowledged: f.uint(5, numberMax),
		Locked:               &locked,
	}
	for _, it := range f.list(3) {
		code, ok := it.uint()
		if !ok || code > alarmMax {
			f.bad(3, "a list of alarm codes")
			break
		}
		a := newAlarm(int(code))
		if a.Text == "" {
			a.Text = fmt.Sprintf("alarm %d", code)
		}
		s.Alarms = append(s.Alarms, a)
	}
	slices.SortFunc(s.Alarms, func(a, b device.Alarm) int { return cmp.Compare(a.Code, b.Code) })
	if f.fault() == nil && (s.Next == 0 || s.OldestUnacknowledged > s.Next) {
		f.bad(4, "a number from 1, not under key 5")
	}
	if err := f.fault(); err != nil {
		return device.Status{}, err
	}
	return s, nil
}

// Lock locks the panel or frees it. Power-up frees it.
func (m *Machine) Lock(ctx context.Context, locked bool) error {
	return m.change(ctx, newRequest(opLock).bool(1, locked))
}

// SetClock sets the machine's clock, which is lost at power-off; t's fraction of a
// second is cut off. device.ErrBadArgument for a t before 1970.
func (m *Machine) SetClock(ctx context.Context, t time.Time) error {
	if t.Unix() < 0 {
		return fmt.Errorf("CLOCK to %s: %w", t.UTC().Format(time.RFC3339), device.ErrBadArgument)
	}
	return m.change(ctx, newRequest(opClock).uint(1, uint64(t.Unix())))
}
