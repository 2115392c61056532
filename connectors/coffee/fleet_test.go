package coffee_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/device/board"
	"crema/device/driver/coffee2900"
	"crema/device/sim"
	sim2900 "crema/device/sim/coffee2900"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// fleet is many boards, each with a machine, and one Odoo, in a bubble of simulated time.
type fleet struct {
	t      *testing.T
	random *rand.Rand
	clock  *boardClock
	erp    *standin.Server
	net    *network
	web    *http.Server
	served chan error
	boards []*fleetBoard
	dir    string

	mu     sync.Mutex
	reach  reach
	hung   []net.Conn // both ends of connections on which nothing is said
	flying map[string]int
	calls  map[string]int // by method
	began  time.Time      // of the phase
	perSec map[int]int    // of the phase
}

// fleetBoard is one of them.
type fleetBoard struct {
	name  string
	m     *sim2900.Machine
	cable *cable
	store *store.Store
	stop  func() error
	sold  int
}

// What the boards of the fleet meet.
const (
	fleetCups    = 20                    // an hour and board when it is busy
	fleetLatency = 50 * time.Millisecond // of a call
)

func newFleet(t *testing.T, dir string, seed uint64, boards int) *fleet {
	f := &fleet{t: t, random: rand.New(rand.NewPCG(seed, 200)), dir: dir, net: newNetwork(), served: make(chan error, 1), flying: map[string]int{}}
	f.clock = &boardClock{Clock: queuetest.NewClock(time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC))}
	f.clock.powerUp("boot-1")
	f.erp = standin.New(standin.Options{Key: monthKey, Database: "prod", Currency: "EUR", Now: f.clock.Now})
	f.erp.Fail(standin.Rule{Fault: standin.Slow, Latency: fleetLatency})
	category, tax := f.erp.AddCategory("Coffee"), f.erp.AddTax("10 % incl.", 10, true)
	for i, name := range []string{"Espresso", "Café crème", "Cappuccino", "Latte macchiato", "Hot water", "Milk foam"} {
		f.erp.AddProduct(standin.Product{Name: name, Price: 1.30 + float64(i)/10, Taxes: []int64{tax}, Categories: []int64{category}})
	}
	card := f.erp.AddPaymentMethod("Card", false)
	for i := range boards {
		b := &fleetBoard{name: fmt.Sprintf("board-%03d", i)}
		b.m = sim2900.New(sim2900.Options{Serial: fmt.Sprintf("29-%06d", i), User: "service", Password: "s3cret"})
		b.cable = &cable{t: t, m: b.m}
		f.erp.AddPOS(b.name, card)
		f.boards = append(f.boards, b)
	}
	f.phase()
	f.web = &http.Server{Handler: http.HandlerFunc(f.odoo)}
	go func() { f.served <- f.web.Serve(f.net) }()
	return f
}

// odoo is the stand-in, watched: one call of a board at a time.
func (f *fleet) odoo(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(r.Host, ".")
	f.mu.Lock()
	if f.flying[name]++; f.flying[name] > 1 {
		f.t.Errorf("%s has %d calls in flight", name, f.flying[name])
	}
	f.calls[strings.TrimPrefix(r.URL.Path, "/json/2/")]++
	f.perSec[int(time.Since(f.began)/time.Second)]++
	f.mu.Unlock()
	f.erp.ServeHTTP(&told{w, func() {
		f.mu.Lock()
		f.flying[name]--
		f.mu.Unlock()
	}}, r)
}

// told is an answer: the call is over when it begins.
type told struct {
	http.ResponseWriter
	over func()
}

func (w *told) WriteHeader(status int) {
	w.over()
	w.ResponseWriter.WriteHeader(status)
}

// phase begins to count anew.
func (f *fleet) phase() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.perSec, f.began = map[string]int{}, map[int]int{}, time.Now()
}

// counted is how many calls there were in the phase, and how many in its worst second and ten seconds.
func (f *fleet) counted() (all, second, ten int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s, n := range f.perSec {
		all, second = all+n, max(second, n)
		sum := 0
		for i := range 10 {
			sum += f.perSec[s+i]
		}
		ten = max(ten, sum)
	}
	return all, second, ten
}

// report prints the calls of the phase, by hour and board.
func (f *fleet) report(what string, lasted time.Duration) (second, ten int) {
	all, second, ten := f.counted()
	per := func(n int) float64 { return float64(n) / lasted.Hours() / float64(len(f.boards)) }
	f.mu.Lock()
	defer f.mu.Unlock()
	f.t.Logf("%s: %.1f calls made, by hour and board; %.1f a second in the mean, at most %d, %d in ten seconds", what, per(all), float64(all)/lasted.Seconds(), second, ten)
	for _, name := range slices.SortedFunc(maps.Keys(f.calls), func(a, b string) int { return cmp.Or(f.calls[b]-f.calls[a], cmp.Compare(a, b)) }) {
		f.t.Logf("    %6.2f %s", per(f.calls[name]), name)
	}
	return second, ten
}

// dial is the boards' way to Odoo.
func (f *fleet) dial(ctx context.Context, network, address string) (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch f.reach {
	case refused:
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	case silent:
		near, far := net.Pipe()
		f.hung = append(f.hung, far)
		go io.Copy(io.Discard, far) //nolint:errcheck // it ends when it is closed
		return near, nil
	default:
		return f.net.Dial(ctx, network, address)
	}
}

// set changes how Odoo is reached; what hung is broken off, all at once.
func (f *fleet) set(r reach) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reach = r
	for _, c := range f.hung {
		c.Close()
	}
	f.hung = nil
}

