package coffee

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/device/devicetest"
	"crema/device/driver/coffee2900"
	"crema/device/serial"
	"crema/device/sim"
	sim2900 "crema/device/sim/coffee2900"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// pantry is a board between a simulated 2900, with its true bytes, and the stand-in Odoo
// over HTTP, which keeps the machine's stock.
type pantry struct {
	t       testing.TB
	machine *sim2900.Machine
	wire    *devicetest.Wire
	dial    device.Dialer
	poll    string // empty: 200ms
	erp     *standin.Server
	client  *odoo.Client
	clock   *queuetest.Clock
	path    string

	kitchen, sales int64
	production     int64
	beans, milk    int64
	drinks         map[string]int64 // by name

	store *store.Store
	queue *queuetest.Queue
	b     *Backend
	fuse  *atomic.Int64   // commits until the process is killed; negative: never
	alive context.Context // ends when it is killed
	stop  func()
}

const kept = "WH/Stock/Kitchen"

// The checkpoints of a stock that waits for somebody, and of entries of which nobody knows what they used.
const reasonStock, reasonStockGap = "stock", "stock_gap"

func newPantry(t testing.TB, change ...func(*pantry)) *pantry {
	return newPantryOn(t, "19.0", change...)
}

func newPantryOn(t testing.TB, version string, change ...func(*pantry)) *pantry {
	p := furnished(t, version, change...)
	p.wire = devicetest.NewWire(t, p.machine, 0, 1)
	p.dial = serial.Dialer(p.wire.Link(), 115200)
	server := httptest.NewServer(p.erp)
	t.Cleanup(server.Close)
	var err error
	if p.client, err = odoo.New(odoo.Config{URL: server.URL, Database: "coffee", User: "coffee-bot", Key: func() (string, error) { return botKey, nil }, Timeout: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	p.boot()
	t.Cleanup(func() { p.kill() })
	return p
}

// furnished is a pantry without its lines to the machine and to Odoo.
func furnished(t testing.TB, version string, change ...func(*pantry)) *pantry {
	dir := storetest.Memory(t)
	p := &pantry{t: t, clock: queuetest.NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)), path: filepath.Join(dir, "crema.db"), drinks: map[string]int64{}}
	p.machine = sim2900.New(sim2900.Options{})
	p.erp = standin.New(standin.Options{Version: version, Key: botKey, Currency: "EUR", Now: p.clock.Now, Random: 7})
	w, units := p.erp.AddWarehouse(), p.erp.Units()
	if units["ml"] == 0 { // Odoo 18 comes without
		units["ml"] = p.erp.Insert("uom.uom", 0, standin.Values{"name": "ml", "category_id": 6, "factor": 1000.0, "uom_type": "smaller", "rounding": 0.01, "active": true})
	}
	p.production = w.Consumption
	p.kitchen = p.erp.AddLocation("Kitchen")
	p.beans, p.milk = p.erp.AddIngredient("Beans", "BEANS-G", units["g"]), p.erp.AddIngredient("Milk", "MILK-ML", units["ml"])
	category := p.erp.AddCategory("Coffee")
	for _, s := range p.machine.Truth().Slots {
		if s.Name != "" && s.Enabled {
			p.drinks[s.Name] = p.erp.AddProduct(standin.Product{Name: s.Name, Price: float64(s.Price.Amount) / 100, Categories: []int64{category}})
		}
	}
	p.sales = p.erp.AddSaleType("Kitchen sales", p.kitchen)
	pos := p.erp.AddPOS("Kitchen", p.erp.AddPaymentMethod("Card", false))
	p.erp.Set("pos.config", pos, standin.Values{"picking_type_id": p.sales})
	for _, f := range change {
		f(p)
	}
	return p
}

func pantryRecord() connectors.Backend {
	r := recordOf("kitchen", "2900", map[string]string{"pos": "Kitchen", "pos_category": "Coffee", "poll": "200ms",
		"stock_location": kept, "ingredients": `{"1":"BEANS-G","3":"MILK-ML"}`})
	r.Language = "en_US"
	return r
}

