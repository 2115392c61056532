package coffee

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

const botKey = "0123456789abcdef0123456789abcdef01234567"

// books is the Odoo side alone: a real queue on a real store, the real client, the
// stand-in, and a machine whose cups the test puts into the ledger itself.
type books struct {
	t        *testing.T
	store    *store.Store
	queue    *queuetest.Queue
	erp      *standin.Server
	client   *odoo.Client
	machines *Machines
	b        *Backend
	pos      int64
	products []int64 // 15 % on top, 10 % included, untaxed
	made     uint64
	payment  string // of the backend's settings; empty: the only method there is
	// meanwhile is what happens before Odoo gets a call, of this path; may be nil.
	meanwhile func(path string)
}

type namedClock struct{ *queuetest.Clock }

func (c namedClock) TrustName() string {
	if c.Trusted() {
		return ledger.TimeTrusted
	}
	return ledger.TimeUntrusted
}

// away is a machine that never answers.
type awayMachine struct{ device.Machine }

func (awayMachine) Limits() device.Limits {
	return device.Limits{NameBytes: 40, PriceMax: 1_000_000, Currency: true}
}
func (awayMachine) Events() <-chan device.Event { return nil }

func newBooks(t *testing.T) *books {
	return newBooksAt(t, queuetest.NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)))
}

func newBooksAt(t *testing.T, clock *queuetest.Clock) *books {
	return newBooksWith(t, clock, 5*time.Second)
}

func newBooksWith(t *testing.T, clock *queuetest.Clock, timeout time.Duration) *books {
	k := &books{t: t}
	k.erp = standin.New(standin.Options{Key: botKey, Database: "prod", Currency: "EUR", Now: clock.Now})
	category := k.erp.AddCategory("Coffee")
	onTop, included := k.erp.AddTax("15 %", 15, false), k.erp.AddTax("10 % incl.", 10, true)
	for i, taxes := range [][]int64{{onTop}, {included}, nil} {
		k.products = append(k.products, k.erp.AddProduct(standin.Product{Name: fmt.Sprint("Drink ", i), Price: 1.90, Taxes: taxes, Categories: []int64{category}}))
	}
	k.pos = k.erp.AddPOS("Kitchen", k.erp.AddPaymentMethod("Card", false))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if k.meanwhile != nil {
			k.meanwhile(r.URL.Path)
		}
		k.erp.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	var err error
	if k.client, err = odoo.New(odoo.Config{URL: server.URL, Database: "prod", User: "coffee-bot", Key: func() (string, error) { return botKey, nil }, Timeout: timeout}); err != nil {
		t.Fatal(err)
	}
	k.connect(storetest.Open(t), clock)
	k.update(func(tx *store.Tx) error {
		if err := attachments.Put(tx, "kitchen", attached{Model: "2900", Serial: "29-1"}); err != nil {
			return err
		}
		return ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: "29-1", Backend: "kitchen", Known: true, Next: 1})
	})
	return k
}

// connect makes queue and connector on a store, as the program does when it starts.
func (k *books) connect(s *store.Store, clock *queuetest.Clock) *Machines {
	k.t.Helper()
	return k.on(queuetest.WithClock(k.t, s, clock))
}

// on makes the connector on a queue.
func (k *books) on(q *queuetest.Queue) *Machines {
	t, s := k.t, q.Store
	t.Helper()
	k.store, k.queue = s, q
	checkpoints := connectors.NewCheckpoints()
	m := newMachines(t, connectors.Environment{Store: s, Queue: k.queue.Queue, Checkpoints: checkpoints, Events: connectors.NewEvents(k.queue.Queue, checkpoints, nil)},
		Deps{
			Clock: namedClock{k.queue.Clock}, Odoo: k.client, Build: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
			Open: func(*connectors.Work) (device.Machine, error) { return awayMachine{}, nil },
		}, k.record())
	k.machines, k.b = m, m.backend(t, "kitchen")
	return m
}

func (k *books) record() connectors.Backend {
	r := kitchen2900()
	if k.payment != "" {
		r.Settings["payment"] = k.payment
	}
	return r
}

