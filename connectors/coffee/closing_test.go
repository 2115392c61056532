package coffee

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

const closeCall = "pos.session/action_pos_session_closing_control"

// until lets the time pass to an hour of a day of June 2026, and runs the schedule of the
// bookings once.
func (k *books) until(day, hour int) {
	k.t.Helper()
	at := time.Date(2026, 6, day, hour, 5, 0, 0, time.UTC)
	if d := at.Sub(k.queue.Clock.Now()); d < 0 {
		k.t.Fatalf("it is later than %v", at)
	} else {
		k.queue.Clock.Advance(d)
	}
	k.schedule()
}

func (k *books) schedule() {
	k.t.Helper()
	k.update(func(tx *store.Tx) error { _, err := k.b.enqueueFlow(tx, "sales", false); return err })
	if err := k.queue.RunUntilIdle(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

// sell makes cups and books them.
func (k *books) sell(n int) {
	k.t.Helper()
	k.make(n, k.products[0], eur(219))
	if err := k.queue.RunUntilIdle(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

// wantSessions holds the sessions, oldest first, against "state note: orders".
func (k *books) wantSessions(want ...string) {
	k.t.Helper()
	orders := map[int64]int{}
	for _, o := range k.erp.Orders() {
		orders[o.Session]++
	}
	got := []string{}
	for _, s := range k.erp.Sessions() {
		got = append(got, fmt.Sprintf("%s %s: %d", s.State, strings.ReplaceAll(s.Note, "\n", " / "), orders[s.ID]))
		if s.CashBooked != 0 {
			k.t.Errorf("session %s has booked a difference of %v in its till", s.Name, s.CashBooked)
		}
	}
	if !slices.Equal(got, want) {
		k.t.Errorf("the sessions are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func (k *books) wantOpen(reason string, want bool) connectors.Checkpoint {
	k.t.Helper()
	p, is := k.open()[reason]
	if is != want {
		k.t.Errorf("the checkpoint %s is open: %v, want %v; open are %v", reason, is, want, k.open())
	}
	return p
}

func (k *books) reviewed(id uint64) {
	k.t.Helper()
	k.update(func(tx *store.Tx) error { return k.b.d.Checkpoints.Review(tx, id, "") })
	if err := k.queue.RunUntilIdle(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

// TestClosedEachDay: the session is closed at its time by the schedule of the bookings; the
// next cup opens another with its note. A day without cups makes no session, and asks Odoo
// but once.
func TestClosedEachDay(t *testing.T) {
	k := newBooks(t)
	k.sell(3)
	k.until(2, 2)
	k.wantSessions("opened crema 2900/29-1 n=0: 3")
	k.until(2, 3)
	k.wantSessions("closed crema 2900/29-1 n=0: 3")
	k.sell(2)
	k.wantSessions("closed crema 2900/29-1 n=0: 3", "opened crema 2900/29-1 n=3: 2")
	k.until(3, 3)
	k.until(4, 3)
	calls := k.erp.Calls("pos.session/search_read")
	for hour := 4; hour < 24; hour++ {
		k.until(4, hour)
	}
	if n := k.erp.Calls("pos.session/search_read") - calls; n != 0 {
		t.Errorf("%d questions about sessions on a day without cups", n)
	}
	k.wantSessions("closed crema 2900/29-1 n=0: 3", "closed crema 2900/29-1 n=3: 2")
	k.wantStates(0, 5, 0)
}

// TestEmptyStaysOpen: a session without orders is not closed and opened anew each day.
func TestEmptyStaysOpen(t *testing.T) {
	k := newBooks(t)
	k.update(func(tx *store.Tx) error { return notesOwed.Put(tx, "kitchen", true) })
	k.schedule()
	for day := 2; day < 6; day++ {
		k.until(day, 3)
	}
	k.wantSessions("opened crema 2900/29-1 n=0: 0")
	if n := k.erp.Calls(closeCall); n != 0 {
		t.Errorf("%d calls to close it", n)
	}
}

// TestCupsOfTheDayBefore: a board that was off at the closing time books the cups of
// before into the session, closes it, and the others go into the next one.
func TestCupsOfTheDayBefore(t *testing.T) {
	k := newBooks(t)
	k.sell(1)
	down := k.erp.Fail(standin.Rule{Fault: standin.DatabaseDown})
	k.make(60, k.products[0], eur(219))
	k.until(2, 4)
	k.make(5, k.products[0], eur(219))
	down()
	k.work(3)
	k.wantSessions("closed crema 2900/29-1 n=0: 61", "opened crema 2900/29-1 n=61: 5")
}

// TestNoTrust: without a clock that is to be trusted nothing is closed; with it, it is.
func TestNoTrust(t *testing.T) {
	k := newBooks(t)
	k.sell(1)
	k.queue.Clock.SetTrusted(false)
	k.until(3, 3)
	k.wantSessions("opened crema 2900/29-1 n=0: 1")
	k.queue.Clock.SetTrusted(true)
	k.schedule()
	k.wantSessions("closed crema 2900/29-1 n=0: 1")
}

// TestNotClosed: what keeps a session from being closed is told in plain words, and
// selling goes on; it is tried again the next day, and when a person says so.
func TestNotClosed(t *testing.T) {
	fail := func(f standin.Fault) func(*books) func() {
		return func(k *books) func() { return k.erp.Fail(standin.Rule{Fault: f, Call: closeCall}) }
	}
	for _, c := range []struct {
		name, words string
		begin       func(*books) func()
	}{
		{"wizard", "differ", func(k *books) func() {
			order := k.erp.Orders()[0].ID
			k.erp.Set("pos.order", order, standin.Values{"amount_paid": 2.18})
			return func() { k.erp.Set("pos.order", order, standin.Values{"amount_paid": 2.19}) }
		}},
		{"no right", "Point of Sale / Administrator", fail(standin.Forbid)},
		{"closed period", "The operation is refused", fail(standin.Refuse)},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newBooks(t)
			k.sell(2)
			heal := c.begin(k)
			k.until(2, 3)
			p := k.wantOpen(reasonClosing, true)
			if !strings.Contains(p.Message, c.words) || !strings.Contains(p.Message, "Selling goes on") {
				t.Errorf("it says %q", p.Message)
			}
			k.sell(2)
			k.wantSessions("opened crema 2900/29-1 n=0: 4")
			calls := k.erp.Calls(closeCall)
			k.until(2, 20)
			if n := k.erp.Calls(closeCall); n != calls {
				t.Errorf("tried %d times more on the same day", n-calls)
			}
			k.until(3, 3)
			if n := k.erp.Calls(closeCall); n != calls+1 {
				t.Errorf("tried %d times the next day", n-calls)
			}
			k.reviewed(p.ID) // nothing was mended yet
			p = k.wantOpen(reasonClosing, true)
			heal()
			k.reviewed(p.ID)
			k.wantSessions("closed crema 2900/29-1 n=0: 4")
			k.wantOpen(reasonClosing, false)
			k.sell(1)
			k.wantSessions("closed crema 2900/29-1 n=0: 4", "opened crema 2900/29-1 n=4: 1")
			if n := k.erp.Calls(closeCall); n != calls+3 {
				t.Errorf("tried %d times in all, want %d", n, calls+3)
			}
		})
	}
}

// TestClosedByTheNextDay: what could not be closed is closed the next day, and nobody has
// to say so.
func TestClosedByTheNextDay(t *testing.T) {
	k := newBooks(t)
	k.sell(2)
	heal := k.erp.Fail(standin.Rule{Fault: standin.Refuse, Call: closeCall})
	k.until(2, 3)
	heal()
	k.sell(1)
	k.until(3, 3)
	k.wantSessions("closed crema 2900/29-1 n=0: 3")
	k.wantOpen(reasonClosing, false)
}

// TestClosingBegun: a person has begun to close the session. Odoo takes no order then, so
// cups wait; it is the person's to finish, or to ask crema to.
func TestClosingBegun(t *testing.T) {
	for _, asked := range []bool{false, true} {
		k := newBooks(t)
		k.sell(2)
		id := k.erp.Sessions()[0].ID
		k.erp.Set("pos.session", id, standin.Values{"state": pos.ClosingControl})
		k.sell(3)
		k.work(1)
		k.wantStates(3, 2, 0)
		p := k.wantOpen(reasonSession, true)
		if asked {
			k.reviewed(p.ID)
		} else {
			k.erp.Set("pos.session", id, standin.Values{"state": pos.Closed})
			k.work(1)
		}
		k.wantSessions("closed crema 2900/29-1 n=0: 2", "opened crema 2900/29-1 n=2: 3")
		k.wantOpen(reasonSession, false)
	}
}

// swap puts another machine on the backend's line, which Odoo knows nothing of yet.
func (k *books) swap(serial string) {
	k.update(func(tx *store.Tx) error {
		k.b.setSession(0, ledger.Marks{})
		if err := attachments.Put(tx, "kitchen", attached{Model: "2900", Serial: serial}); err != nil {
			return err
		}
		return ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: serial, Backend: "kitchen", Known: true, Next: 1})
	})
}

// sellOf puts a cup of another machine into the ledger.
func (k *books) sellOf(serial string, number uint64) {
	k.update(func(tx *store.Tx) error {
		if _, _, err := ledger.Add(tx, ledger.Cup{
			Key: ledger.Key2900(serial, number), Backend: "kitchen", Model: "2900", Serial: serial, Number: number, Kind: device.CupSale, Product: k.products[0],
			SlotName: "Drink", Price: eur(219), Payment: device.PaymentCard, Time: k.queue.Clock.Now(), TimeTrust: ledger.TimeTrusted, State: ledger.Seen,
		}); err != nil {
			return err
		}
		if err := ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: serial, Backend: "kitchen", Known: true, Next: number + 1}); err != nil {
			return err
		}
		_, err := k.b.enqueueSales(tx, 0)
		return err
	})
}

// TestMachineReplaced: the cups of the machine that left go into its session, which is
// closed then; the new machine's go into one of its own. Where the old one can't be
// closed it is used by both, and names both, so that a lost card finds either.
func TestMachineReplaced(t *testing.T) {
	for _, closes := range []bool{true, false} {
		k := newBooks(t)
		k.sell(2)
		heal := func() {}
		if !closes {
			heal = k.erp.Fail(standin.Rule{Fault: standin.Refuse, Call: closeCall})
		}
		down := k.erp.Fail(standin.Rule{Fault: standin.DatabaseDown})
		k.make(3, k.products[0], eur(219)) // read before it left
		k.swap("29-2")
		k.sellOf("29-2", 1)
		k.work(0)
		down()
		k.work(2)
		k.wantStates(0, 6, 0)
		if closes {
			k.wantSessions("closed crema 2900/29-1 n=0: 5", "opened crema 2900/29-2 n=0: 1")
			continue
		}
		k.wantSessions("opened crema 2900/29-2 n=0 / crema 2900/29-1 n=0: 6")
		k.wantOpen(reasonClosing, true)
		for _, serial := range []string{"29-1", "29-2"} {
			s, found, err := pos.NewestNote(t.Context(), k.client, ledger.NotePrefix("2900", serial))
			if m, is := ledger.NoteOf(string(s.Note), "2900", serial); err != nil || !found || !is || m.Number != 0 {
				t.Errorf("a lost card would not find %s: %+v, %v", serial, s, err)
			}
		}
		heal()
		k.until(2, 3)
		k.sellOf("29-2", 2)
		k.work(0)
		k.wantSessions("closed crema 2900/29-2 n=0 / crema 2900/29-1 n=0: 6", "opened crema 2900/29-2 n=1: 1")
		k.wantOpen(reasonClosing, false)
	}
}

// TestAnotherBoardsSession: a session that names a machine which this board never met is
// closed only when a person says that it may be.
func TestAnotherBoardsSession(t *testing.T) {
	k := newBooks(t)
	id, err := pos.CreateSession(t.Context(), k.client, k.pos, "crema 2900/29-9 n=7")
	if err == nil {
		err = k.openSession(id, "crema 2900/29-9 n=7")
	}
	if err != nil {
		t.Fatal(err)
	}
	k.sell(2)
	k.until(3, 3)
	k.wantSessions("opened crema 2900/29-9 n=7: 0")
	k.reviewed(k.wantOpen(reasonSession, true).ID)
	k.wantSessions("closed crema 2900/29-9 n=7: 0", "opened crema 2900/29-1 n=0: 2")
}

// TestSomebodysSession: nor is a person's session ever closed, reviewed or not.
func TestSomebodysSession(t *testing.T) {
	k := newBooks(t)
	k.erp.Insert("pos.session", 0, standin.Values{"config_id": k.pos, "user_id": int64(2), "state": "opened", "opening_notes": "till 1", "name": "x"})
	k.until(2, 3)
	k.wantOpen(reasonSession, false) // nobody waits for it
	k.sell(1)
	k.reviewed(k.wantOpen(reasonSession, true).ID)
	k.wantOpen(reasonSession, true)
	k.wantSessions("opened till 1: 0")
	if n := k.erp.Calls(closeCall); n != 0 {
		t.Errorf("%d calls to close it", n)
	}
}

// TestClosedAndAnotherOpened: a person has closed crema's session and opened one. Odoo
// itself puts the next call into it; crema sees that, and no more follow.
func TestClosedAndAnotherOpened(t *testing.T) {
	k := newBooks(t)
	k.sell(2)
	k.erp.Set("pos.session", k.erp.Sessions()[0].ID, standin.Values{"state": pos.Closed})
	theirs := k.erp.Insert("pos.session", 0, standin.Values{"config_id": k.pos, "user_id": int64(2), "state": "opened", "opening_notes": "till 1", "name": "x"})
	k.sell(1)
	k.sell(3)
	k.wantSessions("closed crema 2900/29-1 n=0: 2", "opened till 1: 1")
	k.wantOpen(reasonSession, true)
	k.erp.Set("pos.session", theirs, standin.Values{"state": pos.Closed})
	k.work(1)
	k.wantSessions("closed crema 2900/29-1 n=0: 2", "closed till 1: 1", "opened crema 2900/29-1 n=3: 3")
}

// TestNoteOwed: a machine that is seen first while somebody uses its point of sale has its
// note as soon as that is over, before any cup.
func TestNoteOwed(t *testing.T) {
	k := newBooks(t)
	theirs := k.erp.Insert("pos.session", 0, standin.Values{"config_id": k.pos, "user_id": int64(2), "state": "opened", "opening_notes": "till 1", "name": "x"})
	k.update(func(tx *store.Tx) error {
		if err := ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: "29-1", Backend: "kitchen", FirstNumber: 40, Next: 41}); err != nil {
			return err
		}
		return k.b.enqueueAnchor(tx, "2900", "29-1", 0)
	})
	k.work(1)
	k.wantOpen(reasonFirstSight, true)
	k.wantOpen(reasonSession, true)
	k.erp.Set("pos.session", theirs, standin.Values{"state": pos.Closed})
	k.work(1)
	k.wantSessions("closed till 1: 0", "opened crema 2900/29-1 n=40: 0")
	k.wantOpen(reasonSession, false)
}

