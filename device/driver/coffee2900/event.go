package coffee2900

import (
	"bytes"

	"crema/device"
)

const (
	// eventsKept is how many events wait for a listener.
	eventsKept = 64
	// eventsRemembered is how many events are known again: four wait for their ACK at
	// the machine, and it may send each six times.
	eventsRemembered = 16
)

// The events of manual 2.
const (
	evtJournal      = 1
	evtAlarmRaised  = 2
	evtAlarmCleared = 3
	evtState        = 4
	evtLevelLow     = 5
	evtSlotChanged  = 6
)

// eventMemory knows events again by seq and content.
type eventMemory struct {
	known [eventsRemembered][]byte
	next  int
}

// isNew tells whether f wasn't heard among the last ones, and remembers it. The machine
// sends an event again until its ACK gets through.
func (h *eventMemory) isNew(f frame) bool {
	id := append([]byte{f.seq}, f.payload...)
	for _, k := range h.known {
		if bytes.Equal(k, id) {
			return false
		}
	}
	h.known[h.next%len(h.known)] = id
	h.next++
	return true
}

// event passes an event on, if it can be read.
func (m *Machine) event(f frame) {
	body, err := parse(f.payload)
	if err != nil {
		m.log.Debug("dropped an event", "err", err)
		return
	}
	e, ok, err := readEvent(body)
	switch {
	case err != nil:
		m.log.Debug("dropped an event", "err", err)
	case ok:
		m.tell(e)
	}
}

// readEvent reads the payload of an EVT; ok is false for an event that the manual does
// not have.
func readEvent(body item) (e device.Event, ok bool, err error) {
	f := readFields("event", body)
	switch f.uint(0, 1<<32) {
	case evtJournal:
		e = device.Event{Kind: device.EventJournal, Number: f.uint(1, numberMax)}
	case evtAlarmRaised:
		code := int(f.uint(1, alarmMax))
		a := newAlarm(code)
		a.Severity = severity(f.uint(2, 1<<32))
		if text := f.text(3); a.Text == "" {
			a.Text = text
		}
		e = device.Event{Kind: device.EventAlarmRaised, Number: uint64(code), Alarm: &a}
	case evtAlarmCleared:
		e = device.Event{Kind: device.EventAlarmCleared, Number: f.uint(1, alarmMax)}
	case evtState:
		n := f.uint(1, 1<<32)
		e = device.Event{Kind: device.EventState, Number: n, State: state(n)}
	case evtLevelLow:
		e = device.Event{Kind: device.EventLevelLow, Number: f.uint(1, ingredientMax)}
	case evtSlotChanged:
		e = device.Event{Kind: device.EventSlotChanged, Number: f.uint(1, slotsMax-1)}
	default:
		return e, false, f.fault()
	}
	return e, true, f.fault()
}

// tell passes an event on without waiting: when nobody listens, the oldest goes.
func (m *Machine) tell(e device.Event) {
	for {
		select {
		case m.events <- e:
			return
		default:
		}
		select {
		case <-m.events:
		default:
		}
	}
}

// forgetEvents empties the channel.
func (m *Machine) forgetEvents() {
	for {
		select {
		case <-m.events:
		default:
			return
		}
	}
}
