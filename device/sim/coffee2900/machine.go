package coffee2900

import (
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"crema/device"
	"crema/device/sim"
)

var (
	_ sim.Machine     = (*Machine)(nil)
	_ sim.SlotEditor  = (*Machine)(nil)
	_ sim.ModelSetter = (*Machine)(nil)
)

// Options says which machine to simulate; the zero value is a good one.
type Options struct {
	Serial   string        // empty: "29-000731"
	Firmware string        // empty: "4.2.0"
	User     string        // empty: "service"
	Password string        // empty: "s3cret"
	Slots    []device.Slot // empty: 32 slots, the first six with drinks; else at most 32, by their place
	// Brew is how long a cup takes that the controller starts; 0: it is finished at once.
	Brew time.Duration
	// Refill is how long it takes until somebody fills a tank that ran empty; 0: nobody
	// does.
	Refill time.Duration
	// Delay is how long the machine takes over each reply, by operation; nil: no time. With
	// different delays replies overtake each other, as the manual allows.
	Delay func(op uint64) time.Duration
	// Now is the machine's inner clock, of which it uses differences only; nil: time.Now.
	Now func() time.Time
	// Nonce fills the 16 octets of HELLO; nil: crypto/rand.
	Nonce func(b []byte)
	// Logger gets what the machine does, at debug level; nil: nowhere.
	Logger *slog.Logger
}

// Machine is a simulated Coffee 2900. All methods are safe for concurrent use.
type Machine struct {
	o     Options
	model string
	log   *slog.Logger
	wake  chan struct{} // tells Serve that there is something to send

	mu       sync.Mutex
	kept     kept // what survives without power
	changed  bool // kept differs from what onChange saw
	onChange func([]byte)

	// What power-off forgets.
	poweredAt time.Time
	clock     *clock
	locked    bool
	state     int // as last told
	stopCup   func() bool
	session   session
	lockout   lockout
}

// clock is the machine's time: what CLOCK said, and at which uptime.
type clock struct {
	unix   uint64
	uptime time.Duration
}

// New makes a machine that has just been powered up for the first time.
func New(o Options) *Machine {
	def := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	def(&o.Serial, "29-000731")
	def(&o.Firmware, "4.2.0")
	def(&o.User, "service")
	def(&o.Password, "s3cret")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Nonce == nil {
		o.Nonce = randomNonce
	}
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	m := &Machine{
		o:     o,
		model: model,
		log:   log,
		wake:  make(chan struct{}, 1),
		kept:  factory(o),
	}
	m.powerUp()
	m.changed = false
	return m
}

const model = "2900"

// SetModel makes the machine pass itself off as another model in HELLO.
func (m *Machine) SetModel(model string) {
	defer m.act()()
	m.model = model
}

// act locks the machine for something that may change it; what it returns is deferred.
// What has changed is saved before anybody hears of it.
func (m *Machine) act() func() {
	m.mu.Lock()
	return func() {
		m.settle()
		m.mu.Unlock()
		m.rouse()
	}
}

// rouse lets Serve look for something to send.
func (m *Machine) rouse() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Restart is a power cycle: clock, login, panel lock, replies and wrong logins are
// forgotten, a cup in the making is aborted, the boot count goes up.
func (m *Machine) Restart() {
	defer m.act()()
	m.powerUp()
}

func (m *Machine) powerUp() {
	if m.stopCup != nil {
		m.stopCup()
		m.stopCup = nil
	}
	m.kept.Boot++
	m.changed = true
	m.poweredAt = m.o.Now()
	m.clock = nil
	m.locked = false
	m.session = session{}
	m.lockout = lockout{}
	if m.kept.Making != nil {
		m.abort()
	}
	for _, t := range m.kept.Tanks {
		if m.kept.Alarms[t.empty()].Cause {
			m.sendForRefill(t)
		}
	}
	m.state = m.currentState()
	m.log.Debug("powered up", "boot", m.kept.Boot)
}

// uptime is the time since power-up.
func (m *Machine) uptime() time.Duration { return m.o.Now().Sub(m.poweredAt) }

// unix is the machine's clock, nil while it was not set.
func (m *Machine) unix() any {
	if m.clock == nil {
		return nil
	}
	return m.clock.unix + uint64((m.uptime()-m.clock.uptime)/time.Second)
}

// Truth is what really happened.
func (m *Machine) Truth() sim.Truth {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := sim.Truth{
		Model:    m.model,
		Serial:   m.kept.Serial,
		Cups:     append([]sim.Cup{}, m.kept.Cups...),
		Counters: map[int]uint64{},
		Locked:   m.locked,
		State:    device.State(m.currentState() + 1).String(),
		Alarms:   append([]int{}, slices.Sorted(maps.Keys(m.kept.Alarms))...),
	}
	for n, s := range m.kept.Slots {
		r := *s.Recipe
		s.Recipe = &r
		t.Slots = append(t.Slots, s)
		t.Counters[n] = uint64(m.kept.Counters[n])
	}
	return t
}