// openSession opens a session as the flows do.
func (k *books) openSession(id int64, note string) error {
	o, err := odooComponent(k.t.Context(), k.machines.d, pos.OpenerRole)
	if err != nil {
		return err
	}
	return o.Open(k.t.Context(), id, note, "")
}

func kitchen2900() connectors.Backend {
	r := recordOf("kitchen", "2900", map[string]string{"pos": "Kitchen", "pos_category": "Coffee", "poll": "1h"})
	r.Language = "en_US"
	return r
}

// start starts a flow by hand.
func (k *books) start(flow string) queue.ID {
	k.t.Helper()
	id, err := k.b.d.Start(k.t.Context(), "kitchen", flow)
	if err != nil {
		k.t.Fatal(err)
	}
	return id
}

func (k *books) update(f func(*store.Tx) error) {
	k.t.Helper()
	if err := k.store.Update(k.t.Context(), f); err != nil {
		k.t.Fatal(err)
	}
}

// make puts n cups of a drink into the ledger, and asks for their booking.
func (k *books) make(n int, product int64, price device.Money) {
	k.t.Helper()
	k.update(func(tx *store.Tx) error {
		for i := range n {
			number := k.made + uint64(i) + 1
			if _, _, err := ledger.Add(tx, ledger.Cup{
				Key: ledger.Key2900("29-1", number), Backend: "kitchen", Model: "2900", Serial: "29-1", Number: number, Kind: device.CupSale, Product: product,
				SlotName: "Drink", Price: price, Payment: device.PaymentCard, Time: k.queue.Clock.Now(), TimeTrust: ledger.TimeTrusted, Board: k.queue.Clock.Board(), State: ledger.Seen,
			}); err != nil {
				return err
			}
		}
		if err := ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: "29-1", Backend: "kitchen", Known: true, Next: k.made + uint64(n) + 1}); err != nil {
			return err
		}
		_, err := k.b.enqueueSales(tx, 0)
		return err
	})
	k.made += uint64(n)
}

func eur(cents int64) device.Money { return device.Money{Amount: cents, Currency: "EUR"} }

// work runs the queue until nothing can be done now, and lets the waits pass, so often.
func (k *books) work(waits int) {
	k.t.Helper()
	for range waits + 1 {
		if err := k.queue.RunUntilIdle(k.t.Context()); err != nil {
			k.t.Fatal(err)
		}
		k.queue.Clock.Advance(11 * time.Minute)
	}
}

// count is how many cups are in a state.
func (k *books) count(state ledger.State) (n int) {
	k.t.Helper()
	if err := k.store.View(func(tx *store.Tx) error {
		list, _, err := ledger.List(tx, ledger.Filter{Backend: "kitchen", State: state, Limit: 100_000})
		n = len(list)
		return err
	}); err != nil {
		k.t.Fatal(err)
	}
	return n
}

// open are the open checkpoints: reason → message of the last.
func (k *books) open() map[string]connectors.Checkpoint {
	k.t.Helper()
	found := map[string]connectors.Checkpoint{}
	if err := k.store.View(func(tx *store.Tx) error {
		list, _, err := k.b.d.Checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen, Limit: 1000})
		for _, c := range list {
			found[c.Reason] = c
		}
		return err
	}); err != nil {
		k.t.Fatal(err)
	}
	return found
}

func (k *books) wantStates(seen, booked, parked int) {
	k.t.Helper()
	if s, b, p := k.count(ledger.Seen), k.count(ledger.Booked), k.count(ledger.Parked); s != seen || b != booked || p != parked {
		k.t.Errorf("seen %d, booked %d, parked %d; want %d, %d, %d; open checkpoints: %v", s, b, p, seen, booked, parked, k.open())
	}
	uuids := map[string]bool{}
	for _, o := range k.erp.Orders() {
		uuids[o.UUID] = true
	}
	if len(uuids) != len(k.erp.Orders()) {
		k.t.Error("an order is there twice")
	}
}

