package coffee1900

import (
	"context"
	"fmt"

	"crema/device"
)

// Status reads ST. Locked stays nil: the machine does not say.
func (m *Machine) Status(ctx context.Context) (device.Status, error) {
	var s device.Status
	err := m.do(ctx, request{ask: "ST", within: m.o.Reply, accept: func(f []string) (err error) {
		s, err = parseStatus(f)
		return err
	}}, false)
	if err != nil {
		return device.Status{}, fmt.Errorf("read the status: %w", err)
	}
	return s, nil
}

func parseStatus(f []string) (device.Status, error) {
	if err := wantFields(f, 3); err != nil {
		return device.Status{}, err
	}
	if len(f[0]) != 1 {
		return device.Status{}, fmt.Errorf("%q is no state", f[0])
	}
	celsius, err := number(f[1], 0, 999)
	if err != nil {
		return device.Status{}, fmt.Errorf("temperature: %w", err)
	}
	mask, err := hexMask(f[2])
	if err != nil {
		return device.Status{}, fmt.Errorf("alarms: %w", err)
	}
	return device.Status{
		State:       state(f[0][0]),
		Temperature: device.Decicelsius(celsius) * 10,
		Alarms:      alarmsOf(mask),
	}, nil
}

// state is a letter of ST; StateUnknown for one that the manual does not have.
func state(letter byte) device.State {
	switch letter {
	case 'R':
		return device.StateReady
	case 'H':
		return device.StateHeating
	case 'B':
		return device.StateBrewing
	case 'E':
		return device.StateError
	case 'S':
		return device.StateStandby
	}
	return device.StateUnknown
}

// Levels reads LV: beans and water left, and how full the grounds drawer is.
func (m *Machine) Levels(ctx context.Context) ([]device.Level, error) {
	var percent []int
	err := m.do(ctx, request{ask: "LV", within: m.o.Reply, accept: func(f []string) (err error) {
		if err = wantFields(f, 3); err == nil {
			percent, err = numbers(f, 0, 100)
		}
		return err
	}}, false)
	if err != nil {
		return nil, fmt.Errorf("read the levels: %w", err)
	}
	levels := make([]device.Level, len(percent))
	for i, name := range []string{"beans", "water", "grounds"} {
		levels[i] = device.Level{ID: i + 1, Name: name, Level: int64(percent[i]), Capacity: 100, Unit: device.UnitPercent}
	}
	return levels, nil
}

// Lock locks the panel or frees it. BR works on a locked panel.
func (m *Machine) Lock(ctx context.Context, locked bool) error {
	ask := "LK,0"
	if locked {
		ask = "LK,1"
	}
	if err := m.do(ctx, request{ask: ask, within: m.o.Reply, accept: nothing}, true); err != nil {
		return fmt.Errorf("lock the panel (%t): %w", locked, err)
	}
	return nil
}

// nothing accepts a reply without fields.
func nothing(f []string) error { return wantFields(f, 0) }
