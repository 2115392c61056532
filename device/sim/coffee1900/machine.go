package coffee1900

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"crema/device"
	"crema/device/sim"
)

// slotCount is how many slots a 1900 has.
const slotCount = 8

// remote marks the cups that the controller started.
const remote = device.CupRemote

// Options describes a new machine; the zero value is that of the manual's examples.
type Options struct {
	Serial   string // eight digits; empty: 00184467
	Firmware string // empty: 2.14
	// Slots are the first slots' contents; nil: eight drinks. Currencies are left out of
	// account, the machine has none.
	Slots []device.Slot
	Brew  time.Duration // how long a cup started by BR takes; 0: done at once
	Gap   time.Duration // the longest pause in a line; 0: the manual's 50 ms
}

// Machine is a simulated Coffee 1900. It is safe for concurrent use; one Serve runs at
// a time.
type Machine struct {
	gap time.Duration

	mu          sync.Mutex
	model       string
	serial      string
	firmware    string
	slots       [slotCount]slot
	counters    [slotCount]uint16
	epoch       uint8
	alarms      alarms
	level       level
	temperature int
	idle        byte // the state when nothing is the matter: R, H or S
	locked      bool
	brewing     brewing
	cups        []sim.Cup

	lastTag   byte // 0: the memory is empty
	lastReply []byte

	onChange func([]byte)
	port     port
	header   *Header // nil: nothing is wired to J7
}

var (
	_ sim.Machine         = (*Machine)(nil)
	_ sim.CounterResetter = (*Machine)(nil)
	_ sim.ModelSetter     = (*Machine)(nil)
)

// New makes a machine that is switched on and ready. It panics when an option is one
// that no 1900 can have.
func New(o Options) *Machine {
	m := &Machine{
		gap: maxGap, model: "1900", serial: "00184467", firmware: "2.14",
		level: level{Beans: 80, Water: 90, Grounds: 10}, temperature: 93, idle: 'R',
	}
	m.brewing.time = o.Brew
	if o.Gap != 0 {
		m.gap = o.Gap
	}
	if o.Serial != "" {
		m.serial = o.Serial
	}
	if o.Firmware != "" {
		m.firmware = o.Firmware
	}
	if o.Slots == nil {
		o.Slots = drinks()
	}
	if len(o.Slots) > slotCount {
		panic(fmt.Sprintf("coffee1900: %d slots, the machine has %d", len(o.Slots), slotCount))
	}
	for i := range m.slots {
		s := device.Slot{Name: "-", Volume: 100}
		if i < len(o.Slots) {
			s = o.Slots[i]
		}
		var err error
		if m.slots[i], err = slotFrom(s); err != nil {
			panic(fmt.Sprintf("coffee1900: slot %d: %v", i, err))
		}
	}
	return m
}

func drinks() []device.Slot {
	drink := func(name string, price int64, volume device.Millilitre) device.Slot {
		return device.Slot{Name: name, Price: device.Money{Amount: price}, Enabled: true, Volume: volume}
	}
	return []device.Slot{
		drink("Espresso", 120, 40), drink("Lungo", 130, 80), drink("Americano", 140, 150), drink("Café crème", 180, 120),
		drink("Ristretto", 120, 25), drink("Doppio", 200, 80), drink("Hot water", 50, 200), drink("Tea", 100, 200),
	}
}

// SetModel passes the machine off as another model.
func (m *Machine) SetModel(model string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.model = model
}

// SetIdle makes the machine ready, heating or in standby, which it stays in when
// nothing else is the matter. Other states come about by themselves.
func (m *Machine) SetIdle(s device.State) {
	letter, ok := map[device.State]byte{device.StateReady: 'R', device.StateHeating: 'H', device.StateStandby: 'S'}[s]
	if !ok {
		panic(fmt.Sprintf("coffee1900: %v is no state to rest in", s))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.idle = letter
}

// SetCounters puts the counters where a test needs them; it is no reset and no cup.
func (m *Machine) SetCounters(epoch uint8, c [8]uint16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch, m.counters = epoch, c
	m.changed()
}

// ResetCounters sets all counters to 0, counts the epoch on and raises the alarm that
// says so.
func (m *Machine) ResetCounters() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counters = [slotCount]uint16{}
	m.epoch++
	m.alarms.raise(countersReset, false)
	m.changed()
}

// Alarm raises the alarms in the bits of code, or takes their cause away.
func (m *Machine) Alarm(code int, cause bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if cause {
		m.alarms.raise(uint16(code), true)
	} else {
		m.alarms.end(uint16(code))
	}
	m.changed()
}

// Acknowledge acknowledges the alarms in the bits of code.
func (m *Machine) Acknowledge(code int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.alarms.acknowledge(uint16(code)) {
		m.changed()
	}
}

// Truth is what really happened.
func (m *Machine) Truth() sim.Truth {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := sim.Truth{
		Model: m.model, Serial: m.serial, Epoch: int(m.epoch), Locked: m.locked,
		State: map[byte]device.State{
			'R': device.StateReady, 'H': device.StateHeating, 'B': device.StateBrewing,
			'E': device.StateError, 'S': device.StateStandby,
		}[m.state()].String(),
		Cups: append([]sim.Cup{}, m.cups...), Counters: map[int]uint64{}, Alarms: []int{},
	}
	for bit := 1; bit <= 0x8000; bit <<= 1 {
		if m.alarms.set&uint16(bit) != 0 {
			t.Alarms = append(t.Alarms, bit)
		}
	}
	for i := range m.slots {
		t.Slots = append(t.Slots, m.slots[i].device(i))
		t.Counters[i] = uint64(m.counters[i])
	}
	return t
}

// state is the letter that ST tells.
func (m *Machine) state() byte {
	switch {
	case m.brewing.cup != nil:
		return 'B'
	case m.alarms.set&stopping != 0:
		return 'E'
	default:
		return m.idle
	}
}

// slot is what the machine keeps of one selection.
type slot struct {
	name    []byte // ISO 8859-1
	price   int
	enabled bool
	volume  int
}

func (s slot) fields() string {
	enabled := 0
	if s.enabled {
		enabled = 1
	}
	return string(s.name) + "," + strconv.Itoa(s.price) + "," + strconv.Itoa(enabled) + "," + strconv.Itoa(s.volume)
}

func (s slot) device(n int) device.Slot {
	return device.Slot{
		Number: n, Name: latin1(s.name), Price: device.Money{Amount: int64(s.price)},
		Enabled: s.enabled, Volume: device.Millilitre(s.volume),
	}
}

func slotFrom(d device.Slot) (slot, error) {
	name, err := fromLatin1(d.Name)
	switch {
	case err != nil:
		return slot{}, err
	case d.Price.Amount < 0 || d.Price.Amount > 65535:
		return slot{}, fmt.Errorf("price %d is not 0 to 65535", d.Price.Amount)
	case d.Volume < 10 || d.Volume > 999:
		return slot{}, fmt.Errorf("volume %d ml is not 10 to 999", d.Volume)
	}
	return slot{name: name, price: int(d.Price.Amount), enabled: d.Enabled, volume: int(d.Volume)}, nil
}
