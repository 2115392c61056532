package coffee

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// faultyLife is a board whose machine sells and has alarms while its way to Odoo is as bad as can be, and the truth.
type faultyLife struct {
	*books
	alarmTruth
	clock   *queuetest.Clock
	proxy   *faultProxy
	methods map[device.Payment]int64
	sold    []cupSold
}

// cupSold is a cup as it was.
type cupSold struct {
	product int64
	cents   int64
	payment device.Payment
}

func newFaultyLife(t *testing.T, seed uint64) *faultyLife {
	clock := queuetest.NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	k := &books{t: t, payment: `{"cash":"Cash","card":"Card","default":"Card"}`}
	k.erp = standin.New(standin.Options{Key: botKey, Database: "prod", Currency: "EUR", Now: clock.Now})
	category := k.erp.AddCategory("Coffee")
	onTop, included := k.erp.AddTax("15 %", 15, false), k.erp.AddTax("10 % incl.", 10, true)
	for i, taxes := range [][]int64{{onTop}, {included}, nil} {
		k.products = append(k.products, k.erp.AddProduct(standin.Product{Name: fmt.Sprint("Drink ", i), Price: 1.90, Taxes: taxes, Categories: []int64{category}}))
	}
	methods := map[device.Payment]int64{device.PaymentCash: k.erp.AddPaymentMethod("Cash", true), device.PaymentCard: k.erp.AddPaymentMethod("Card", false)}
	k.pos = k.erp.AddPOS("Kitchen", methods[device.PaymentCash], methods[device.PaymentCard])
	proxy := newFaultProxy(chance(t, seed))
	proxy.erp = k.erp
	var err error
	k.client, err = odoo.New(odoo.Config{URL: "http://odoo.example.com", Database: "prod", Key: func() (string, error) { return botKey, nil }, Dial: proxy.Dial, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(filepath.Join(storetest.Memory(t), "crema.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	k.connect(s, clock)
	k.update(func(tx *store.Tx) error {
		return errors.Join(attachments.Put(tx, "kitchen", attached{Model: "2900", Serial: "29-1"}),
			ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: "29-1", Backend: "kitchen", Known: true, Next: 1}))
	})
	k.queue.Start(t)
	return &faultyLife{books: k, alarmTruth: newAlarmTruth(), clock: clock, proxy: proxy, methods: methods}
}

// sell puts cups into the ledger as a reading of the journal does.
func (l *faultyLife) sell(n int) {
	l.t.Helper()
	if n == 0 {
		return
	}
	cups := make([]cupSold, n)
	for i := range cups {
		cups[i] = cupSold{product: l.products[l.proxy.intN(3)], cents: int64(100 + l.proxy.intN(200)), payment: device.PaymentCard}
		switch l.proxy.intN(10) {
		case 0:
			cups[i].cents, cups[i].payment = 0, device.PaymentNone // a free one
		case 1, 2, 3:
			cups[i].payment = device.PaymentCash
		}
	}
	next := uint64(len(l.sold)) + 1
	l.update(func(tx *store.Tx) error {
		for i, c := range cups {
			number, kind := next+uint64(i), device.CupSale
			if c.cents == 0 {
				kind = device.CupFree
			}
			if _, _, err := ledger.Add(tx, ledger.Cup{
				Key: ledger.Key2900("29-1", number), Backend: "kitchen", Model: "2900", Serial: "29-1", Number: number, Kind: kind, Product: c.product,
				SlotName: "Drink", Price: eur(c.cents), Payment: c.payment, Time: l.clock.Now(), TimeTrust: ledger.TimeTrusted, Board: l.clock.Board(), State: ledger.Seen,
			}); err != nil {
				return err
			}
		}
		if err := ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: "29-1", Backend: "kitchen", Known: true, Next: next + uint64(n)}); err != nil {
			return err
		}
		_, err := l.b.enqueueSales(tx, 0)
		return err
	})
	l.sold = append(l.sold, cups...)
}

// schedule starts the flows as their schedules do.
func (l *faultyLife) schedule() {
	l.t.Helper()
	l.update(func(tx *store.Tx) error {
		_, err := l.b.enqueueFlow(tx, "sales", false)
		_, also := l.b.enqueueFlow(tx, "alarms", false)
		return errors.Join(err, also)
	})
}

// step is some minutes of a day.
func (l *faultyLife) step(cups int) (raised int) {
	l.t.Helper()
	l.sell(l.proxy.intN(2*cups + 1))
	for range 1 + l.proxy.intN(3) {
		c := l.proxy.intN(alarmCodes)
		if l.set[c] = !l.set[c]; l.set[c] {
			raised++
		}
		l.pollAlarms(l.alarmTruth)
	}
	l.proxy.wait(20 * time.Minute)
	l.schedule()
	return raised
}

// calm lets everything arrive: nothing fails any more, and what is on its way comes.
func (l *faultyLife) calm() {
	l.t.Helper()
	l.proxy.settle()
	for range 4 {
		time.Sleep(31 * time.Minute)
		l.schedule()
	}
	time.Sleep(31 * time.Minute)
	synctest.Wait()
}

