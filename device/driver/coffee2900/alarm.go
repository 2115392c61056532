package coffee2900

import (
	"context"
	"fmt"

	"crema/device"
)

// alarmMax bounds the codes that are believed; the manual has 1 to 14.
const alarmMax = 1 << 16

// alarms is manual 2, "Alarm codes". What stops the machine or some of its drinks is
// a fault; of the rest, the manual tells the severity only in events, which go
// before this table. What to do is in crema's words.
func alarms(code int) (text string, s device.Severity, fix string) {
	switch code {
	case 1:
		return "water empty", device.SeverityFault, "Fill the water tank, or open the tap of its line."
	case 2:
		return "beans empty", device.SeverityFault, "Fill the bean hopper."
	case 3:
		return "milk empty", device.SeverityFault, "Fill the milk container."
	case 4:
		return "grounds full", device.SeverityFault, "Empty the grounds container and put it back."
	case 5:
		return "drip tray", device.SeverityFault, "Empty the drip tray and put it back."
	case 6:
		return "door open", device.SeverityFault, "Close the door."
	case 7:
		return "boiler too hot", device.SeverityFault, "Switch the machine off and let it cool down. If it comes again, call the service."
	case 8:
		return "flow meter", device.SeverityFault, "Look whether water reaches the machine: tank, tap, filter. If it stays, call the service."
	case 9:
		return "grinder blocked", device.SeverityFault, "Switch the machine off and free the grinder of what blocks it."
	case 10:
		return "milk too warm", device.SeverityWarning, "Look after the milk cooler, and pour milk away that stood warm."
	case 11:
		return "cleaning due", device.SeverityInfo, "Clean the machine, as its manual says."
	case 12:
		return "descaling due", device.SeverityInfo, "Descale the machine, as its manual says."
	case 13:
		return "memory", device.SeverityFault, "Switch the machine off and on. If it stays, call the service."
	case 14:
		return "payment unit", device.SeverityWarning, "Look at the coin changer and the card reader: power, cable, jammed coins."
	default:
		return "", device.SeverityWarning, "Look at the machine's display, or ask its maker."
	}
}

// newAlarm is the alarm with this code, its text empty where the manual has none.
func newAlarm(code int) device.Alarm {
	text, s, fix := alarms(code)
	return device.Alarm{Code: code, Severity: s, Text: text, Fix: fix}
}

// severity is event 2's key 2.
func severity(n uint64) device.Severity {
	switch n {
	case 0:
		return device.SeverityInfo
	case 1:
		return device.SeverityWarning
	default:
		return device.SeverityFault
	}
}

// AckAlarm acknowledges the alarm with this code; it goes when its cause is gone too.
// device.ErrBadArgument for a code that the machine does not have.
func (m *Machine) AckAlarm(ctx context.Context, code int) error {
	if code < 1 {
		return fmt.Errorf("ALARM.ACK of %d: %w", code, device.ErrBadArgument)
	}
	return m.change(ctx, newRequest(opAlarmAck).uint(1, uint64(code)))
}