func TestSalesInBatchesOldestFirst(t *testing.T) {
	k := newBooks(t)
	k.make(120, k.products[0], eur(219))
	root := k.queue.Jobs(t, queue.Filter{Kind: "coffee.sales"})[0].ID
	k.work(0)
	k.wantStates(0, 120, 0)
	if n := k.erp.Calls("pos.order/sync_from_ui"); n != 3 {
		t.Errorf("%d booking calls for 120 cups, want 3", n)
	}
	for i, o := range k.erp.Orders() {
		if want := ledger.OrderUUID(ledger.Key2900("29-1", uint64(i+1))); o.UUID != want {
			t.Fatalf("order %d is %s, want %s: not the oldest first", i, o.UUID, want)
		}
		if cents := math.Round(o.Total * 100); cents != 219 {
			t.Fatalf("order %d is %v", i, o.Total)
		}
	}
	// The job that was asked for is done when all that it led to is.
	if i := k.queue.Info(t, root); i.State != queue.StateDone || i.ChildrenOpen != 0 {
		t.Errorf("the first job is %+v", i)
	}
}

// TestSessionCloses books awkward totals at every kind of tax: a session that held
// one that Odoo rounds otherwise would not close.
func TestSessionCloses(t *testing.T) {
	k := newBooks(t)
	for cents := int64(101); cents < 160; cents++ {
		k.make(1, k.products[cents%3], eur(cents))
	}
	k.make(2, k.products[0], eur(0)) // free cups
	k.work(0)
	k.wantStates(0, 61, 0)
	if err := pos.CloseSession(t.Context(), k.client, k.erp.Sessions()[0].ID); err != nil {
		t.Errorf("close the session: %v", err)
	}
}

func TestOneRefusedCupIsParkedAlone(t *testing.T) {
	k := newBooks(t)
	heal := k.erp.Fail(standin.Rule{Fault: standin.Refuse, Call: "pos.order/sync_from_ui", Products: []int64{k.products[1]}})
	k.make(30, k.products[0], eur(219))
	k.make(1, k.products[1], eur(190))
	k.make(30, k.products[0], eur(219))
	k.work(3)
	k.wantStates(0, 60, 1)
	c, ok := k.open()[ledger.ReasonRefused]
	if !ok || !strings.Contains(c.Message, "crema/2900/29-1/31") {
		t.Errorf("the checkpoint does not name the cup: %+v", c)
	}
	heal()
	k.update(func(tx *store.Tx) error { return k.b.d.Checkpoints.Review(tx, c.ID, "") })
	k.work(0)
	k.wantStates(0, 61, 0)
}

// TestAllRefused: where every cup is refused the cause is not in the cups.
func TestAllRefused(t *testing.T) {
	k := newBooks(t)
	heal := k.erp.Fail(standin.Rule{Fault: standin.Refuse, Call: "pos.order/sync_from_ui"})
	k.make(100, k.products[0], eur(219))
	k.work(5)
	k.wantStates(100-refusedInARow, 0, refusedInARow)
	if _, ok := k.open()[reasonOdoo]; !ok {
		t.Errorf("nobody is told: %v", k.open())
	}
	heal()
	k.work(2)
	k.wantStates(0, 100-refusedInARow, refusedInARow)
	if _, open := k.open()[reasonOdoo]; open {
		t.Error("the checkpoint about Odoo stays open though it works")
	}
}

// TestUnknownOutcome: an answer that is lost after Odoo booked changes nothing.
func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	for _, fault := range []standin.Fault{standin.CommitThenClose, standin.CutBody, standin.CloseBeforeCommit, standin.ServerError, standin.Crash, standin.DatabaseDown, standin.Proxy, standin.Portal} {
		t.Run(fault.String(), func(t *testing.T) {
			k := newBooks(t)
			k.erp.Fail(standin.Rule{Fault: fault, Call: "pos.*/*", Times: 4})
			k.make(60, k.products[0], eur(219))
			job := k.queue.Jobs(t, queue.Filter{Kind: "coffee.sales"})[0].ID
			k.work(6)
			k.wantStates(0, 60, 0)
			if n := len(k.erp.Sessions()); n != 1 {
				t.Errorf("%d sessions were opened", n)
			}
			if i := k.queue.Info(t, job); i.State != queue.StateDone || i.Attempt > 1 {
				t.Errorf("no answer must cost no attempt: %+v", i)
			}
		})
	}
}