// TestCashInTheTill: where coins are taken the till is closed with what the payments come
// to, and opened with it the next day: Odoo never books a loss that nobody counted.
func TestCashInTheTill(t *testing.T) {
	k := newBooks(t)
	k.pos = k.erp.AddPOS("Coins", k.erp.AddPaymentMethod("Coins", true))
	r := kitchen2900()
	r.Settings["pos"] = "Coins"
	if err := k.b.d.Sync(t.Context(), []connectors.Backend{r}); err != nil {
		t.Fatal(err)
	}
	k.b = k.machines.backend(t, "kitchen")
	want := []string{}
	for day := 2; day < 6; day++ {
		want = append(want, fmt.Sprintf("closed crema 2900/29-1 n=%d: 3", k.made))
		k.sell(3)
		k.until(day, 3)
	}
	k.wantSessions(want...)
}

func TestLastAt(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ clock, now, want string }{
		{"03:00", "2026-06-01T03:00:00+02:00", "2026-06-01T03:00:00+02:00"},
		{"03:00", "2026-06-01T02:59:59+02:00", "2026-05-31T03:00:00+02:00"},
		{"02:30", "2026-03-29T04:00:00+02:00", "2026-03-29T03:30:00+02:00"}, // there is no half past two
		{"02:30", "2026-10-25T02:10:00+02:00", "2026-10-24T02:30:00+02:00"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := lastAt(c.clock, now.In(zone)).Format(time.RFC3339); got != c.want {
			t.Errorf("at %s it was %s last at %s, want %s", c.now, c.clock, got, c.want)
		}
	}
}

