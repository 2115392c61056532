package coffee_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/device/board"
	"crema/device/driver/coffee1900"
	"crema/device/driver/coffee2900"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
	sim2900 "crema/device/sim/coffee2900"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// month is a board with two machines, and Odoo, in a bubble of simulated time.
type month struct {
	t   *testing.T
	rng *rand.Rand

	days       int // that Odoo is away
	poll       time.Duration
	clock      *boardClock
	monthStart time.Time     // by the wall: day 1
	lead       time.Duration // from the beginning of the test to day 1
	start      time.Time     // the same by package time

	erp      *standin.Server
	net      *network
	web      *http.Server
	served   chan error
	products map[string]int64
	methods  map[device.Payment]int64
	corners  []*corner // the 2900 in the kitchen, the 1900 in the lobby
	script   []happening
	path     string
	p        *process // nil while the board is off
	inFlight atomic.Int64
	calls    atomic.Int64 // bookings
	largest  atomic.Int64 // of them

	earlier                   uint64 // commits of processes that have ended
	lastCommits, nightCommits uint64
	byDay                     []daily
	mostJobs                  int
	took                      time.Duration
}

type daily struct {
	commits, night uint64
	bytes          int64
}

// happening is something that the world does, at a time from day 1, 00:00, on.
type happening struct {
	at time.Duration
	do func()
}

// corner is a place with a machine, and what it truly sold.
type corner struct {
	name    string
	version string
	m       sim.Machine
	cable   *cable
	polls   *pulse
	pos     int64
	sold    []sold
	n       [8]uint64 // the 1900's counters, unwrapped
	clock   *boardClock
	poll    time.Duration

	bookedBefore int // before Odoo went away
	unread       []span
}

// sold is one cup as it was.
type sold struct {
	key     string
	slot    int
	number  uint64
	drink   string
	cents   int64
	payment device.Payment
	made    time.Time
}

// span is a time in which nobody could read a machine.
type span struct{ from, to time.Time }

// boardClock is a clock whose board can be powered up anew.
type boardClock struct {
	*queuetest.Clock
	boot atomic.Pointer[string]
}

func (c *boardClock) TrustName() string { return ledger.TimeTrusted }
func (c *boardClock) BootID() string    { return *c.boot.Load() }
func (c *boardClock) powerUp(id string) { c.boot.Store(&id) }

const (
	monthKey    = "0123456789abcdef0123456789abcdef01234567"
	serial2900  = "29-000731"
	serial1900  = "00184467"
	era1900     = 7
	lobbyStarts = 65_520 // the 1900's counters wrap within days
)

func newMonth(t *testing.T, rng *rand.Rand, path string, days int, poll time.Duration) *month {
	return newMonthOn(t, "19.0", rng, path, days, poll)
}

// newMonthOn is newMonth with an Odoo of some version.
func newMonthOn(t *testing.T, version string, rng *rand.Rand, path string, days int, poll time.Duration) *month {
	first := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	w := &month{t: t, rng: rng, days: days, poll: poll, monthStart: first, lead: 6 * time.Hour, path: path,
		products: map[string]int64{}, methods: map[device.Payment]int64{}, served: make(chan error, 1)}
	w.start = time.Now().Add(w.lead)
	w.clock = &boardClock{Clock: queuetest.NewClock(first.Add(-w.lead))}
	w.clock.powerUp("boot-1")
	w.openOdoo(version)

	m29 := sim2900.New(sim2900.Options{Serial: serial2900, User: "service", Password: "s3cret"})
	m19 := sim1900.New(sim1900.Options{Serial: serial1900})
	var raw [8]uint16
	lobby := &corner{name: "lobby", version: "1900", m: m19}
	for s := range raw {
		raw[s] = uint16(lobbyStarts + s)
		lobby.n[s] = uint64(raw[s])
	}
	m19.SetCounters(era1900, raw)
	w.corners = []*corner{{name: "kitchen", version: "2900", m: m29}, lobby}
	for _, c := range w.corners {
		c.cable, c.polls, c.clock, c.poll = &cable{t: t, m: c.m}, new(pulse), w.clock, poll
		c.pos = w.erp.AddPOS(c.name, w.methods[device.PaymentCash], w.methods[device.PaymentCard])
	}
	return w
}

