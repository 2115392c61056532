package coffee

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/device/devicetest"
	"crema/device/driver/coffee1900"
	"crema/device/driver/coffee2900"
	"crema/device/serial"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
	sim2900 "crema/device/sim/coffee2900"
	"crema/queue"
	"crema/store"
	"crema/store/storetest"
)

// rig is a board at a simulated machine: its true bytes on a real pseudo terminal, the
// real driver, link and store. The process is killed by refusing every further commit.
type rig struct {
	t       testing.TB
	version string
	wire    *devicetest.Wire
	path    string
	clock   fastClock
	store   *store.Store
	b       *Backend
	dead    *atomic.Bool
	stop    func()
	wires   func() *coffee1900.Header // nil: nothing is wired
	garbled atomic.Bool               // a wired one answers garbage
}

// fastClock is trusted, and goes many times as fast as a real one: so do the customers.
type fastClock struct {
	start time.Time
	times time.Duration
}

func (c fastClock) since() time.Duration     { return c.times * time.Since(c.start) }
func (c fastClock) Now() time.Time           { return time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC).Add(c.since()) }
func (c fastClock) Board() time.Duration     { return time.Hour + c.since() }
func (c fastClock) Trusted() bool            { return true }
func (c fastClock) TrustName() string        { return ledger.TimeTrusted }
func (c fastClock) Changed() <-chan struct{} { return nil }
func (c fastClock) BootID() string           { return "boot" }

func newRig(t testing.TB, version string, m sim.Machine, faults float64, seed int64) *rig {
	r := &rig{t: t, clock: fastClock{time.Now(), 1000}, version: version, path: filepath.Join(storetest.Memory(t), "crema.db"), wire: devicetest.NewWire(t, m, faults, seed)}
	r.boot()
	t.Cleanup(func() { r.kill() })
	return r
}

func (r *rig) open(*connectors.Work) (device.Machine, error) {
	if r.version == "1900" {
		m := coffee1900.New(serial.Dialer(r.wire.Link(), 9600), coffee1900.Options{Reply: 40 * time.Millisecond, WriteReply: 80 * time.Millisecond})
		if r.wires != nil {
			return garbled{m.With(r.wires()), &r.garbled}, nil
		}
		return m, nil
	}
	return coffee2900.New(serial.Dialer(r.wire.Link(), 115200), coffee2900.Options{
		User: "service", Password: func() (string, error) { return "s3cret", nil }, Reply: 60 * time.Millisecond}), nil
}

// garbled is a machine that answers what makes no sense, while it is on.
type garbled struct {
	coffee1900.Wired
	on *atomic.Bool
}

func (g garbled) Status(ctx context.Context) (device.Status, error) {
	if g.on.Load() {
		return device.Status{}, device.ErrBadReply
	}
	return g.Wired.Status(ctx)
}

var errKilled = errors.New("the process was killed")

// boot starts the process; its link runs in the background.
func (r *rig) boot() {
	r.t.Helper()
	dead := &atomic.Bool{}
	s, err := store.Open(r.path, store.Options{Stamp: func(*store.Tx) error {
		if dead.Load() {
			return errKilled
		}
		return nil
	}})
	if err != nil {
		r.t.Fatal(err)
	}
	q, err := queue.New(s, r.clock, queue.Config{Channels: "root:4"})
	if err != nil {
		r.t.Fatal(err)
	}
	record := recordOf("kitchen", r.version, map[string]string{"pos": "Kitchen"})
	m := newMachines(r.t, connectors.Environment{Store: s, Queue: q}, Deps{Clock: r.clock, Open: r.open}, record)
	record.Settings["poll"] = "20ms" // faster than anybody may have it, so past the host
	if err := s.Update(r.t.Context(), func(tx *store.Tx) error { return connectors.Backends{}.Sync(tx, []connectors.Backend{record}) }); err != nil {
		r.t.Fatal(err)
	}
	b := m.backend(r.t, "kitchen")
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { b.run(ctx) })
	r.store, r.b, r.dead = s, b, dead
	r.stop = func() { cancel(); wg.Wait() }
}

// kill ends the process in the middle of whatever it does.
func (r *rig) kill() {
	r.dead.Store(true)
	r.stop()
	r.store.Close() // refuses its last commit, as a kill does
}