// balance compares Odoo and the ledger with what was sold.
func (l *faultyLife) balance() {
	l.t.Helper()
	orders := map[string]standin.Order{}
	for _, o := range l.erp.Orders() {
		if _, twice := orders[o.UUID]; twice {
			l.t.Fatalf("order %s is there twice", o.UUID)
		}
		orders[o.UUID] = o
	}
	if len(orders) != len(l.sold) {
		l.t.Errorf("Odoo has %d orders, %d cups were sold", len(orders), len(l.sold))
	}
	if err := l.store.View(func(tx *store.Tx) error {
		for i, c := range l.sold {
			key := ledger.Key2900("29-1", uint64(i)+1)
			o, ok := orders[ledger.OrderUUID(key)]
			if !ok || len(o.Products) != 1 || o.Products[0] != c.product || int64(math.Round(o.Total*100)) != c.cents ||
				c.cents == 0 && len(o.Methods) != 0 || c.cents > 0 && (len(o.Methods) != 1 || o.Methods[0] != l.methods[c.payment]) {
				l.t.Fatalf("%s was sold as %+v, Odoo has %+v", key, c, o)
			}
			booked, _, err := ledger.ByKey(tx, key)
			if err != nil || booked.State != ledger.Booked || booked.OdooID != o.ID {
				l.t.Fatalf("the ledger has %+v of order %d, %v", booked, o.ID, err)
			}
		}
		return nil
	}); err != nil {
		l.t.Fatal(err)
	}
	for reason, p := range l.open() {
		l.t.Errorf("a checkpoint is open: %s: %+v", reason, p)
	}
	if failed := l.queue.Counts()[queue.StateFailed]; failed != 0 {
		l.t.Errorf("%d jobs have failed", failed)
	}
}

// closedBalanced checks that each session was closed, with what its orders come to, and that none was opened for nothing.
func (l *faultyLife) closedBalanced() {
	l.t.Helper()
	booked := map[int64]int{}
	for _, o := range l.erp.Orders() {
		booked[o.Session]++
	}
	for _, s := range l.erp.Sessions() {
		if s.CashBooked != 0 {
			l.t.Errorf("session %s has booked a difference of %v in its till", s.Name, s.CashBooked)
		}
		if s.State != "closed" {
			l.t.Errorf("session %s of %d orders is %s", s.Name, booked[s.ID], s.State)
		}
	}
}

// faultyLength is how many cups and alarms there are, by CREMA_E2E.
func faultyLength() (cups, alarms int) {
	switch {
	case os.Getenv("CREMA_E2E") == "nightly":
		return 100_000, 2000
	case os.Getenv("CREMA_E2E") != "":
		return 12_000, 250
	case testing.Short():
		return 600, 20
	default:
		return 2000, 60
	}
}

// TestFaultyProxy has a board sell cups and have alarms behind a proxy that does to a third of all calls what can be done
// to them. Nothing is lost, nothing is there twice, and the sessions close balanced.
func TestFaultyProxy(t *testing.T) {
	t.Parallel()
	cups, alarms := faultyLength()
	seed := seedOf(t)
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		l := newFaultyLife(t, seed)
		t.Cleanup(l.proxy.settle) // before the store is closed
		raised := 0
		for rounds := 0; len(l.sold) < cups || raised < alarms; rounds++ {
			l.proxy.set([]float64{0.1, 0.35, 0.7}[rounds%3])
			for range 6 + l.proxy.intN(8) {
				raised += l.step(cups / alarms)
			}
			l.calm()
			l.told()
			l.proxy.set(0.5) // of the calls that close the session, too
			l.sell(1 + cups/alarms)
			l.dayPasses()
		}
		l.calm()
		l.balance()
		l.proxy.set(0.35)
		l.dayPasses() // and the last session is closed
		l.closedBalanced()
		made, _ := l.requests()
		if fmt.Sprint(made) != fmt.Sprint(l.times) {
			t.Errorf("requests by code %v, want %v", made, l.times)
		}
		if missed := l.proxy.missed(); len(missed) > 0 && !testing.Short() {
			t.Errorf("no call met %q", missed)
		}
		t.Logf("seed %d: %d cups and %d alarms made, all booked once, in %d sessions; %s", seed, len(l.sold), raised, len(l.erp.Sessions()), l.proxy.told())
	})
	t.Logf("took %v", time.Since(began).Round(time.Millisecond))
}

// dayPasses lets a day pass without an alarm that comes back: one that is raised after it is another.
func (l *faultyLife) dayPasses() {
	l.t.Helper()
	for range 26 {
		time.Sleep(time.Hour)
		l.schedule()
	}
	l.calm()
	for c := range alarmCodes {
		l.over[c] = !l.set[c] && l.times[c] > 0
	}
}

// told compares the requests with what is wrong with the machine now.
func (l *faultyLife) told() {
	l.t.Helper()
	_, open := l.requests()
	for c := range alarmCodes {
		if want := map[bool]int{true: 1}[l.set[c]]; open[c] != want {
			l.t.Fatalf("alarm %d: set %v, and %d open requests", c, l.set[c], open[c])
		}
	}
}
