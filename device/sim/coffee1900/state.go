package coffee1900

import (
	"encoding/json"
	"errors"
	"fmt"

	"crema/device"
	"crema/device/sim"
)

// state is what the machine keeps without power, and what it made.
type state struct {
	Model        string            `json:"model"`
	Serial       string            `json:"serial"`
	Firmware     string            `json:"firmware"`
	Slots        []device.Slot     `json:"slots"`
	Counters     [slotCount]uint16 `json:"counters"`
	Epoch        uint8             `json:"epoch"`
	Alarms       uint16            `json:"alarms"`
	Causes       uint16            `json:"causes"`
	Acknowledged uint16            `json:"acknowledged"`
	Level        level             `json:"level"`
	Cups         []sim.Cup         `json:"cups"`
}

// Save is what the machine keeps without power, as JSON.
func (m *Machine) Save() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.save()
}

func (m *Machine) save() ([]byte, error) {
	s := state{
		Model: m.model, Serial: m.serial, Firmware: m.firmware, Counters: m.counters, Epoch: m.epoch,
		Alarms: m.alarms.set, Causes: m.alarms.cause, Acknowledged: m.alarms.acknowledged,
		Level: m.level, Cups: m.cups,
	}
	for i := range m.slots {
		s.Slots = append(s.Slots, m.slots[i].device(i))
	}
	return json.Marshal(s)
}

// Load puts back what Save wrote. The machine is otherwise as after power-up.
func (m *Machine) Load(saved []byte) error {
	var s state
	if err := json.Unmarshal(saved, &s); err != nil {
		return fmt.Errorf("no state of a Coffee 1900: %w", err)
	}
	if s.Model != "1900" || len(s.Slots) != slotCount || s.Serial == "" {
		return errors.New("no state of a Coffee 1900: delete it to begin with a new machine")
	}
	var slots [slotCount]slot
	for i := range slots {
		var err error
		if slots[i], err = slotFrom(s.Slots[i]); err != nil {
			return fmt.Errorf("no state of a Coffee 1900: slot %d: %w", i, err)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.abort()
	m.locked, m.lastTag, m.lastReply = false, 0, nil
	m.model, m.serial, m.firmware, m.slots, m.counters, m.epoch = s.Model, s.Serial, s.Firmware, slots, s.Counters, s.Epoch
	m.alarms = alarms{set: s.Alarms, cause: s.Causes, acknowledged: s.Acknowledged}
	m.level, m.cups = s.Level, s.Cups
	return nil
}

// OnChange sets what is called with the state each time it changed, before the machine
// tells anybody; with the machine locked.
func (m *Machine) OnChange(f func([]byte)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onChange = f
}

func (m *Machine) changed() {
	if m.onChange == nil {
		return
	}
	saved, err := m.save()
	if err != nil {
		panic("BUG: the state of the machine has no JSON: " + err.Error())
	}
	m.onChange(saved)
}
