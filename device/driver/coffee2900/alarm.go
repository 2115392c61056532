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
// before this table.
func alarms(code int) (text string, s device.Severity) {
	switch code {
	case 1:
		return "water empty", device.SeverityFault
	case 2:
		return "beans empty", device.SeverityFault
	case 3:
		return "milk empty", device.SeverityFault
	case 4:
		return "grounds full", device.SeverityFault
	case 5:
		return "drip tray", device.SeverityFault
	case 6:
		return "door open", device.SeverityFault
	case 7:
		return "boiler too hot", device.SeverityFault
	case 8:
		return "flow meter", device.SeverityFault
	case 9:
		return "grinder blocked", device.SeverityFault
	case 10:
		return "milk too warm", device.SeverityWarning
	case 11:
		return "cleaning due", device.SeverityInfo
	case 12:
		return "descaling due", device.SeverityInfo
	case 13:
		return "memory", device.SeverityFault
	case 14:
		return "payment unit", device.SeverityWarning
	default:
		return "", device.SeverityWarning
	}
}

// newAlarm is the alarm with this code, its text empty where the manual has none.
func newAlarm(code int) device.Alarm {
	text, s := alarms(code)
	return device.Alarm{Code: code, Severity: s, Text: text}
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
