package coffee

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue/queuetest"
	"crema/store"
)

// life is some days of a point of sale: customers, a board that is restarted, machines that
// are replaced, persons who open, close and begin to close sessions, orders that Odoo
// computes otherwise, and an Odoo that fails in every way.
type life struct {
	*books
	rnd    *rand.Rand
	cash   bool
	serial string
	last   map[string]uint64 // number of each machine's last cup
	theirs int64             // a person's open session; 0: none
	wrong  map[int64]float64 // orders that Odoo computes otherwise, and what was paid
	keys   map[string]bool   // of all cups
}

// TestSessionLives lets everything happen to sessions that can, in random order. In the end
// every cup is booked once, in a session of crema's own; all sessions are closed but the
// last, balanced, and no till has a difference that nobody counted.
func TestSessionLives(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	lives, steps := 24, 60
	if testing.Short() {
		lives = 6
	}
	for i := range uint64(lives) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			sessionLife(t, chance(t, seed+i), steps, i%2 == 1)
		})
	}
}

func sessionLife(t *testing.T, rnd *rand.Rand, steps int, cash bool) {
	clock := queuetest.NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	l := &life{books: newBooksWith(t, clock, 20*time.Second), rnd: rnd, cash: cash, serial: "29-1", last: map[string]uint64{}, wrong: map[int64]float64{}, keys: map[string]bool{}}
	l.erp.Set("pos.config", l.pos, standin.Values{"cash_control": cash})
	for _, id := range []int64{1} {
		l.erp.Set("pos.payment.method", id, standin.Values{"is_cash_count": cash})
	}
	for range steps {
		l.step()
	}
	l.settle()
	l.check()
	if t.Failed() {
		t.FailNow()
	}
}

func (l *life) step() {
	switch p := l.rnd.IntN(100); {
	case p < 40:
		l.buy(1 + l.rnd.IntN(5))
	case p < 60:
		l.queue.Clock.Advance(time.Duration(l.rnd.IntN(600)) * time.Minute)
		l.schedule()
	case p < 72:
		faults := []standin.Fault{standin.CloseBeforeCommit, standin.CommitThenClose, standin.DatabaseDown, standin.ServerError, standin.Crash, standin.CutBody, standin.Proxy, standin.Portal, standin.Refuse, standin.Forbid}
		l.erp.Fail(standin.Rule{Fault: faults[l.rnd.IntN(len(faults))], Call: "pos.*/*", Skip: l.rnd.IntN(6), Times: 1 + l.rnd.IntN(3)})
	case p < 76:
		l.connect(l.store, l.queue.Clock)
	case p < 80:
		l.replace([]string{"29-1", "29-2", "29-3"}[l.rnd.IntN(3)])
	case p < 90:
		l.person()
	default:
		l.reviewOne()
	}
	if err := l.queue.RunUntilIdle(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

// buy puts cups of the machine into the ledger, as a poll does.
func (l *life) buy(n int) {
	l.update(func(tx *store.Tx) error {
		for i := range uint64(n) {
			number := l.last[l.serial] + i + 1
			c := ledger.Cup{Key: ledger.Key2900(l.serial, number), Backend: "kitchen", Model: "2900", Serial: l.serial, Number: number, Kind: device.CupSale,
				Product: l.products[number%3], SlotName: "Drink", Price: eur(101 + int64(number)%60), Payment: device.PaymentCard,
				Time: l.queue.Clock.Now(), TimeTrust: ledger.TimeTrusted}
			if number%7 == 0 {
				c.Kind, c.Price, c.Payment = device.CupFree, eur(0), device.PaymentNone
			}
			if _, _, err := ledger.Add(tx, c); err != nil {
				return err
			}
		}
		if err := ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: l.serial, Backend: "kitchen", Known: true, Next: l.last[l.serial] + uint64(n) + 1}); err != nil {
			return err
		}
		_, err := l.b.enqueueSales(tx, 0)
		return err
	})
	for i := range uint64(n) {
		l.keys[ledger.OrderUUID(ledger.Key2900(l.serial, l.last[l.serial]+i+1))] = true
	}
	l.last[l.serial] += uint64(n)
}

func (l *life) replace(serial string) {
	l.serial = serial
	l.update(func(tx *store.Tx) error {
		if err := attachments.Put(tx, "kitchen", attached{Model: "2900", Serial: serial}); err != nil {
			return err
		}
		return ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: serial, Backend: "kitchen", Known: true, Next: l.last[serial] + 1})
	})
	l.b.setSession(0, ledger.Marks{})
}

