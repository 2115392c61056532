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
		a.Severity, a.Text, a.Fix = device.SeverityFault, "water empty", "Fill the water tank, or open the tap of its line."
	case 0x0002:
		a.Severity, a.Text, a.Fix = device.SeverityFault, "beans empty", "Fill the bean hopper."
	case 0x0004:
		a.Severity, a.Text, a.Fix = device.SeverityFault, "grounds drawer full", "Empty the grounds drawer and put it back."
	case 0x0008:
		a.Severity, a.Text, a.Fix = device.SeverityFault, "drip tray full", "Empty the drip tray and put it back."
	case 0x0010:
		a.Severity, a.Text, a.Fix = device.SeverityFault, "door open", "Close the door."
	case 0x0020:
		a.Severity, a.Text, a.Fix = device.SeverityFault, "boiler too hot", "Switch the machine off and let it cool down. If it comes again, call the service."
	case 0x0040:
		a.Severity, a.Text, a.Fix = device.SeverityFault, "flow meter fault", "Look whether water reaches the machine: tank, tap, filter. If it stays, call the service."
	case 0x0080:
		a.Severity, a.Text, a.Fix = device.SeverityFault, "memory fault", "Switch the machine off and on. If it stays, call the service."
	case 0x0100:
		a.Text, a.Fix = "descaling due", "Descale the machine, as its manual says."
	case 0x0200:
		a.Text, a.Fix = "counters were reset", "Nothing is to be mended. Find out who reset them: cups made just before are not known."
	default:
		a.Text, a.Fix = fmt.Sprintf("alarm %04X, which the manual does not have", bit), "Look at the machine's display, or ask its maker."
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