// TestEachCall strikes every call that changes something about sessions and orders with
// every way in which Odoo and what lies before it fail. Whatever is struck: each cup is
// booked once, one session a day, closed and balanced.
func TestEachCall(t *testing.T) {
	t.Parallel()
	faults := []standin.Fault{standin.CloseBeforeCommit, standin.CommitThenClose, standin.DatabaseDown, standin.ServerError, standin.Crash, standin.CutBody, standin.CommitThenHang, standin.Proxy, standin.Portal}
	for _, call := range []string{"pos.order/sync_from_ui", "pos.session/create", "pos.session/set_opening_control", "pos.session/write", "pos.session/post_closing_cash_details", closeCall} {
		for _, fault := range faults {
			t.Run(call+" "+fault.String(), func(t *testing.T) {
				t.Parallel()
				timeout := 20 * time.Second
				if fault == standin.CommitThenHang {
					timeout = 500 * time.Millisecond
				}
				k := newBooksWith(t, queuetest.NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)), timeout)
				k.erp.Set("pos.config", k.pos, standin.Values{"cash_control": true})
				k.erp.Fail(standin.Rule{Fault: fault, Call: call, Times: 2})
				if call == "pos.session/write" { // one that was left without a note
					if _, err := pos.CreateSession(t.Context(), k.client, k.pos, ""); err != nil {
						t.Fatal(err)
					}
				}
				k.make(60, k.products[0], eur(219))
				k.work(3)
				k.until(2, 3)
				k.work(3)
				k.make(3, k.products[0], eur(219))
				k.work(3)
				k.wantStates(0, 63, 0)
				k.wantSessions("closed crema 2900/29-1 n=0: 60", "opened crema 2900/29-1 n=60: 3")
				if open := k.open(); len(open) > 0 {
					t.Errorf("a person is asked for what mends itself: %v", open)
				}
				for _, j := range k.queue.Jobs(t, queue.Filter{Kind: "coffee.sales"}) {
					if i := k.queue.Info(t, j.ID); i.State != queue.StateDone || i.Attempt > 1 {
						t.Errorf("no answer must cost no attempt: %+v", i)
					}
				}
			})
		}
	}
}