// openOdoo is an Odoo that sells all that the two machines make, at its own prices.
func (w *month) openOdoo(version string) {
	w.erp = standin.New(standin.Options{Version: version, Key: monthKey, Database: "prod", Currency: "EUR", Now: w.clock.Now})
	kitchen, lobby := w.erp.AddCategory("Kitchen"), w.erp.AddCategory("Lobby")
	onTop, included := w.erp.AddTax("15 %", 15, false), w.erp.AddTax("10 % incl.", 10, true)
	for i, p := range []standin.Product{
		{Name: "Espresso", Price: 1.30, Categories: []int64{kitchen, lobby}},
		{Name: "Café crème", Price: 1.90, Categories: []int64{kitchen, lobby}},
		{Name: "Hot water", Price: 0.45, Categories: []int64{kitchen, lobby}},
		{Name: "Cappuccino", Price: 2.40, Categories: []int64{kitchen}},
		{Name: "Latte macchiato", Price: 2.55, Categories: []int64{kitchen}},
		{Name: "Milk foam", Price: 1.05, Categories: []int64{kitchen}},
		{Name: "Lungo", Price: 1.35, Categories: []int64{lobby}},
		{Name: "Americano", Price: 1.45, Categories: []int64{lobby}},
		{Name: "Ristretto", Price: 1.25, Categories: []int64{lobby}},
		{Name: "Doppio", Price: 2.05, Categories: []int64{lobby}},
		{Name: "Tea", Price: 0.95, Categories: []int64{lobby}},
	} {
		p.Taxes = [][]int64{{onTop}, {included}, nil}[i%3]
		w.products[p.Name] = w.erp.AddProduct(p)
	}
	w.methods[device.PaymentCash] = w.erp.AddPaymentMethod("Cash", true)
	w.methods[device.PaymentCard] = w.erp.AddPaymentMethod("Card", false)
	w.net = newNetwork()
	w.web = &http.Server{Handler: http.HandlerFunc(w.odoo)}
	go func() { w.served <- w.web.Serve(w.net) }()
}

// odoo is the stand-in, watched: one booking at a time, of at most 50 orders.
func (w *month) odoo(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/json/2/pos.order/sync_from_ui" {
		w.erp.ServeHTTP(rw, r)
		return
	}
	defer w.inFlight.Add(-1)
	if w.inFlight.Add(1) > 1 {
		time.Sleep(time.Millisecond) // one that was given up this moment has not been told yet
		if n := w.inFlight.Load(); n > 1 {
			w.t.Errorf("%d bookings are in flight at once", n)
		}
	}
	body, err := io.ReadAll(r.Body)
	var sent struct{ Orders []json.RawMessage }
	if err != nil || json.Unmarshal(body, &sent) != nil || len(sent.Orders) == 0 || len(sent.Orders) > 50 {
		w.t.Errorf("a booking of %d orders (%v)", len(sent.Orders), err)
	}
	w.calls.Add(1)
	w.largest.Store(max(w.largest.Load(), int64(len(sent.Orders)))) // one at a time
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.erp.ServeHTTP(rw, r)
}

// A process is one life of the program.
type process struct {
	store       *store.Store
	queue       *queue.Queue
	client      *odoo.Client
	host        *connectors.Host
	machines    *coffee.Machines
	checkpoints *connectors.Checkpoints
	stop        func() error

	fuse   atomic.Int64 // commits until the power is cut; negative: never
	killed chan struct{}
}

var errPowerCut = errors.New("the power was cut")

// stamp is called in every commit: after the power cut none is possible.
func (p *process) stamp(*store.Tx) error {
	select {
	case <-p.killed:
		return errPowerCut
	default:
	}
	if p.fuse.Load() < 0 || p.fuse.Add(-1) >= 0 {
		return nil
	}
	close(p.killed)
	return errPowerCut
}

// boot starts the program on what the disk has, as main does.
func (w *month) boot() {
	w.t.Helper()
	p := &process{killed: make(chan struct{})}
	p.fuse.Store(-1)
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	var err error
	p.store, err = store.Open(w.path, store.Options{Stamp: p.stamp})
	must(err)
	p.client, err = odoo.New(odoo.Config{URL: "http://odoo.example.com", Database: "prod", User: "coffee-bot", Dial: w.net.Dial, Now: w.clock.Now,
		Key: func() (string, error) { return monthKey, nil }})
	must(err)
	p.queue, err = queue.New(p.store, w.clock, queue.Config{Channels: board.DefaultChannels, Timeouts: board.DefaultTimeouts})
	must(err)
	p.checkpoints = connectors.NewCheckpoints()
	p.checkpoints.Now = w.clock.Now
	p.host = connectors.NewHost(&connectors.Environment{Store: p.store, Queue: p.queue, Registry: connectors.NewRegistry(), Checkpoints: p.checkpoints, Now: w.clock.Now})
	p.machines, err = coffee.New(p.host, coffee.Deps{Clock: w.clock, Odoo: p.client, Build: w.monthStart.AddDate(0, -1, 0), Open: w.openMachine})
	must(err)
	p.host.Add(p.machines.Connector())
	must(p.host.Check())
	var records []connectors.Backend
	for _, c := range w.corners {
		records = append(records, connectors.Backend{Name: c.name, Kind: coffee.Coffee.Version(c.version), Language: "en_US", Settings: map[string]string{
			"port": "/dev/" + c.name, "poll": w.poll.String(), "pos": c.name, "pos_category": map[string]string{"kitchen": "Kitchen", "lobby": "Lobby"}[c.name],
			"payment": `{"cash":"Cash","card":"Card","default":"Card"}`}})
	}
	must(p.host.Sync(w.t.Context(), records))
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return p.queue.Run(ctx) })
	g.Go(func() error { return p.host.Run(ctx) })
	p.stop = func() error { cancel(); return g.Wait() }
	w.p = p
	for _, c := range w.corners {
		c.polls.begin()
	}
}