func TestKeyRefused(t *testing.T) {
	k := newBooks(t)
	k.erp.SetKey(5, "another key")
	k.make(3, k.products[0], eur(219))
	k.work(2)
	k.wantStates(3, 0, 0)
	if c := k.open()[reasonOdoo]; !strings.Contains(c.Message, "API key") {
		t.Errorf("the checkpoint says %q", c.Message)
	}
	k.erp.SetKey(5, botKey)
	k.work(2)
	k.wantStates(0, 3, 0)
}

func TestCurrencyAndTaxPark(t *testing.T) {
	k := newBooks(t)
	formula := k.erp.Insert("account.tax", 0, standin.Values{"name": "By formula", "amount_type": "code", "type_tax_use": "sale", "company_id": 1, "active": true})
	untold := k.erp.AddProduct(standin.Product{Name: "By formula", Price: 1, Taxes: []int64{formula}})
	k.make(1, k.products[0], device.Money{Amount: 200, Currency: "CHF"})
	k.make(1, untold, eur(100))
	k.make(1, k.products[2], eur(100))
	k.work(0)
	k.wantStates(0, 1, 2)
	for _, reason := range []string{ledger.ReasonCurrency, ledger.ReasonTax} {
		if _, ok := k.open()[reason]; !ok {
			t.Errorf("no checkpoint %q: %v", reason, k.open())
		}
	}
}

// TestSessions has each state that the POS can be found in.
func TestSessions(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name   string
		before func(*books)
		booked int
		state  string // of the note's session
	}{
		{"none is open", func(*books) {}, 2, "crema 2900/29-1 n=0"},
		{"ours, left in opening control without a note", func(k *books) {
			if _, err := pos.CreateSession(ctx, k.client, k.pos, ""); err != nil {
				t.Fatal(err)
			}
		}, 2, "crema 2900/29-1 n=0"},
		{"ours, with its note, opened", func(k *books) {
			id, err := pos.CreateSession(ctx, k.client, k.pos, "crema 2900/29-1 n=7")
			if err == nil {
				err = k.openSession(id, "crema 2900/29-1 n=7")
			}
			if err != nil {
				t.Fatal(err)
			}
		}, 2, "crema 2900/29-1 n=7"},
		{"another machine's", func(k *books) {
			id, err := pos.CreateSession(ctx, k.client, k.pos, "crema 2900/29-9 n=7")
			if err == nil {
				err = k.openSession(id, "crema 2900/29-9 n=7")
			}
			if err != nil {
				t.Fatal(err)
			}
		}, 0, "crema 2900/29-9 n=7"},
		{"somebody's, opened", func(k *books) {
			id := k.erp.Insert("pos.session", 0, standin.Values{"config_id": k.pos, "user_id": int64(2), "state": "opened", "opening_notes": "till 1", "name": "x", "rescue": false})
			_ = id
		}, 0, "till 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newBooks(t)
			tt.before(k)
			k.make(2, k.products[0], eur(219))
			k.work(1)
			k.wantStates(2-tt.booked, tt.booked, 0)
			sessions := k.erp.Sessions()
			if len(sessions) != 1 || sessions[0].Note != tt.state {
				t.Errorf("sessions are %+v, want one with the note %q", sessions, tt.state)
			}
			_, told := k.open()[reasonSession]
			if told != (tt.booked == 0) {
				t.Errorf("checkpoints %v", k.open())
			}
		})
	}
}

// TestSessionClosedMeanwhile: orders of a session that a person closed go into the
// next one.
func TestSessionClosedMeanwhile(t *testing.T) {
	k := newBooks(t)
	k.make(2, k.products[0], eur(219))
	k.work(0)
	if err := pos.CloseSession(t.Context(), k.client, k.erp.Sessions()[0].ID); err != nil {
		t.Fatal(err)
	}
	k.make(2, k.products[0], eur(219))
	k.work(2)
	k.wantStates(0, 4, 0)
	notes := []string{}
	for _, s := range k.erp.Sessions() {
		notes = append(notes, s.Note)
	}
	if !slices.Equal(notes, []string{"crema 2900/29-1 n=0", "crema 2900/29-1 n=2"}) {
		t.Errorf("the sessions' notes are %q", notes)
	}
}
