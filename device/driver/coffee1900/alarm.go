package coffee1900

import (
	"context"
	"fmt"
	"math/bits"

	"crema/device"
)

// alarm is what the manual says of one bit of the mask (section 1, below the table of
// commands). A device.Alarm's code is the bit's value.
func alarm(bit uint16) device.Alarm {
	a := device.Alarm{Code: int(bit), Severity: device.SeverityWarning}
	switch bit {
	case 0x0001:
		a.Severity, a.Text = device.SeverityFault, "water empty"
	case 0x0002:
		a.Severity, a.Text = device.SeverityFault, "beans empty"
	case 0x0004:
		a.Severity, a.Text = device.SeverityFault, "grounds drawer full"
	case 0x0008:
		a.Severity, a.Text = device.SeverityFault, "drip tray full"
	case 0x0010:
		a.Severity, a.Text = device.SeverityFault, "door open"
	case 0x0020:
		a.Severity, a.Text = device.SeverityFault, "boiler too hot"
	case 0x0040:
		a.Severity, a.Text = device.SeverityFault, "flow meter fault"
	case 0x0080:
		a.Severity, a.Text = device.SeverityFault, "memory fault"
	case 0x0100:
		a.Text = "descaling due"
	case 0x0200:
		a.Text = "counters were reset"
	default:
		a.Text = fmt.Sprintf("alarm %04X, which the manual does not have", bit)
	}
	return a
}

// alarmsOf are the alarms of a mask, by rising code.
func alarmsOf(mask uint16) []device.Alarm {
	var alarms []device.Alarm
	for mask != 0 {
		bit := uint16(1) << bits.TrailingZeros16(mask)
		alarms = append(alarms, alarm(bit))
		mask &^= bit
	}
	return alarms
}

// AckAlarm acknowledges the alarm with this code, a single bit of the mask;
// device.ErrBadArgument for anything else. One whose cause is still there stays.
func (m *Machine) AckAlarm(ctx context.Context, code int) error {
	if code < 1 || code > 0x8000 || bits.OnesCount(uint(code)) != 1 {
		return fmt.Errorf("%w: %d is no alarm's code", device.ErrBadArgument, code)
	}
	err := m.do(ctx, request{ask: fmt.Sprintf("AA,%04X", code), within: m.o.Reply, accept: func(f []string) error {
		if err := wantFields(f, 1); err != nil {
			return err
		}
		_, err := hexMask(f[0])
		return err
	}}, true)
	if err != nil {
		return fmt.Errorf("acknowledge the alarm %04X: %w", code, err)
	}
	return nil
}