func (w *month) openMachine(work *connectors.Work) (device.Machine, error) {
	for _, c := range w.corners {
		switch {
		case c.name != work.Backend.Name:
		case c.version == "1900":
			return watched1900{coffee1900.New(c.cable.dial, coffee1900.Options{}), c.polls}, nil
		default:
			return watched2900{coffee2900.New(c.cable.dial, coffee2900.Options{User: "service", Password: func() (string, error) { return "s3cret", nil }}), c.polls}, nil
		}
	}
	return nil, errors.New("no such machine")
}

// powerCut ends the program between two commits that come soon: what it does after
// that is not kept.
func (w *month) powerCut() {
	for _, c := range w.corners {
		c.unread = append(c.unread, span{from: w.clock.Now().Add(-w.poll - pollLate)})
	}
	w.p.fuse.Store(w.rng.Int64N(6))
	for cut := false; !cut; {
		select {
		case <-w.p.killed:
			cut = true
		default:
			w.serve(w.corners[w.rng.IntN(2)], 1+w.rng.IntN(3))
			time.Sleep(time.Duration(w.rng.Int64N(int64(time.Minute))))
		}
	}
	for _, c := range w.corners {
		c.polls.end()
	}
	_ = w.p.stop() // nothing that it says is worth anything
	w.earlier += w.p.store.Stats().Commits
	_ = w.p.store.Close() // its last commit is refused
	w.p = nil
}

func (w *month) powerUp() {
	w.clock.powerUp("boot-" + w.clock.Now().Format(time.DateTime))
	w.boot()
	for _, c := range w.corners {
		c.unread[len(c.unread)-1].to = w.clock.Now()
	}
}

// end ends the program in good order.
func (w *month) end() {
	if err := w.p.stop(); err != nil && !errors.Is(err, context.Canceled) {
		w.t.Errorf("the end of the program: %v", err)
	}
	w.earlier += w.p.store.Stats().Commits
	if err := errors.Join(w.p.store.View(queue.Check), w.p.store.Check(context.Background()), w.p.store.Close()); err != nil {
		w.t.Error(err)
	}
	w.p = nil
}

// restart is what an update does.
func (w *month) restart() {
	for _, c := range w.corners {
		c.polls.end()
	}
	w.end()
	w.boot()
}

// shutDown ends all.
func (w *month) shutDown() {
	if w.p != nil {
		w.end()
	}
	for _, c := range w.corners {
		c.cable.pull()
	}
	_ = w.web.Close()
	<-w.served
}

// happens puts something into the script.
func (w *month) happens(at time.Duration, do func()) { w.script = append(w.script, happening{at, do}) }

// away puts a machine out of reach for a while.
func (w *month) away(c *corner, from, to time.Duration, put func(away bool)) {
	w.happens(from, func() {
		time.Sleep(w.poll + pollLate) // what was sold before is read
		put(true)
		c.polls.end()
		c.unread = append(c.unread, span{from: w.clock.Now()})
	})
	w.happens(to, func() {
		put(false)
		c.polls.begin()
		c.unread[len(c.unread)-1].to = w.clock.Now()
	})
}