// boot starts the process on what the disk has; its link runs in the background.
func (p *pantry) boot() {
	p.t.Helper()
	fuse := &atomic.Int64{}
	fuse.Store(-1)
	ctx, cancel := context.WithCancel(context.Background())
	s, err := store.OpenOrRestore(p.path, store.Options{Snapshots: p.path + ".snapshots", MaxSize: small, Stamp: func(*store.Tx) error {
		if fuse.Load() == 0 || fuse.Load() > 0 && fuse.Add(-1) == 0 {
			cancel()
			return errKilled
		}
		return nil
	}})
	if err != nil {
		p.t.Fatal(err)
	}
	plain, err := queue.New(s, p.clock, queue.Config{Channels: "root:4,root.machine:2,root.sales:1,root.catalogue:1", Grace: 50 * time.Millisecond})
	if err != nil {
		p.t.Fatal(err)
	}
	q := &queuetest.Queue{Queue: plain, Clock: p.clock, Store: s} // which is closed before the test's end
	checkpoints := connectors.NewCheckpoints()
	record := pantryRecord()
	if p.poll != "" {
		record.Settings["poll"] = p.poll
	}
	m := newMachines(p.t, connectors.Environment{Store: s, Queue: q.Queue, Checkpoints: checkpoints, Events: connectors.NewEvents(q.Queue, checkpoints, nil)},
		Deps{Clock: namedClock{p.clock}, Odoo: p.client, Build: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
			Open: func(*connectors.Work) (device.Machine, error) {
				return coffee2900.New(p.dial, coffee2900.Options{User: "service", Password: func() (string, error) { return "s3cret", nil }}), nil
			}}, record)
	b := m.backend(p.t, "kitchen")
	var wg sync.WaitGroup
	wg.Go(func() { b.link.Run(ctx) })
	p.store, p.queue, p.b, p.fuse, p.alive = s, q, b, fuse, ctx
	p.stop = func() { cancel(); wg.Wait() }
}

// kill ends the process in the middle of whatever it does.
func (p *pantry) kill() {
	p.fuse.Store(0)
	p.stop()
	p.store.Close()
}

func (p *pantry) dead() bool { return p.fuse.Load() == 0 }

// lives has the process killed no more: one that is dead is booted, and a fuse that has not
// blown yet never does.
func (p *pantry) lives() {
	p.t.Helper()
	if p.fuse.Swap(-1) == 0 {
		p.kill()
		p.boot()
	}
}

// read waits until the cups made so far are in the ledger.
func (p *pantry) read() {
	p.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		err := p.b.link.Do(p.t.Context(), device.PriorityNormal, p.b.pollCups)
		if err == nil || p.dead() {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("the machine can't be read: %v; %+v", err, p.b.link.Health())
		}
		p.b.link.Wake()
		p.b.link.Retry(p.t.Context())
	}
}

// work runs the queue until nothing can be done now, and lets the waits pass, so often.
func (p *pantry) work(waits int) {
	p.t.Helper()
	for range waits + 1 {
		if err := p.queue.RunUntilIdle(p.alive); err != nil && !p.dead() {
			p.t.Fatal(err)
		}
		if p.dead() {
			return
		}
		p.clock.Advance(11 * time.Minute)
	}
}

func (p *pantry) start(flow string) queue.ID {
	p.t.Helper()
	id, err := p.b.d.Start(p.t.Context(), "kitchen", flow)
	if err != nil && !p.dead() {
		p.t.Fatal(err)
	}
	return id
}

// keep reads the machine, books, and has the stock sent; it returns what came of that.
func (p *pantry) keep() string {
	p.t.Helper()
	p.read()
	p.work(0)
	id := p.start("stock")
	p.work(0)
	if p.dead() {
		return ""
	}
	i := p.queue.Info(p.t, id)
	return i.Result + i.Error
}

