package coffee1900

import (
	"bytes"
	"fmt"
	"strconv"
)

// The errors that a reply tells, manual section 1.
const (
	errUnknown  = 1
	errCheck    = 2
	errField    = 3
	errBusy     = 4
	errNotReady = 5
	errDisabled = 6
	errEmpty    = 7
	errMemory   = 8
)

// command does what the fields ask; it returns the reply's fields or an error code. It
// runs with the machine locked.
type command func(m *Machine, fields [][]byte) (reply string, code int)

func commandNamed(name []byte) command {
	switch string(name) {
	case "ID":
		return identify
	case "ST":
		return status
	case "RS":
		return readSlot
	case "WS":
		return writeSlot
	case "CT":
		return counters
	case "BR":
		return brew
	case "LV":
		return levels
	case "AA":
		return acknowledge
	case "LK":
		return lock
	}
	return nil
}

// answer is what the machine says to one line, '>' and CR taken off.
func (m *Machine) answer(line []byte) []byte {
	body, ok := checked(line)
	if !ok {
		return sealed([]byte("00,ER,02"))
	}
	fields := bytes.Split(body, []byte{','})
	t, ok := tag(fields[0])
	if !ok {
		return sealed([]byte("00,ER,03"))
	}
	if t == m.lastTag {
		return m.lastReply
	}
	reply, code := m.execute(fields[1:], body)
	if code != 0 {
		reply = fmt.Sprintf("ER,%02d", code)
	} else if reply = "OK," + reply; reply == "OK," {
		reply = "OK"
	}
	m.lastTag = t
	m.lastReply = sealed(fmt.Appendf(nil, "%02X,%s", t, reply))
	return m.lastReply
}

func (m *Machine) execute(fields [][]byte, body []byte) (string, int) {
	if len(fields) == 0 {
		return "", errUnknown
	}
	run := commandNamed(fields[0])
	if run == nil {
		return "", errUnknown
	}
	if !clean(body) {
		return "", errField
	}
	return run(m, fields[1:])
}

func identify(m *Machine, f [][]byte) (string, int) {
	if len(f) != 0 {
		return "", errField
	}
	return fmt.Sprintf("%s,%s,%s,%d", m.model, m.serial, m.firmware, len(m.slots)), 0
}

func status(m *Machine, f [][]byte) (string, int) {
	if len(f) != 0 {
		return "", errField
	}
	return fmt.Sprintf("%c,%d,%04X", m.state(), m.temperature, m.alarms.set), 0
}

func readSlot(m *Machine, f [][]byte) (string, int) {
	if len(f) != 1 {
		return "", errField
	}
	n, ok := number(f[0], 0, len(m.slots)-1)
	if !ok {
		return "", errField
	}
	return fmt.Sprintf("%d,%s", n, m.slots[n].fields()), 0
}

func writeSlot(m *Machine, f [][]byte) (string, int) {
	if len(f) != 5 {
		return "", errField
	}
	n, okN := number(f[0], 0, len(m.slots)-1)
	price, okPrice := number(f[2], 0, 65535)
	enabled, okEnabled := number(f[3], 0, 1)
	volume, okVolume := number(f[4], 10, 999)
	if !okN || !okPrice || !okEnabled || !okVolume || len(f[1]) < 1 || len(f[1]) > 12 {
		return "", errField
	}
	if m.alarms.cause&memoryFault != 0 {
		return "", errMemory
	}
	m.slots[n] = slot{name: bytes.Clone(f[1]), price: price, enabled: enabled == 1, volume: volume}
	m.changed()
	return "", 0
}

func counters(m *Machine, f [][]byte) (string, int) {
	if len(f) != 0 {
		return "", errField
	}
	reply := strconv.Itoa(int(m.epoch))
	for _, c := range m.counters {
		reply += "," + strconv.Itoa(int(c))
	}
	return reply, 0
}

func brew(m *Machine, f [][]byte) (string, int) {
	if len(f) != 1 {
		return "", errField
	}
	n, ok := number(f[0], 0, len(m.slots)-1)
	if !ok {
		return "", errField
	}
	if code := m.refusal(n); code != 0 {
		return "", code
	}
	m.start(m.cup(n, remote), m.brewing.time)
	return "", 0
}

func levels(m *Machine, f [][]byte) (string, int) {
	if len(f) != 0 {
		return "", errField
	}
	return fmt.Sprintf("%d,%d,%d", m.level.Beans, m.level.Water, m.level.Grounds), 0
}

func acknowledge(m *Machine, f [][]byte) (string, int) {
	if len(f) != 1 {
		return "", errField
	}
	bits, ok := mask(f[0])
	if !ok {
		return "", errField
	}
	if m.alarms.acknowledge(bits) {
		m.changed()
	}
	return fmt.Sprintf("%04X", m.alarms.set), 0
}

func lock(m *Machine, f [][]byte) (string, int) {
	if len(f) != 1 {
		return "", errField
	}
	x, ok := number(f[0], 0, 1)
	if !ok {
		return "", errField
	}
	m.locked = x == 1
	return "", 0
}