// boot starts a board, as main does.
func (f *fleet) boot(b *fleetBoard) {
	f.t.Helper()
	must := func(err error) {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	var err error
	b.store, err = store.Open(filepath.Join(f.dir, b.name+".db"), store.Options{})
	must(err)
	client, err := odoo.New(odoo.Config{URL: "http://" + b.name + ".example.com", Database: "prod", Dial: f.dial, Now: f.clock.Now, Key: func() (string, error) { return monthKey, nil }})
	must(err)
	jobs, err := queue.New(b.store, f.clock, queue.Config{Channels: board.DefaultChannels, Timeouts: board.DefaultTimeouts, Board: b.name})
	must(err)
	checkpoints := connectors.NewCheckpoints()
	checkpoints.Now = f.clock.Now
	host := connectors.NewHost(&connectors.Environment{Store: b.store, Queue: jobs, Registry: connectors.NewRegistry(), Checkpoints: checkpoints, Now: f.clock.Now})
	machines, err := coffee.New(host, coffee.Deps{Clock: f.clock, Odoo: client, Build: f.clock.Now().AddDate(0, -1, 0),
		Open: func(*connectors.Work) (device.Machine, error) {
			return coffee2900.New(b.cable.dial, coffee2900.Options{User: "service", Password: func() (string, error) { return "s3cret", nil }}), nil
		}})
	must(err)
	host.Add(machines.Connector())
	must(host.Check())
	must(host.Sync(f.t.Context(), []connectors.Backend{{Name: "kitchen", Kind: coffee.Coffee.Version("2900"), Language: "en_US",
		Settings: map[string]string{"port": "/dev/kitchen", "poll": "10m", "pos": b.name, "pos_category": "Coffee"}}}))
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return jobs.Run(ctx) })
	g.Go(func() error { return host.Run(ctx) })
	b.stop = func() error { cancel(); return g.Wait() }
}

// live lets time pass, with customers where the boards are busy.
func (f *fleet) live(d time.Duration, busy bool) {
	f.t.Helper()
	const step = 5 * time.Second
	for until := time.Now().Add(d); time.Now().Before(until); {
		time.Sleep(step)
		if !busy {
			continue
		}
		for _, b := range f.boards {
			if f.random.Float64() >= fleetCups*step.Hours() {
				continue
			}
			if _, err := b.m.Buy(sim.Order{Slot: f.random.IntN(6), Kind: device.CupSale, Payment: device.PaymentCard}); err == nil { // or the panel is locked
				b.sold++
			}
		}
	}
}

// shutDown ends all.
func (f *fleet) shutDown() {
	f.set(connected)
	for _, b := range f.boards {
		if b.stop != nil {
			b.stop() //nolint:errcheck // it is cancelled
			b.store.Close()
		}
		b.cable.pull()
	}
	_ = f.web.Close()
	<-f.served
}

// wantAllBooked checks that each cup sold is one order, and that no board waits for a person.
func (f *fleet) wantAllBooked() {
	f.t.Helper()
	sold := 0
	for _, b := range f.boards {
		sold += b.sold
		if err := b.store.View(func(tx *store.Tx) error {
			seen, parked, err := ledger.Count(tx, "kitchen")
			if seen != 0 || parked != 0 {
				f.t.Errorf("%s has %d cups to book and %d parked", b.name, seen, parked)
			}
			return err
		}); err != nil {
			f.t.Fatal(err)
		}
	}
	uuids := map[string]bool{}
	for _, o := range f.erp.Orders() {
		uuids[o.UUID] = true
	}
	if len(uuids) != sold || len(f.erp.Orders()) != sold {
		f.t.Errorf("Odoo has %d orders of %d cups, %d were sold", len(f.erp.Orders()), len(uuids), sold)
	}
	f.t.Logf("%d cups made, each booked once", sold)
}

// TestFleet has many boards share one Odoo: idle, busy, and while Odoo is started anew. The figures of doc_fleet.go are
// those of 200 boards (CREMA_E2E=nightly).
func TestFleet(t *testing.T) {
	t.Parallel()
	boards := 12
	switch {
	case os.Getenv("CREMA_E2E") == "nightly":
		boards = 200
	case os.Getenv("CREMA_E2E") != "":
		boards = 50
	case testing.Short():
		boards = 6
	}
	seed := uint64(time.Now().UnixNano())
	dir := storetest.Memory(t)
	synctest.Test(t, func(t *testing.T) {
		t.Logf("seed %d: %d boards", seed, boards)
		f := newFleet(t, dir, seed, boards)
		t.Cleanup(f.shutDown)
		for _, b := range f.boards { // somebody switches them on, one after the other
			f.boot(b)
			time.Sleep(10 * time.Minute / time.Duration(boards))
		}
		f.live(time.Hour, false)

		f.phase()
		f.live(2*time.Hour, false)
		_, idle := f.report("idle", 2*time.Hour)
		f.phase()
		f.live(time.Hour, true)
		_, busy := f.report("busy", time.Hour)
		if most := 30 + boards; idle > most {
			t.Errorf("%d calls in ten seconds while the boards are idle, want %d at most: their schedules come together", idle, most)
		}

		for _, away := range []struct {
			what string
			how  reach
			long time.Duration
		}{
			{"after a restart of a minute", refused, time.Minute},
			{"after a minute without an answer, and all calls broken off", silent, time.Minute},
			{"after half an hour", refused, 30 * time.Minute},
		} {
			f.set(away.how)
			f.live(away.long, true)
			f.set(connected)
			f.phase()
			f.live(15*time.Minute, true)
			if _, ten := f.report(away.what, 15*time.Minute); ten > 4*busy+10 {
				t.Errorf("%s there were %d calls in ten seconds, usual are %d", away.what, ten, busy)
			}
		}
		f.live(20*time.Minute, false)
		f.wantAllBooked()
	})
}