// open is the session that is not closed; 0: none.
func (l *life) openNow() (id int64, state string) {
	for _, s := range l.erp.Sessions() {
		if s.State != pos.Closed {
			return s.ID, s.State
		}
	}
	return 0, ""
}

// person does something in Odoo.
func (l *life) person() {
	open, state := l.openNow()
	switch p := l.rnd.IntN(4); {
	case l.theirs != 0:
		l.erp.Set("pos.session", l.theirs, standin.Values{"state": pos.Closed})
		l.theirs = 0
	case open == 0:
		l.theirs = l.erp.Insert("pos.session", 0, standin.Values{"config_id": l.pos, "user_id": int64(2), "state": pos.Opened, "opening_notes": "till", "name": "theirs"})
	case p == 0 && state == pos.Opened:
		l.erp.Set("pos.session", open, standin.Values{"state": pos.ClosingControl})
	case p == 1 && !l.cash: // who closes it without a count books a loss, and that is a person's
		pos.CloseSession(l.t.Context(), l.client, open) //nolint:errcheck // it may be struck too
	case p == 2:
		for _, o := range l.erp.Orders() {
			if o.Session == open && l.wrong[o.ID] == 0 && o.Total > 0 {
				l.wrong[o.ID] = o.Total
				l.erp.Set("pos.order", o.ID, standin.Values{"amount_paid": o.Total - 0.01})
				return
			}
		}
	default:
		l.right()
	}
}

// right corrects what Odoo computes otherwise.
func (l *life) right() {
	for id, paid := range l.wrong {
		l.erp.Set("pos.order", id, standin.Values{"amount_paid": paid})
	}
	clear(l.wrong)
}

// reviewOne reviews one of the open checkpoints.
func (l *life) reviewOne() {
	l.update(func(tx *store.Tx) error {
		list, _, err := l.b.d.Checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen, Limit: 1000})
		if err != nil || len(list) == 0 {
			return err
		}
		return l.b.d.Checkpoints.Review(tx, list[l.rnd.IntN(len(list))].ID, "")
	})
}

// settle mends everything, and lets two more days pass.
func (l *life) settle() {
	l.erp.Heal()
	l.right()
	if l.theirs != 0 {
		l.erp.Set("pos.session", l.theirs, standin.Values{"state": pos.Closed})
	}
	for range 40 {
		l.work(1)
		l.schedule()
		if l.count(ledger.Seen)+l.count(ledger.Parked) == 0 {
			break
		}
		l.update(func(tx *store.Tx) error {
			list, _, err := l.b.d.Checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen, Limit: 1000})
			for _, p := range list {
				if err == nil {
					err = l.b.d.Checkpoints.Review(tx, p.ID, "")
				}
			}
			return err
		})
	}
	for range 3 {
		l.queue.Clock.Advance(24 * time.Hour)
		l.schedule()
		l.work(2)
	}
}

func (l *life) check() {
	booked := map[string]bool{}
	orders := map[int64]int{}
	for _, o := range l.erp.Orders() {
		if booked[o.UUID] || !l.keys[o.UUID] {
			l.t.Errorf("order %d is booked twice, or is no cup", o.ID)
		}
		booked[o.UUID] = true
		orders[o.Session]++
	}
	if len(booked) != len(l.keys) {
		l.t.Errorf("%d cups were made, %d are booked; seen %d, parked %d, open %v", len(l.keys), len(booked), l.count(ledger.Seen), l.count(ledger.Parked), l.open())
	}
	for _, s := range l.erp.Sessions() {
		if s.State == pos.Opened && orders[s.ID] > 0 {
			l.t.Errorf("session %d (%q) is %s with %d orders; open %v", s.ID, s.Note, s.State, orders[s.ID], l.open())
		}
		if s.CashBooked != 0 {
			l.t.Errorf("the till of session %d has booked %v", s.ID, s.CashBooked)
		}
		// Where a person has closed crema's session and opened one, the call that is on its way
		// goes into it, by Odoo's own rule; the next does not.
		if s.Note == "till" && orders[s.ID] > salesBatch {
			l.t.Errorf("%d cups are in a person's session", orders[s.ID])
		}
	}
	l.update(func(tx *store.Tx) error { return ledger.Check(tx) })
}