// read waits until the cups made so far are read.
func (r *rig) read() {
	r.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := r.b.link.Do(r.t.Context(), device.PriorityNormal, r.b.pollCups)
		if err == nil && r.b.link.Do(r.t.Context(), device.PriorityNormal, r.b.pollCups) == nil {
			return
		}
		if r.dead.Load() {
			return // killed meanwhile
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the machine can't be read: %v; %+v", err, r.b.link.Health())
		}
		r.b.link.Wake()
		r.b.link.Retry(r.t.Context())
	}
}

func (r *rig) update(f func(*store.Tx) error) {
	r.t.Helper()
	if err := r.store.Update(r.t.Context(), f); err != nil && !errors.Is(err, errKilled) {
		r.t.Fatal(err)
	}
}

// adopt is what Odoo's answer leads to: the machine is seen for the first time, and
// every name of its slots is a drink.
func (r *rig) adopt(names map[string]int64) {
	r.t.Helper()
	r.read()
	r.update(func(tx *store.Tx) error {
		if err := shops.Put(tx, "kitchen", storedShop{"EUR", 2}); err != nil {
			return err
		}
		for name, product := range names {
			if err := drinks.Put(tx, drinkKey{A: "kitchen", B: product}, Drink{Product: product, Name: name, Fitted: name, Active: true}); err != nil {
				return err
			}
		}
		model, serial, _ := r.b.identity(tx)
		m, _, err := ledger.GetMachine(tx, model, serial)
		if err != nil {
			return err
		}
		return adoptFirstSight(tx, r.b, m)
	})
}

// tally is how many cups of what at which price.
type tally map[string]int

func (r *rig) ledger(names map[string]int64) (sure tally, doubtful int) {
	r.t.Helper()
	sure = tally{}
	seen := map[string]bool{}
	if err := r.store.View(func(tx *store.Tx) error {
		all, _, err := ledger.List(tx, ledger.Filter{Limit: 1 << 20})
		for _, c := range all {
			if seen[c.Key] {
				r.t.Errorf("%s is in the ledger twice", c.Key)
			}
			if seen[c.Key] = true; c.State == ledger.Parked && c.Reason == ledger.ReasonInDoubt {
				doubtful++
				continue
			}
			if c.State != ledger.Seen || names[c.SlotName] != c.Product {
				r.t.Errorf("cup %+v", c)
			}
			sure[fmt.Sprintf("%s at %d", c.SlotName, c.Price.Amount)]++
		}
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
	return sure, doubtful
}

func (r *rig) truth(from int) tally {
	out := tally{}
	for _, c := range r.wire.Truth().Cups[from:] {
		price := c.Price.Amount
		if c.Kind != device.CupSale && (r.version == "2900" || c.Kind == device.CupRemote) {
			price = 0
		}
		out[fmt.Sprintf("%s at %d", c.Name, price)]++
	}
	return out
}

// TestSimulated is a rough day of simulated machines with their true bytes: customers,
// changes of drinks and prices, kills of the process at any moment, restarts of the
// machine, pulled cables, a line with faults. At the end the ledger has every cup.
func TestSimulated(t *testing.T) {
	t.Parallel()
	seed := time.Now().UnixNano()
	if s := os.Getenv("CREMA_SEED"); s != "" {
		seed, _ = strconv.ParseInt(s, 10, 64)
	}
	for _, c := range []struct {
		name    string
		version string
		rough   bool
		faults  float64
	}{
		{"1900", "1900", false, 0},
		{"1900 rough", "1900", true, 0.05},
		{"2900", "2900", false, 0},
		{"2900 rough", "2900", true, 0.05},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			simulatedDay(t, c.version, c.rough, c.faults, seed)
		})
	}
}