// TestClosedMeanwhile: a call that was on its way for long, or a person, closes the session
// when crema has just seen it open. Odoo refuses what crema asks of it then, but nobody is
// told that it is still open: not even where Odoo does not say at once that it is closed.
func TestClosedMeanwhile(t *testing.T) {
	for _, call := range []string{"pos.session/post_closing_cash_details", closeCall} {
		for _, silent := range []bool{false, true} {
			k := newBooks(t)
			k.erp.Set("pos.config", k.pos, standin.Values{"cash_control": true})
			k.sell(2)
			k.meanwhile = func(path string) {
				if !strings.HasSuffix(path, call) {
					return
				}
				k.meanwhile = nil
				k.erp.Set("pos.session", k.erp.Sessions()[0].ID, standin.Values{"state": pos.Closed})
				if silent {
					k.erp.Fail(standin.Rule{Fault: standin.DatabaseDown, Call: "pos.session/search_read", Times: 1})
				}
			}
			k.until(2, 3)
			k.wantOpen(reasonClosing, false)
			k.work(1)
			k.wantOpen(reasonClosing, false)
			if k.meanwhile != nil {
				t.Fatalf("no call of %s", call)
			}
			k.sell(1)
			k.wantSessions("closed crema 2900/29-1 n=0: 2", "opened crema 2900/29-1 n=2: 1")
		}
	}
}

