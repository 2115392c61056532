package coffee2900

import (
	"maps"
	"slices"
)

// alarm is one that is set: its cause may be gone, and it may be acknowledged, not
// both.
type alarm struct {
	Cause bool `json:"cause"`
	Acked bool `json:"acked"`
}

// The states.
const (
	stateReady   = 2
	stateBrewing = 3
	stateError   = 5
)

// The severities of event 2.
const (
	info = iota
	warning
	fault
)

// alarmTable is the manual's alarm codes, 1 to 14, by their place.
var alarmTable = [...]struct {
	text     string
	severity int
}{
	1: {"water empty", fault}, 2: {"beans empty", fault}, 3: {"milk empty", fault},
	4: {"grounds full", fault}, 5: {"drip tray", fault}, 6: {"door open", fault},
	7: {"boiler too hot", fault}, 8: {"flow meter", fault}, 9: {"grinder blocked", fault},
	10: {"milk too warm", warning}, 11: {"cleaning due", info}, 12: {"descaling due", info},
	13: {"memory", fault}, 14: {"payment unit", warning},
}

func isAlarm(code int) bool { return code >= 1 && code < len(alarmTable) }

// Alarm gives the alarm with this code, 1 to 14, a cause, or takes it away; other
// codes do nothing.
func (m *Machine) Alarm(code int, cause bool) {
	defer m.act()()
	if isAlarm(code) {
		m.setAlarm(code, cause)
	}
}

// Acknowledge acknowledges the alarm with this code.
func (m *Machine) Acknowledge(code int) {
	defer m.act()()
	m.ackAlarm(code)
}

func (m *Machine) setAlarm(code int, cause bool) {
	a, set := m.kept.Alarms[code]
	switch {
	case set && a.Cause == cause, !set && !cause:
		return
	case !set:
		t := alarmTable[code]
		m.kept.Alarms[code] = alarm{Cause: true}
		m.tell(dict{{0, evAlarmRaised}, {1, code}, {2, t.severity}, {3, t.text}})
	case !cause && a.Acked:
		m.clearAlarm(code)
	default:
		m.kept.Alarms[code] = alarm{Cause: cause}
	}
	m.changed = true
	m.noteState()
}

// ackAlarm is ALARM.ACK.
func (m *Machine) ackAlarm(code int) {
	a, set := m.kept.Alarms[code]
	if !set {
		return
	}
	m.changed = true
	if !a.Cause {
		m.clearAlarm(code)
		return
	}
	m.kept.Alarms[code] = alarm{Cause: true, Acked: true}
}

func (m *Machine) clearAlarm(code int) {
	delete(m.kept.Alarms, code)
	m.tell(dict{{0, evAlarmCleared}, {1, code}})
}

// alarmCodes is those that are set, in order.
func (m *Machine) alarmCodes() []any {
	codes := []any{}
	for _, code := range slices.Sorted(maps.Keys(m.kept.Alarms)) {
		codes = append(codes, code)
	}
	return codes
}

// currentState is what STATUS tells: 4 to 9 and 13 with a cause are state 5.
func (m *Machine) currentState() int {
	for code, a := range m.kept.Alarms {
		if a.Cause && (code >= 4 && code <= 9 || code == memoryAlarm) {
			return stateError
		}
	}
	if m.kept.Making != nil {
		return stateBrewing
	}
	return stateReady
}

const memoryAlarm = 13

// noteState tells a state that is new.
func (m *Machine) noteState() {
	if now := m.currentState(); now != m.state {
		m.state = now
		m.tell(dict{{0, evState}, {1, now}})
	}
}
