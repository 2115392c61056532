package coffee2900

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"crema/device"
	"crema/device/sim"
)

// kept is what the machine keeps without power; Save writes it.
type kept struct {
	Model    string        `json:"model"`
	Serial   string        `json:"serial"`
	Firmware string        `json:"firmware"`
	Boot     uint64        `json:"boot"`
	Slots    []device.Slot `json:"slots"`
	Counters []uint32      `json:"counters"` // by slot

	Journal     []entry `json:"journal"` // the last 256, in order
	Next        uint64  `json:"next"`
	Acked       uint64  `json:"acked"` // up to and including
	Overwritten uint64  `json:"overwritten"`

	Tokens []token       `json:"tokens"` // the last 16, oldest first
	Making *making       `json:"making,omitempty"`
	Tanks  []tank        `json:"tanks"`
	Alarms map[int]alarm `json:"alarms"` // those that are set
	Cups   []sim.Cup     `json:"cups"`   // for Truth
}

// cupsKept bounds what Save writes, and so what each change costs.
const cupsKept = 20_000

// factory is the machine as it leaves the factory.
func factory(o Options) kept {
	k := kept{
		Model:    model,
		Serial:   o.Serial,
		Firmware: o.Firmware,
		Slots:    slices.Clone(o.Slots),
		Next:     1,
		Tanks: []tank{
			{ID: beans, Name: "Beans", Level: 12_000, Capacity: 12_000, Low: 1_500, Per: 10},
			{ID: water, Name: "Water", Level: 40_000, Capacity: 40_000, Low: 4_000, Unit: 1, Per: 1},
			{ID: milk, Name: "Milk", Level: 10_000, Capacity: 10_000, Low: 1_000, Unit: 1, Per: 1},
		},
		Alarms: map[int]alarm{},
	}
	if len(k.Slots) == 0 {
		k.Slots = menu()
	}
	k.Slots = k.Slots[:min(len(k.Slots), slotsMost)]
	for n := range k.Slots {
		s := &k.Slots[n]
		s.Number = n
		s.Rev = max(s.Rev, 1)
		s.Name = cmp.Or(s.Name, fmt.Sprintf("Slot %d", n))
		s.Price.Currency = cmp.Or(s.Price.Currency, "EUR")
		if s.Recipe == nil {
			s.Recipe = &device.Recipe{Coffee: 80, Water: 100, Temperature: 930}
		}
	}
	k.Counters = make([]uint32, len(k.Slots))
	return k
}

const slotsMost = 32

// menu is 32 slots, six of them with a drink; the others have no name yet.
func menu() []device.Slot {
	drink := func(name string, price int64, coffee, water, milk int64) device.Slot {
		return device.Slot{
			Name:    name,
			Price:   device.Money{Amount: price, Currency: "EUR"},
			Enabled: name != "",
			Recipe: &device.Recipe{
				Coffee: device.Decigram(coffee), Water: device.Millilitre(water),
				Milk: device.Millilitre(milk), Temperature: 930,
			},
		}
	}
	slots := []device.Slot{
		drink("Espresso", 120, 85, 40, 0),
		drink("Café crème", 180, 95, 120, 0),
		drink("Cappuccino", 230, 85, 40, 110),
		drink("Latte macchiato", 250, 85, 40, 180),
		drink("Milk foam", 100, 0, 0, 150),
		drink("Hot water", 0, 0, 200, 0),
	}
	for len(slots) < slotsMost {
		slots = append(slots, drink("", 0, 80, 100, 0))
	}
	return slots
}

// settle saves what has changed. The machine is locked.
func (m *Machine) settle() {
	if !m.changed || m.onChange == nil {
		return
	}
	m.changed = false
	b, err := json.Marshal(m.kept)
	if err != nil {
		panic(fmt.Sprintf("BUG: the state has no JSON: %v", err))
	}
	m.onChange(b)
}

// OnChange sets the function that is called with what Save would return each time
// that changed, before the machine tells anybody. It must not call the machine.
func (m *Machine) OnChange(f func(state []byte)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onChange = f
}

// Save is what the machine keeps without power, as JSON.
func (m *Machine) Save() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return json.Marshal(m.kept)
}

// Load powers the machine up with what Save wrote; anything else is refused and
// changes nothing.
func (m *Machine) Load(state []byte) error {
	var k kept
	if err := json.Unmarshal(state, &k); err != nil {
		return fmt.Errorf("state of a 2900: %w", err)
	}
	switch {
	case k.Model != model:
		return fmt.Errorf("state of a %q, want a %s", k.Model, model)
	case len(k.Slots) == 0 || len(k.Slots) > slotsMost || len(k.Counters) != len(k.Slots):
		return fmt.Errorf("state of a 2900: %d slots with %d counters, want 1 to %d of both", len(k.Slots), len(k.Counters), slotsMost)
	case k.Next == 0 || len(k.Tanks) != 3 || len(k.Journal) > journalSize:
		return fmt.Errorf("state of a 2900: journal or tanks can't be as they are")
	}
	for n, s := range k.Slots {
		if s.Number != n || s.Recipe == nil {
			return fmt.Errorf("state of a 2900: slot %d is no slot", n)
		}
	}
	if k.Making != nil && (k.Making.Slot < 0 || k.Making.Slot >= len(k.Slots)) {
		return fmt.Errorf("state of a 2900: a cup of slot %d is being made", k.Making.Slot)
	}
	if k.Alarms == nil {
		k.Alarms = map[int]alarm{}
	}
	defer m.act()()
	m.kept = k
	m.powerUp()
	return nil
}