func simulatedDay(t *testing.T, version string, rough bool, faults float64, seed int64) {
	rnd := chance(t, uint64(seed))
	var m sim.Machine
	if version == "1900" {
		one := sim1900.New(sim1900.Options{Brew: 20 * time.Millisecond})
		one.SetCounters(255, [8]uint16{65_535, 65_530, 3})
		m = one
	} else {
		m = sim2900.New(sim2900.Options{Brew: 20 * time.Millisecond, Refill: time.Nanosecond})
	}
	r := newRig(t, version, m, faults, seed)
	names := map[string]int64{}
	var slots []device.Slot
	for _, s := range m.Truth().Slots {
		if s.Enabled {
			slots = append(slots, s)
			names[s.Name] = int64(100 + s.Number)
		}
	}
	r.adopt(names)
	done, sold := make(chan struct{}), make(chan struct{}, 1000)
	var customers sync.WaitGroup
	customers.Go(func() { buy(m, slots, rand.New(rand.NewPCG(uint64(seed), 7)), done, sold) })
	start := time.Now()
	for i := 0; i < 40 || len(m.Truth().Cups) < 150 && time.Since(start) < 4*time.Second; i++ {
		r.act(rnd, rough, slots, names)
		for range rnd.IntN(8) { // the day goes on
			select {
			case <-sold:
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	close(done)
	customers.Wait()
	r.kill() // one that is on its way
	r.wire.Spoil(0, 0)
	r.boot()
	r.read()
	sure, doubtful := r.ledger(names)
	truth := r.truth(0)
	missing := 0
	for what, n := range truth {
		if sure[what] > n {
			t.Errorf("%s: the ledger has %d, the machine made %d", what, sure[what], n)
		}
		missing += n - sure[what]
	}
	for what, n := range sure {
		if truth[what] == 0 {
			t.Errorf("%s: the ledger has %d, the machine made none", what, n)
		}
	}
	if missing != doubtful || !rough && doubtful > 0 {
		t.Errorf("%d cups are missing, %d are in doubt", missing, doubtful)
	}
	t.Logf("%d cups, %d in doubt", len(m.Truth().Cups), doubtful)
	if r.wire.Truth().Locked {
		t.Error("the panel is locked")
	}
}

// buy is a crowd of customers; most of them find the machine free.
func buy(m sim.Machine, slots []device.Slot, rnd *rand.Rand, done <-chan struct{}, sold chan<- struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(time.Duration(rnd.IntN(16)) * time.Millisecond):
			slot := slots[rnd.IntN(len(slots))].Number
			if _, err := m.Buy(sim.Order{Slot: slot, Payment: device.PaymentCard, Kind: device.CupSale, Brew: time.Duration(rnd.IntN(3)) * time.Millisecond}); err == nil {
				select {
				case sold <- struct{}{}:
				default:
				}
			}
		}
	}
}

// act is one thing that crema, a technician or the power does.
func (r *rig) act(rnd *rand.Rand, rough bool, slots []device.Slot, names map[string]int64) {
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	slot := slots[rnd.IntN(len(slots))]
	switch p := rnd.IntN(20); {
	case p < 10:
		drink := slots[rnd.IntN(len(slots))]
		r.update(func(tx *store.Tx) error {
			return wants.Put(tx, slotKeyOf("kitchen", slot.Number), Want{Product: names[drink.Name], Name: drink.Name,
				Price: device.Money{Amount: int64(100 + rnd.IntN(200)), Currency: "EUR"}, Enabled: true})
		})
		r.b.link.Do(ctx, device.PriorityUrgent, func(ctx context.Context, m device.Machine) error {
			if rnd.IntN(2) == 0 {
				r.dieSoon(rnd)
			}
			_, err := r.b.makeSlot(ctx, m, slot.Number, r.store.Update)
			return err
		})
	case p < 12:
		token := fmt.Sprintf("%016x", rnd.Uint64())
		key, err := parseToken(token)
		if err != nil {
			r.t.Fatal(err)
		}
		r.b.link.Do(ctx, device.PriorityUrgent, func(ctx context.Context, m device.Machine) error {
			return r.b.startPour(ctx, m, BrewArgs{Backend: "kitchen", Slot: slot.Number, Token: token}, key, r.store.Update)
		})
		r.read()
	case p < 14:
		r.read()
		r.dieSoon(rnd)
	case p < 16:
		r.read()
	case p < 17 && rough:
		if pending, err := r.b.pourPending(); err == nil && !pending {
			r.wire.Restart()
		}
	case p < 18 && rough:
		r.wire.Cut()
		r.wire.Mend()
	}
	if r.dead.Load() {
		r.kill()
		r.boot()
	}
}

// dieSoon kills the process at one of the next commits.
func (r *rig) dieSoon(rnd *rand.Rand) {
	dead := r.dead
	if n := rnd.IntN(4); n == 0 {
		dead.Store(true)
	} else {
		time.AfterFunc(time.Duration(rnd.IntN(30))*time.Millisecond, func() { dead.Store(true) })
	}
}