// TestClosedByAPerson: a person closes the session that crema could not close. The next
// closing finds that there is none open, and what was said of it ends, sold or not.
func TestClosedByAPerson(t *testing.T) {
	k := newBooks(t)
	k.sell(2)
	heal := k.erp.Fail(standin.Rule{Fault: standin.Refuse, Call: closeCall})
	k.until(2, 3)
	k.wantOpen(reasonClosing, true)
	heal()
	if err := pos.CloseSession(t.Context(), k.client, k.erp.Sessions()[0].ID); err != nil {
		t.Fatal(err)
	}
	k.until(3, 3)
	k.wantOpen(reasonClosing, false)
	k.wantSessions("closed crema 2900/29-1 n=0: 2")
}

// TestPaymentMethodGone: a payment method is deleted in Odoo. No cup is at fault: all wait,
// a person is told which, and they are booked once it is there again.
func TestPaymentMethodGone(t *testing.T) {
	for _, name := range []string{"Card", "Vouchers"} {
		k := newBooks(t)
		r := kitchen2900()
		r.Settings["payment"] = `{"default":"Card"}`
		if err := k.b.d.Sync(t.Context(), []connectors.Backend{r}); err != nil {
			t.Fatal(err)
		}
		k.b = k.machines.backend(t, "kitchen")
		k.sell(1)
		gone := k.erp.Orders()[0].Methods[0]
		k.erp.Delete("pos.payment.method", gone)
		k.sell(1) // alone: it would be parked if it were at fault
		k.make(4, k.products[0], eur(219))
		k.work(2)
		k.wantStates(5, 1, 0)
		if p := k.wantOpen(reasonOdoo, true); !strings.Contains(p.Message, `no payment method "Card"`) {
			t.Errorf("it says %q", p.Message)
		}
		k.erp.Set("pos.config", k.pos, standin.Values{"payment_method_ids": []int64{k.erp.AddPaymentMethod(name, false)}})
		r.Settings["payment"] = `{"default":"` + name + `"}`
		if err := k.b.d.Sync(t.Context(), []connectors.Backend{r}); err != nil {
			t.Fatal(err)
		}
		k.work(3)
		k.wantStates(0, 6, 0)
		k.wantOpen(reasonOdoo, false)
	}
}