// live lets everything happen that is in the script.
func (w *month) live() {
	slices.SortStableFunc(w.script, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
	for _, c := range w.corners {
		c.bookedBefore = len(c.sold)
	}
	for _, h := range w.script {
		w.sleepUntil(h.at)
		h.do()
	}
}

func (w *month) sleepUntil(at time.Duration) { time.Sleep(time.Until(w.start.Add(at))) }

// serve is a group of customers.
func (w *month) serve(c *corner, cups int) {
	for range cups {
		slots := 6 // of the 2900's that sell
		o := sim.Order{Kind: device.CupSale, Payment: device.PaymentCard}
		if c.m2900() {
			switch n := w.rng.IntN(20); {
			case n == 0:
				o.Kind, o.Payment = device.CupFree, device.PaymentNone
			case n == 1:
				o.Kind, o.Payment = device.CupTest, device.PaymentNone
			case n < 8:
				o.Payment = device.PaymentCash
			}
		} else {
			slots = 8
		}
		o.Slot = w.rng.IntN(slots)
		w.buy(c, o)
	}
}

// buy is one customer. Who finds the panel locked comes back a little later.
func (w *month) buy(c *corner, o sim.Order) {
	w.t.Helper()
	cup, err := c.m.Buy(o)
	for range 100 {
		if !errors.Is(err, sim.ErrPanelLocked) {
			break
		}
		time.Sleep(time.Second)
		cup, err = c.m.Buy(o)
	}
	if err != nil {
		w.t.Fatalf("%s: Buy(%+v) = %v", c.name, o, err)
	}
	s := sold{slot: cup.Slot, number: cup.Number, drink: cup.Name, cents: cup.Price.Amount, payment: cup.Payment, made: w.clock.Now()}
	if c.m2900() {
		s.key = ledger.Key2900(serial2900, cup.Number)
		if cup.Kind != device.CupSale {
			s.cents = 0
		}
		if cup.Number%50 == 0 { // the caretaker
			for id, capacity := range map[int]int64{1: 1200, 2: 40_000, 3: 10_000} {
				if err := c.m.(*sim2900.Machine).SetLevel(id, capacity); err != nil {
					w.t.Fatal(err)
				}
			}
		}
	} else {
		c.n[cup.Slot]++
		s.number, s.payment = c.n[cup.Slot], device.PaymentNone // it knows no payments
		s.key = ledger.Key1900(serial1900, era1900, cup.Slot, s.number)
	}
	c.sold = append(c.sold, s)
}

// editAtPanel changes a price at the machine, twice; customers pay what it says before
// crema puts back what Odoo wants.
func (w *month) editAtPanel(c *corner) {
	for _, by := range []int64{30, -10} {
		if err := c.m.(*sim2900.Machine).EditSlot(2, func(s *device.Slot) { s.Price.Amount += by }); err != nil {
			w.t.Fatal(err)
		}
		w.buy(c, sim.Order{Slot: 2, Kind: device.CupSale, Payment: device.PaymentCash})
	}
}

// methodsOf are the payment methods that a cup's order has.
func (w *month) methodsOf(s sold) []int64 {
	switch {
	case s.cents == 0:
		return nil
	case s.payment == device.PaymentCash:
		return []int64{w.methods[device.PaymentCash]}
	default:
		return []int64{w.methods[device.PaymentCard]}
	}
}

func (c *corner) m2900() bool { return c.version == "2900" }

// reachable tells whether crema can read the machine.
func (c *corner) reachable() bool {
	return len(c.unread) == 0 || !c.unread[len(c.unread)-1].to.IsZero()
}

// readBetween is between which times a cup's own time must lie: the 2900 writes it
// itself, a cup of the 1900 gets that of its reading.
func (c *corner) readBetween(made time.Time) (from, to time.Time) {
	from, to = made.Add(-2*time.Second), made.Add(2*time.Second)
	if c.m2900() {
		return from, to
	}
	for _, s := range c.unread {
		switch {
		case made.Before(s.from):
		case s.to.IsZero():
			return from, made.AddDate(1, 0, 0) // not read yet
		case made.Before(s.to):
			to = s.to
		}
	}
	return from, to.Add(c.poll + pollAgain)
}

// soldOn is what was sold on a day, as far as it was read on that day.
func (c *corner) soldOn(date string) (cups int, cents int64) {
	for _, s := range c.sold {
		at := s.made
		if _, to := c.readBetween(at); !c.m2900() && to.Sub(at) > time.Hour {
			at = to
		}
		if at.Format(time.DateOnly) == date {
			cups, cents = cups+1, cents+s.cents
		}
	}
	return cups, cents
}

// ring is how the 2900's journal stands.
func (c *corner) ring() (r struct{ Next, Acked, Overwritten uint64 }) {
	state, err := c.m.Save()
	if err == nil {
		err = json.Unmarshal(state, &r)
	}
	if err != nil {
		panic(err)
	}
	return r
}

func (w *month) read(f func(*store.Tx) error) {
	w.t.Helper()
	if err := w.p.store.View(f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *month) view(c *corner) (v coffee.View) {
	w.t.Helper()
	w.read(func(tx *store.Tx) error {
		b, err := w.p.machines.Backend(tx, c.name)
		if err != nil {
			return err
		}
		v, err = b.View(tx)
		return err
	})
	return v
}

func (w *month) commits() uint64 { return w.earlier + w.p.store.Stats().Commits }

func (w *month) jobs(s queue.State) (list []queue.Info) {
	w.t.Helper()
	w.read(func(tx *store.Tx) (err error) {
		list, _, err = w.p.queue.List(tx, queue.Filter{State: s})
		return err
	})
	return list
}

func (w *month) openJobs() []queue.Info {
	return slices.Concat(w.jobs(queue.StatePending), w.jobs(queue.StateEnqueued), w.jobs(queue.StateStarted))
}