// buy makes cups of a slot.
func (p *pantry) buy(slot, n int) {
	p.t.Helper()
	for range n {
		if _, err := p.machine.Buy(sim.Order{Slot: slot, Payment: device.PaymentCard}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// level is what the machine really holds, in the unit of LEVELS.
func (p *pantry) level(id int) int64 {
	p.t.Helper()
	b, err := p.machine.Save()
	if err != nil {
		p.t.Fatal(err)
	}
	var state struct {
		Tanks []struct {
			ID         int
			Level, Per int64
		}
	}
	if err := json.Unmarshal(b, &state); err != nil {
		p.t.Fatal(err)
	}
	for _, t := range state.Tanks {
		if t.ID == id {
			return t.Level / t.Per
		}
	}
	p.t.Fatalf("no tank %d", id)
	return 0
}

// consumed is what the transfers of the machine have moved of a product, and how often.
func (p *pantry) consumed(product int64) (sum float64, transfers int) {
	for _, m := range p.erp.Moves() {
		if m.Product == product && m.To == p.production && strings.HasPrefix(m.Origin, "crema/2900/") && m.State == "done" {
			sum, transfers = sum+m.Quantity, transfers+1
		}
	}
	return sum, transfers
}

// counts is how often a product's quantity was corrected.
func (p *pantry) counts(product int64) (n int) {
	for _, m := range p.erp.Moves() {
		if m.Product == product && m.Origin == "" && m.To != p.production && (m.From == p.kitchen || m.To == p.kitchen) && m.To != 1 {
			n++
		}
	}
	return n
}

// open are the open checkpoints: reason → message of the last.
func (p *pantry) open() map[string]string {
	p.t.Helper()
	found := map[string]string{}
	if err := p.store.View(func(tx *store.Tx) error {
		list, _, err := p.b.d.Checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen, Limit: 1000})
		for _, c := range list {
			found[c.Reason] = c.Message
		}
		return err
	}); err != nil {
		p.t.Fatal(err)
	}
	return found
}

// losesCard has the board begin with an empty store.
func (p *pantry) losesCard() {
	p.kill()
	if err := os.Remove(p.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		p.t.Fatal(err)
	}
	if err := os.RemoveAll(p.path + ".snapshots"); err != nil {
		p.t.Fatal(err)
	}
	p.boot()
}

// eachOnce fails where two transfers stand for one entry, or one is left out.
func (p *pantry) eachOnce(serial string, next uint64, mayLack func(uint64) bool) {
	p.t.Helper()
	of := map[uint64]string{}
	origins := map[string]bool{}
	for _, m := range p.erp.Moves() {
		if m.Origin == "" || origins[m.Origin] {
			continue
		}
		origins[m.Origin] = true
		var from, to uint64
		if n, err := fmt.Sscanf(m.Origin, "crema/2900/"+serial+"/%d-%d", &from, &to); n != 2 || err != nil || from < 1 || to < from || (from-1)/64 != (to-1)/64 {
			p.t.Errorf("a transfer with the origin %q", m.Origin)
		}
		for n := from; n <= to; n++ {
			if of[n] != "" {
				p.t.Errorf("entry %d is in %s and in %s", n, of[n], m.Origin)
			}
			of[n] = m.Origin
		}
	}
	for n := uint64(1); n < next; n++ {
		if of[n] == "" && !mayLack(n) {
			p.t.Errorf("entry %d is in no transfer: %v", n, fmt.Sprint(origins))
		}
	}
}

// machineNext is the number of the machine's entry to come.
func (p *pantry) machineNext() (next uint64) {
	p.t.Helper()
	if err := p.store.View(func(tx *store.Tx) error {
		m, _, err := ledger.GetMachine(tx, "2900", "29-000731")
		next = m.Next
		return err
	}); err != nil {
		p.t.Fatal(err)
	}
	return next
}

// carried tells whether there is a file.
func carried(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