// TestKindsOfPayment: each kind of payment has its method, what is given away has none.
func TestKindsOfPayment(t *testing.T) {
	k := newBooks(t)
	methods := map[string]int64{}
	var all []int64
	for _, name := range []string{"Coins", "Card", "Badge", "Rest"} {
		methods[name] = k.erp.AddPaymentMethod(name, name == "Coins")
		all = append(all, methods[name])
	}
	k.erp.AddPOS("Four", all...)
	r := kitchen2900()
	r.Settings["pos"], r.Settings["payment"] = "Four", `{"cash":"Coins","card":"Card","badge":"Badge","default":"Rest"}`
	if err := k.b.d.Sync(t.Context(), []connectors.Backend{r}); err != nil {
		t.Fatal(err)
	}
	k.b = k.machines.backend(t, "kitchen")
	want := [][]int64{}
	for i, c := range []struct {
		kind    device.CupKind
		payment device.Payment
		method  string
	}{
		{device.CupSale, device.PaymentCash, "Coins"}, {device.CupSale, device.PaymentCard, "Card"}, {device.CupSale, device.PaymentBadge, "Badge"},
		{device.CupSale, device.PaymentNone, "Rest"}, {device.CupFree, device.PaymentNone, ""}, {device.CupTest, device.PaymentNone, ""}, {device.CupRemote, device.PaymentNone, ""},
	} {
		cup := ledger.Cup{Key: ledger.Key2900("29-1", uint64(i+1)), Backend: "kitchen", Model: "2900", Serial: "29-1", Number: uint64(i + 1), Kind: c.kind, Payment: c.payment,
			Product: k.products[0], SlotName: "Drink", Price: eur(0), Time: k.queue.Clock.Now(), TimeTrust: ledger.TimeTrusted}
		methods, paid := []int64(nil), methods[c.method]
		if c.method != "" {
			cup.Price, methods = eur(219), []int64{paid}
		}
		want = append(want, methods)
		k.update(func(tx *store.Tx) error { _, _, err := ledger.Add(tx, cup); return err })
	}
	k.schedule()
	k.wantStates(0, 7, 0)
	for i, o := range k.erp.Orders() {
		if !slices.Equal(o.Methods, want[i]) {
			t.Errorf("order %d is paid by %v, want %v", i, o.Methods, want[i])
		}
	}
	k.until(2, 3)
	k.wantSessions("closed crema 2900/29-1 n=0: 7")
}

// TestNothingBooked: a run that asked Odoo nothing does not say that something was booked.
func TestNothingBooked(t *testing.T) {
	k := newBooks(t)
	k.until(1, 12)
	k.erp.Fail(standin.Rule{Fault: standin.DatabaseDown})
	k.schedule()
	k.update(func(tx *store.Tx) error {
		v, err := k.b.View(tx)
		if at, is := v.Last["sales"]; is {
			t.Errorf("the last booking is said to be of %v", at)
		}
		return err
	})
}
